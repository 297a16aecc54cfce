#include "adapters/kit/jq_mapping.h"

extern "C" {
#include <jq.h>
#include <jv.h>
}

#include <algorithm>
#include <mutex>
#include <vector>

#include "adapters/kit/error.h"
#include "adapters/kit/json.h"
#include "adapters/kit/text.h"

namespace otinish::kit {
namespace {

constexpr std::size_t kOutputBytesMax = 8 * 1024 * 1024;

// Stands before every program, on its first line, so that line numbers stay right. Definitions here
// hide the builtins of the same name; a program cannot reach those again. As text stands before it,
// jq's grammar allows no module, import or include directive in the program.
constexpr std::string_view kPrelude =
    "def env: error(\"env is not available\"); def input: error(\"input is not available\");"
    "def inputs: input; def input_filename: null; def input_line_number: 0; def debug: .;"
    "def debug(f): .; def stderr: .; def halt: error(\"halt is not available\");"
    "def halt_error: halt; def halt_error($c): halt; def modulemeta: error(\"no modules\");"
    "def get_search_list: []; "
    // Only a variable of this name that is not bound is the environment.
    "null as $ENV | ";

bool isPartOfAWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// So that who asks for it is told. Between `$` and the name blanks and comments may stand, and nothing else, so that
// every such place is found wherever strings and comments begin and end.
bool readsEnvironment(std::string_view program) {
  constexpr std::string_view kName = "ENV";
  for (std::size_t at = program.find('$'); at != program.npos; at = program.find('$', at + 1)) {
    std::size_t name = at + 1;
    for (;;) {
      name = std::min(program.find_first_not_of(" \t\r\n", name), program.size());
      if (name == program.size() || program[name] != '#') break;
      name = std::min(program.find('\n', name), program.size());
    }
    const std::size_t end = name + kName.size();
    const bool longer = end < program.size() && isPartOfAWord(program[end]);
    if (program.substr(name).starts_with(kName) && !longer) return true;
  }
  return false;
}

std::string take(jv text) {
  std::string out;
  if (jv_get_kind(text) == JV_KIND_STRING) {
    const int size = jv_string_length_bytes(jv_copy(text));
    out.assign(jv_string_value(text), static_cast<std::size_t>(size));
  }
  jv_free(text);
  return out;
}

void collect(void* context, jv message) {
  auto& out = *static_cast<std::string*>(context);
  if (out.size() < 1024) out += take(jv_copy(message));
  jv_free(message);
}

// Messages of jq's own quote the values they stumble over, and those may be personal data.
std::string withoutValues(const std::string& text) {
  std::string out;
  char until = 0;
  for (char c : text) {
    if (until == 0 && (c == '"' || c == '(')) {
      until = c == '"' ? '"' : ')';
      out += "…";
    } else if (until != 0) {
      if (c == until) until = 0;
    } else {
      out += c;
    }
  }
  return scrub(out);
}

MappingError failureOf(jv message) {
  if (jv_get_kind(message) == JV_KIND_OBJECT) {
    std::string code = take(jv_object_get(jv_copy(message), jv_string("code")));
    std::string text = take(jv_object_get(message, jv_string("text")));
    if (code.starts_with("adapter.")) return MappingError(std::move(code), scrub(text));
    return MappingError("adapter.mapping_failed", "the program refused the input");
  }
  return MappingError("adapter.mapping_failed",
                      "the jq program failed: " + withoutValues(take(message)));
}

// jq quotes the program behind "line N:", beginning with our prelude; its guess about shells is for
// its command line.
std::string withoutProgram(const std::string& text) {
  const std::size_t at = text.find("<top-level>, line ");
  const std::size_t colon = at == std::string::npos ? at : text.find(':', at);
  std::string out = text.substr(0, colon);
  constexpr std::string_view kGuess = " (Unix shell quoting issues?)";
  if (const std::size_t guess = out.find(kGuess); guess != std::string::npos) {
    out.erase(guess, kGuess.size());
  }
  return out;
}

class Program {
 public:
  Program(const std::string& text, const std::string& settings) : jq_(jq_init()) {
    if (jq_ == nullptr) throw std::bad_alloc();
    std::string errors;
    jq_set_error_cb(jq_, &collect, &errors);
    jq_set_attr(jq_, jv_string("JQ_LIBRARY_PATH"), jv_array());
    jv arguments = jv_object_set(jv_object(), jv_string("settings"), jv_parse(settings.c_str()));
    const int ok = jq_compile_args(jq_, text.c_str(), arguments);
    // Errors of later runs travel as values; the buffer above dies here.
    jq_set_error_cb(
        jq_, [](void*, jv m) { jv_free(m); }, nullptr);
    if (ok == 0) {
      jq_teardown(&jq_);
      throw MappingError("adapter.bad_mapping",
                         "the jq program is refused: " + scrub(withoutProgram(errors)));
    }
  }
  ~Program() {
    if (jq_ != nullptr) jq_teardown(&jq_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::string run(std::string_view json) {
    jv input = jv_parse_sized(json.data(), static_cast<int>(json.size()));
    if (!jv_is_valid(input)) {
      jv_free(input);
      throw MappingError("adapter.bad_json", "not JSON");
    }
    jq_start(jq_, input, 0);
    jv first = jq_next(jq_);
    if (!jv_is_valid(first)) throw failed(first);
    jv second = jq_next(jq_);
    const bool one = !jv_is_valid(second) && jv_invalid_has_msg(jv_copy(second)) == 0;
    jv_free(second);
    if (!one) {
      jv_free(first);
      throw MappingError("adapter.mapping_failed", "the program gave more than one output");
    }
    std::string out = take(jv_dump_string(first, 0));
    if (out.size() > kOutputBytesMax) {
      throw MappingError("adapter.too_large", "the mapped document is too large");
    }
    return out;
  }

 private:
  static MappingError failed(jv invalid) {
    if (jv_invalid_has_msg(jv_copy(invalid)) == 0) {
      jv_free(invalid);
      return MappingError("adapter.mapping_failed", "the program gave no output");
    }
    return failureOf(jv_invalid_get_msg(invalid));
  }

  jq_state* jq_;
};

}  // namespace

std::string largeIntegersAsText(std::string_view json) {
  constexpr std::string_view kExactMax = "9007199254740992";
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (in_string || c == '"') {
      if (in_string && c == '\\' && at + 1 < json.size()) out += json[at++];
      if (c == '"') in_string = !in_string;
      out += json[at++];
      continue;
    }
    if (c != '-' && (c < '0' || c > '9')) {
      out += c;
      ++at;
      continue;
    }
    const std::size_t end = std::min(json.find_first_not_of("+-.0123456789eE", at), json.size());
    const std::string_view number = json.substr(at, end - at);
    const std::string_view digits = number.substr(number.front() == '-' ? 1 : 0);
    const bool whole = digits.find_first_not_of("0123456789") == std::string_view::npos;
    const bool large = digits.size() > kExactMax.size() ||
                       (digits.size() == kExactMax.size() && digits > kExactMax);
    const std::string_view mark = whole && large ? "\"" : "";
    out.append(mark).append(number).append(mark);
    at = end;
  }
  return out;
}

struct JqMapping::State {
  std::unique_ptr<Program> borrow() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto program = std::move(idle.back());
        idle.pop_back();
        return program;
      }
    }
    return std::make_unique<Program>(text, settings);
  }
  void giveBack(std::unique_ptr<Program> program) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(program));
  }

  std::string text;
  std::string settings;
  std::mutex mutex;
  std::vector<std::unique_ptr<Program>> idle;  // as many as ever ran at the same time
};

JqMapping::JqMapping() = default;
JqMapping::~JqMapping() = default;
JqMapping::JqMapping(JqMapping&&) noexcept = default;
JqMapping& JqMapping::operator=(JqMapping&&) noexcept = default;

JqMapping JqMapping::compile(std::string_view program, std::string_view settings_json) {
  if (readsEnvironment(program)) {
    throw MappingError("adapter.bad_mapping", "the jq program reads the environment");
  }
  checkJson(settings_json);
  JqMapping out;
  out.state_ = std::make_unique<State>();
  out.state_->text = std::string(kPrelude) + std::string(program);
  out.state_->settings = largeIntegersAsText(settings_json);
  out.state_->giveBack(out.state_->borrow());
  return out;
}

std::string JqMapping::apply(std::string_view json) const {
  if (!state_) throw MappingError("adapter.bad_mapping", "no jq program is configured for this");
  checkJson(json);
  auto program = state_->borrow();
  // A program that threw is not given back: its stack may hold half a run.
  std::string out = program->run(largeIntegersAsText(json));
  state_->giveBack(std::move(program));
  return out;
}

}  // namespace otinish::kit
