#include "tests/bench/raw_parts.h"

#include <libexslt/exslt.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <libxml/xpathInternals.h>
#include <libxslt/extensions.h>
#include <libxslt/transform.h>
#include <libxslt/xsltutils.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sqlite3.h>

#include <cstring>
#include <mutex>

#include "tests/bench/support.h"

namespace bench {
namespace {

constexpr int kRowsPerCommit = 100;
constexpr char kDs[] = "http://www.w3.org/2000/09/xmldsig#";

const xmlChar* chars(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

xmlDoc* parse(const std::string& text) {
  xmlDoc* doc = xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (doc == nullptr) die("a document does not parse");
  return doc;
}

xmlNode* find(xmlNode* from, const char* name) {
  for (xmlNode* node = from; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (std::strcmp(reinterpret_cast<const char*>(node->name), name) == 0) return node;
    if (xmlNode* below = find(node->children, name)) return below;
  }
  return nullptr;
}

// The stylesheet asks for code tables; a bare look-up that always answers the same.
void lookUp(xmlXPathParserContext* context, int arguments) {
  for (int i = 0; i < arguments; ++i) xmlFree(xmlXPathPopString(context));
  xmlXPathReturnString(context, xmlStrdup(chars("1")));
}

// Only what lies below `apex`: libxml2's own call for a part of a document.
int below(void* apex, xmlNode* node, xmlNode* parent) {
  const xmlNode* at = node != nullptr && node->type == XML_NAMESPACE_DECL ? parent : node;
  for (; at != nullptr; at = at->parent) {
    if (at == apex) return 1;
  }
  return 0;
}

std::string canonical(xmlDoc* doc, xmlNode* apex) {
  xmlOutputBuffer* out = xmlAllocOutputBuffer(nullptr);
  xmlC14NExecute(doc, below, apex, XML_C14N_EXCLUSIVE_1_0, nullptr, 0, out);
  std::string bytes(reinterpret_cast<const char*>(xmlOutputBufferGetContent(out)),
                    xmlOutputBufferGetSize(out));
  xmlOutputBufferClose(out);
  return bytes;
}

void digest(const std::string& bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  EVP_Digest(bytes.data(), bytes.size(), out, nullptr, EVP_sha256(), nullptr);
}

const unsigned char* bytesOf(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void replace(xmlDoc*& old, xmlDoc* fresh) {
  xmlFreeDoc(old);
  old = fresh;
}

EVP_PKEY* readKey(const std::string& file) {
  const std::string pem = fileOrDie(file);
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  if (key == nullptr) die("the key cannot be read");
  return key;
}

}  // namespace

struct RawParts::State {
  PartInputs inputs;
  xmlSchema* schema = nullptr;
  xsltStylesheet* sheet = nullptr;
  EVP_PKEY* key = nullptr;
  sqlite3* database = nullptr;
  sqlite3_stmt *insert = nullptr, *update = nullptr;
  xmlDoc *appeal = nullptr, *canonical_doc = nullptr, *request = nullptr, *receipt = nullptr;
  std::string info_bytes, signature;
  long long rows = 0;

  explicit State(const PartInputs& in) : inputs(in) {
    static std::once_flag once;
    std::call_once(once, [] {
      xmlInitParser();
      xmlSchemaInitTypes();  // not by two threads at once
      exsltRegisterAll();
      xsltRegisterExtModuleFunction(chars("look-up"), chars("urn:otinish:adapter:1"), lookUp);
    });
    xmlSchemaParserCtxt* reader = xmlSchemaNewParserCtxt(in.schema_file.c_str());
    schema = xmlSchemaParse(reader);
    xmlSchemaFreeParserCtxt(reader);
    sheet = xsltParseStylesheetFile(chars(in.stylesheet_file.c_str()));
    if (schema == nullptr || sheet == nullptr) die("schema or stylesheet cannot be read");
    key = readKey(in.key_file);
    appeal = parse(in.appeal);
    canonical_doc = parse(in.canonical);
    request = transform();
    receipt = parse(in.receipt);
    xmlNode* signed_info = find(receipt->children, "SignedInfo");
    if (!find(request->children, "Body") || !find(receipt->children, "Body") || !signed_info) {
      die("a SOAP message lacks its parts");
    }
    info_bytes = bench::canonical(receipt, signed_info);
    signature = sign(info_bytes);
    openDatabase();
  }

  ~State() {
    for (xmlDoc* doc : {appeal, canonical_doc, request, receipt}) xmlFreeDoc(doc);
    xsltFreeStylesheet(sheet);
    xmlSchemaFree(schema);
    EVP_PKEY_free(key);
    sqlite3_finalize(insert);
    sqlite3_finalize(update);
    sqlite3_close(database);
  }

  void run(const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      die(sqlite3_errmsg(database));
    }
  }

  void openDatabase() {
    if (sqlite3_open(inputs.database_file.c_str(), &database) != SQLITE_OK) die("no database");
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, number TEXT, source TEXT, body BLOB, result TEXT)");
    run("CREATE UNIQUE INDEX t_number ON t(number)");
    run("CREATE UNIQUE INDEX t_source ON t(source)");
    insert = statement("INSERT INTO t(number, source, body) VALUES(?,?,?)");
    update = statement("UPDATE t SET result = 'delivered' WHERE id = ?");
    run("BEGIN IMMEDIATE");
  }

  sqlite3_stmt* statement(const char* sql) {
    sqlite3_stmt* out = nullptr;
    if (sqlite3_prepare_v2(database, sql, -1, &out, nullptr) != SQLITE_OK) {
      die(sqlite3_errmsg(database));
    }
    return out;
  }

  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) die(sqlite3_errmsg(database));
    sqlite3_reset(statement);
  }

  void insertAppeal() {
    const std::string number = "2026-" + std::to_string(++rows);
    const std::string source = "bench-" + std::to_string(rows * 7919 % 10'000'019);
    sqlite3_bind_text(insert, 1, number.data(), static_cast<int>(number.size()), SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, source.data(), static_cast<int>(source.size()), SQLITE_STATIC);
    sqlite3_bind_blob(insert, 3, inputs.appeal.data(), static_cast<int>(inputs.appeal.size()),
                      SQLITE_STATIC);
    step(insert);
  }

  // Of the appeal before the newest group: its delivery ends in a later commit than its intake.
  void updateResult() {
    sqlite3_bind_int64(update, 1, rows - kRowsPerCommit);
    step(update);
    if (rows % kRowsPerCommit != 0) return;
    run("COMMIT");
    run("BEGIN IMMEDIATE");
  }

  void validate() {
    xmlSchemaValidCtxt* context = xmlSchemaNewValidCtxt(schema);
    if (xmlSchemaValidateDoc(context, appeal) != 0) die("the appeal is not valid by its schema");
    xmlSchemaFreeValidCtxt(context);
  }

  xmlDoc* transform() {
    static const char* const parameters[] = {"now",        "'2026-11-23T10:00:00Z'",
                                             "message_id", "'019d0000-0000-7000-8000-000000000001'",
                                             "reg_number", "'ЖТ-2026-00000001'",
                                             "sender_id",  "'otinish'",
                                             "password",   "'demo'",
                                             "service_id", "'ESEDO_UNIVERSAL_SERVICE'",
                                             "route_id",   "'R_ESEDO'",
                                             nullptr};
    xmlDoc* result =
        xsltApplyStylesheet(sheet, canonical_doc, const_cast<const char**>(parameters));
    if (result == nullptr) die("the stylesheet failed");
    return result;
  }

  std::string sign(const std::string& bytes) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
    std::size_t size = out.size();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
    if (EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytesOf(bytes),
                       bytes.size()) != 1) {
      die("signing failed");
    }
    EVP_MD_CTX_free(context);
    out.resize(size);
    return out;
  }

  void verify() {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
    if (EVP_DigestVerify(context, bytesOf(signature), signature.size(), bytesOf(info_bytes),
                         info_bytes.size()) != 1) {
      die("verifying failed");
    }
    EVP_MD_CTX_free(context);
  }

  void serialise() {
    xmlChar* bytes = nullptr;
    int size = 0;
    xmlDocDumpMemory(request, &bytes, &size);
    xmlFree(bytes);
  }
};

RawParts::RawParts(const PartInputs& inputs) : state_(std::make_unique<State>(inputs)) {}
RawParts::~RawParts() = default;

std::vector<RawParts::Part> RawParts::parts() {
  State& s = *state_;
  return {
      {"parse the appeal", [&s] { replace(s.appeal, parse(s.inputs.appeal)); }},
      {"validate by XSD", [&s] { s.validate(); }},
      {"grouped commit: the appeal", [&s] { s.insertAppeal(); }},
      {"XSLT", [&s] { replace(s.request, s.transform()); }},
      {"sign: C14N and digest",
       [&s] { digest(canonical(s.request, find(s.request->children, "Body"))); }},
      {"sign: key operation", [&s] { s.sign(s.info_bytes); }},
      {"serialise", [&s] { s.serialise(); }},
      {"parse the receipt", [&s] { replace(s.receipt, parse(s.inputs.receipt)); }},
      {"verify: C14N and digest",
       [&s] {
         digest(canonical(s.receipt, find(s.receipt->children, "Body")));
         canonical(s.receipt, find(s.receipt->children, "SignedInfo"));
       }},
      {"verify: key operation", [&s] { s.verify(); }},
      {"grouped commit: the result", [&s] { s.updateResult(); }},
  };
}

}  // namespace bench
