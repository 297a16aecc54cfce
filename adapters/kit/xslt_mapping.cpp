#include "adapters/kit/xslt_mapping.h"

#include <libexslt/exslt.h>
#include <libxml/parser.h>
#include <libxml/xpathInternals.h>
#include <libxslt/documents.h>
#include <libxslt/extensions.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/variables.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "adapters/kit/error.h"
#include "adapters/kit/xslt_check.h"

namespace otinish::kit {
namespace {

constexpr std::size_t kOutputBytesMax = 8 * 1024 * 1024;
constexpr unsigned long kStepsMax = 20'000'000;  // XPath operations of one application
constexpr int kTemplateDepthMax = 500;

const xmlChar* x(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

struct Errors {
  std::string text;
  int line = 0;
  bool of_engine = false;  // it said that something was left out, though it may go on
};

// libxslt and libxml2 have process-wide printf-like sinks; ours keeps to the thread that asked, and
// drops what nobody asked for. Only the first kilobyte matters.
thread_local Errors* t_errors = nullptr;

__attribute__((format(printf, 2, 0))) void append(Errors& errors, const char* format,
                                                  va_list arguments) {
  if (errors.text.size() > 1024) return;
  std::array<char, 1024> buffer{};
  vsnprintf(buffer.data(), buffer.size(), format, arguments);
  errors.text += buffer.data();
}

__attribute__((format(printf, 2, 3))) void collectText(void*, const char* format, ...) {
  if (t_errors == nullptr) return;
  t_errors->of_engine = true;
  va_list arguments;
  va_start(arguments, format);
  append(*t_errors, format, arguments);
  va_end(arguments);
}

// What the stylesheet itself says by xsl:message comes this way, too, and is no error by itself.
__attribute__((format(printf, 2, 3))) void collectTransform(void* context, const char* format,
                                                            ...) {
  va_list arguments;
  va_start(arguments, format);
  append(*static_cast<Errors*>(context), format, arguments);
  va_end(arguments);
}

void collectStructured(void* context, xmlErrorPtr error) {
  auto& errors = *static_cast<Errors*>(context);
  if (errors.line == 0 && error != nullptr) errors.line = error->line;
  if (error != nullptr && error->message != nullptr && errors.text.size() < 1024) {
    errors.text += error->message;
  }
}

void dropText(void*, const char*, ...) {}

// While alive, this thread's libxml2 errors go to `errors`.
class Catch {
 public:
  explicit Catch(Errors& errors)
      : handler_(xmlStructuredError), context_(xmlStructuredErrorContext), before_(t_errors) {
    xmlSetStructuredErrorFunc(&errors, &collectStructured);
    xmlSetGenericErrorFunc(nullptr, &collectText);
    t_errors = &errors;
  }
  ~Catch() {
    t_errors = before_;
    xmlSetGenericErrorFunc(nullptr, nullptr);
    xmlSetStructuredErrorFunc(context_, handler_);
  }
  Catch(const Catch&) = delete;
  Catch& operator=(const Catch&) = delete;

 private:
  xmlStructuredErrorFunc handler_;
  void* context_;
  Errors* before_;
};

// libxslt names the line in its text only.
int lineIn(const Errors& errors) {
  const std::size_t at = errors.text.find(" line ");
  return errors.line != 0 || at == std::string::npos ? errors.line
                                                     : std::atoi(errors.text.c_str() + at + 6);
}

xmlDocPtr loadNothing(const xmlChar*, xmlDictPtr, int, void*, xsltLoadType) { return nullptr; }

xsltSecurityPrefsPtr forbidAll() {
  xsltSecurityPrefsPtr prefs = xsltNewSecurityPrefs();
  for (xsltSecurityOption option :
       {XSLT_SECPREF_READ_FILE, XSLT_SECPREF_WRITE_FILE, XSLT_SECPREF_CREATE_DIRECTORY,
        XSLT_SECPREF_READ_NETWORK, XSLT_SECPREF_WRITE_NETWORK}) {
    xsltSetSecurityPrefs(prefs, option, &xsltSecurityForbid);
  }
  return prefs;
}

// Once per process, for the file this kit is linked into.
xsltSecurityPrefsPtr prepareLibrary() {
  static xsltSecurityPrefsPtr prefs = [] {
    xmlInitParser();
    exsltCommonRegister();
    exsltDateRegister();
    exsltStrRegister();
    exsltSetsRegister();
    exsltMathRegister();
    xsltSetLoaderFunc(&loadNothing);
    xsltSetGenericErrorFunc(nullptr, &collectText);
    xsltSetGenericDebugFunc(nullptr, &dropText);
    xsltSecurityPrefsPtr all = forbidAll();
    xsltSetDefaultSecurityPrefs(all);
    return all;
  }();
  return prefs;
}

std::string popString(xmlXPathParserContextPtr context) {
  xmlChar* value = xmlXPathPopString(context);
  std::string out = value ? reinterpret_cast<const char*>(value) : "";
  xmlFree(value);
  return out;
}

const std::string* findIn(const Tables& tables, const std::string& table, const std::string& key,
                          const std::string& column) {
  const auto t = tables.find(table);
  if (t == tables.end()) return nullptr;
  for (const std::string& wanted : {key, std::string("*")}) {
    const auto row = t->second.find(wanted);
    if (row == t->second.end()) continue;
    const auto cell = row->second.find(column);
    if (cell != row->second.end()) return &cell->second;
  }
  return nullptr;
}

// What the functions of one transformation share.
struct Run {
  const Tables* tables = nullptr;
  // Left for a:parse: a page may carry many texts, each within the kit's bounds.
  std::size_t parse_bytes = 4 * 1024 * 1024;
  std::size_t parse_nodes = XmlBounds().nodes_max;
};
Run& runOf(xsltTransformContextPtr transform) { return *static_cast<Run*>(transform->_private); }

void lookUpFunction(xmlXPathParserContextPtr context, int count) {
  if (count != 2 && count != 3) {
    xmlXPathSetArityError(context);
    return;
  }
  const std::string column = count == 3 ? popString(context) : std::string();
  const std::string key = popString(context);
  const std::string table = popString(context);
  xsltTransformContextPtr transform = xsltXPathGetTransformContext(context);
  const std::string* found = findIn(*runOf(transform).tables, table, key, column);
  xmlXPathReturnString(context, xmlStrdup(x(found ? found->c_str() : "")));
}

// The text is in UTF-8 whatever its declaration says of the bytes it once had; .NET's writers say UTF-16.
std::string_view withoutDeclaration(std::string_view text) {
  const auto skip = [&text] {
    const auto from = text.find_first_not_of(" \t\r\n");
    text.remove_prefix(std::min(from, text.size()));
  };
  skip();
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!text.starts_with("<?xml ")) return text;
  const auto end = text.find("?>");
  if (end == std::string_view::npos) return text;
  text.remove_prefix(end + 2);
  skip();
  return text;
}

// The document lives as long as the transformation. What is no XML within the kit's bounds is no nodes.
void parseFunction(xmlXPathParserContextPtr context, int count) {
  if (count != 1) {
    xmlXPathSetArityError(context);
    return;
  }
  xsltTransformContextPtr transform = xsltXPathGetTransformContext(context);
  Run& run = runOf(transform);
  xmlNodeSetPtr nodes = xmlXPathNodeSetCreate(nullptr);
  try {
    const std::string given = popString(context);
    const std::string_view text = withoutDeclaration(given);
    const auto tags = static_cast<std::size_t>(std::count(text.begin(), text.end(), '<'));
    if (text.starts_with('<') && text.size() <= run.parse_bytes && tags <= run.parse_nodes) {
      run.parse_bytes -= text.size();
      run.parse_nodes -= tags;
      XmlDocument parsed = XmlDocument::parse(text);
      xmlDocPtr document = parsed.release();
      if (xsltNewDocument(transform, document) != nullptr) {
        xmlXPathNodeSetAdd(nodes, reinterpret_cast<xmlNodePtr>(document));
      } else {
        xmlFreeDoc(document);
      }
    }
  } catch (const MappingError&) {
    // The stylesheet says what it makes of it.
  } catch (const std::exception&) {  // no exception may pass the library
    context->error = XPATH_MEMORY_ERROR;
  }
  valuePush(context, xmlXPathWrapNodeSet(nodes));
}

// "code: text" of a terminating message becomes that code, if it looks like one of ours.
MappingError failureOf(const Errors& errors) {
  const std::size_t colon = errors.text.find(": ");
  if (colon != std::string::npos && errors.text.starts_with("adapter.") &&
      errors.text.find(' ') > colon) {
    return MappingError(errors.text.substr(0, colon), scrub(errors.text.substr(colon + 2)));
  }
  return MappingError("adapter.mapping_failed", "the stylesheet failed: " + scrub(errors.text),
                      lineIn(errors));
}

struct FreeTransform {
  void operator()(xsltTransformContextPtr c) const { xsltFreeTransformContext(c); }
};
using Transform = std::unique_ptr<xsltTransformContext, FreeTransform>;

}  // namespace

struct XsltMapping::State {
  ~State() { xsltFreeStylesheet(sheet); }
  xsltStylesheetPtr sheet = nullptr;
  Tables tables;
  std::set<std::string, std::less<>> parameters;  // the sheet declares; others need not be passed
};

namespace {

std::set<std::string, std::less<>> declaredParameters(xsltStylesheetPtr sheet) {
  std::set<std::string, std::less<>> names;
  for (xsltStackElemPtr one = sheet->variables; one != nullptr; one = one->next) {
    if (one->comp != nullptr && one->comp->type == XSLT_FUNC_PARAM && one->nameURI == nullptr) {
      names.emplace(reinterpret_cast<const char*>(one->name));
    }
  }
  return names;
}

}  // namespace

XsltMapping::XsltMapping() = default;
XsltMapping::~XsltMapping() = default;
XsltMapping::XsltMapping(XsltMapping&&) noexcept = default;
XsltMapping& XsltMapping::operator=(XsltMapping&&) noexcept = default;

XsltMapping XsltMapping::compile(std::string_view stylesheet, Tables tables) {
  prepareLibrary();
  Errors errors;
  const Catch guard(errors);
  xmlDocPtr document =
      xmlReadMemory(stylesheet.data(), static_cast<int>(stylesheet.size()), "stylesheet", nullptr,
                    XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES);
  if (document == nullptr) {
    throw MappingError("adapter.bad_mapping", "the stylesheet is not well-formed XML", errors.line);
  }
  if (document->intSubset != nullptr) {
    xmlFreeDoc(document);
    throw MappingError("adapter.bad_mapping", "the stylesheet has a document type declaration");
  }
  try {
    checkStylesheet(document);
  } catch (...) {
    xmlFreeDoc(document);
    throw;
  }
  XsltMapping out;
  out.state_ = std::make_unique<State>();
  out.state_->tables = std::move(tables);
  out.state_->sheet = xsltParseStylesheetDoc(document);
  if (out.state_->sheet == nullptr || out.state_->sheet->errors != 0) {
    if (out.state_->sheet == nullptr) xmlFreeDoc(document);
    throw MappingError("adapter.bad_mapping", "the stylesheet is refused: " + scrub(errors.text),
                       lineIn(errors));
  }
  out.state_->parameters = declaredParameters(out.state_->sheet);
  return out;
}

XmlDocument XsltMapping::applyToTree(const XmlDocument& input, const StringMap& parameters) const {
  if (!state_) throw MappingError("adapter.bad_mapping", "no stylesheet is configured for this");
  Errors errors;
  const Catch guard(errors);
  Transform context(xsltNewTransformContext(state_->sheet, input.get()));
  if (!context) throw std::bad_alloc();
  Run run;
  run.tables = &state_->tables;
  context->_private = &run;
  context->opLimit = kStepsMax;
  context->xpathCtxt->opLimit = kStepsMax;
  context->maxTemplateDepth = kTemplateDepthMax;
  xsltSetTransformErrorFunc(context.get(), &errors, &collectTransform);
  if (xsltSetCtxtSecurityPrefs(prepareLibrary(), context.get()) != 0 ||
      xsltRegisterExtFunction(context.get(), x("look-up"), x(kAnswerNamespace), &lookUpFunction) !=
          0 ||
      xsltRegisterExtFunction(context.get(), x("parse"), x(kAnswerNamespace), &parseFunction) !=
          0) {
    throw std::runtime_error("libxslt refused its own settings");
  }
  for (const auto& name : state_->parameters) {
    const auto given = parameters.find(name);
    if (given == parameters.end()) continue;
    xsltQuoteOneUserParam(context.get(), x(name.c_str()), x(given->second.c_str()));
  }
  XmlDocument result = XmlDocument::adopt(xsltApplyStylesheetUser(
      state_->sheet, input.get(), nullptr, nullptr, nullptr, context.get()));
  if (!result.get() || context->state != XSLT_STATE_OK || errors.of_engine) throw failureOf(errors);
  return result;
}

std::string XsltMapping::apply(const XmlDocument& input, const StringMap& parameters) const {
  const XmlDocument result = applyToTree(input, parameters);
  xmlChar* text = nullptr;
  int size = 0;
  if (xsltSaveResultToString(&text, &size, result.get(), state_->sheet) != 0) {
    throw MappingError("adapter.mapping_failed", "the result cannot be written");
  }
  std::string out;
  if (text != nullptr)
    out.assign(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  xmlFree(text);
  if (out.size() > kOutputBytesMax) {
    throw MappingError("adapter.too_large", "the mapped document is too large");
  }
  return out;
}

}  // namespace otinish::kit
