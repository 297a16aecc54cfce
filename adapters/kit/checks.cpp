#include "adapters/kit/checks.h"

#include <algorithm>
#include <array>

#include "adapters/kit/error.h"
#include "adapters/kit/outcome.h"

namespace otinish::kit {
namespace {

template <class Words>
std::string listed(const Words& words, const char* left = "", const char* right = "") {
  std::string out;
  for (const auto& word : words) {
    out += (out.empty() ? "" : ", ") + std::string(left) + std::string(word) + right;
  }
  return out;
}

template <class Words>
bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string quoted(std::string_view value) { return "'" + scrub(value) + "' "; }

bool isPlain(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
         });
}

}  // namespace

void refuseSetting(const std::string& where, const std::string& why) {
  throw MappingError("adapter.bad_setting", "setting " + where + ": " + why);
}

std::string settingAt(const std::string& where, const std::string& key) {
  return where + "." + key;
}

void checkTemplate(const std::string& where, std::string_view pattern,
                   const std::vector<std::string>& names) {
  for (std::size_t at = pattern.find('{'); at != std::string_view::npos;
       at = pattern.find('{', at)) {
    const std::size_t end = pattern.find('}', at);
    if (end == std::string_view::npos)
      refuseSetting(where, quoted(pattern) + "has '{' without '}'");
    const auto name = pattern.substr(at + 1, end - at - 1);
    if (!has(names, name)) {
      refuseSetting(where, quoted(pattern) + "asks for {" + scrub(name) + "}; " +
                               (names.empty() ? std::string("nothing can be filled in here")
                                              : "it may take " + listed(names, "{", "}")));
    }
    at = end;
  }
}

void checkFolder(const std::string& where, std::string_view folder, bool may_be_empty) {
  if (folder.empty() && may_be_empty) return;
  if (folder.empty()) refuseSetting(where, "it must be given");
  for (std::size_t at = 0; at <= folder.size();) {
    const std::size_t end = std::min(folder.find('/', at), folder.size());
    if (!isPlain(folder.substr(at, end - at)) || !isUtf8(folder)) {
      refuseSetting(where, quoted(folder) +
                               "is not a folder inside the drop; names with '/' between them are "
                               "expected, as in/files");
    }
    at = end + 1;
  }
}

void checkFileName(const std::string& where, std::string_view pattern,
                   const std::vector<std::string>& names) {
  const bool plain = isPlain(pattern) && isUtf8(pattern) && pattern.front() != '.' &&
                     pattern.find('/') == std::string_view::npos;
  if (!plain) {
    refuseSetting(
        where, quoted(pattern) + "is not the name of a file: no '/', and no '.' at its beginning");
  }
  checkTemplate(where, pattern, names);
}

void checkCharset(const std::string& where, const std::string& charset) {
  try {
    toUtf8({}, charset);
  } catch (const MappingError&) {
    refuseSetting(where, quoted(charset) +
                             "is not a charset known here; UTF-8, windows-1251, KOI8-R and "
                             "whatever else `iconv -l` lists are");
  }
}

void checkMethod(const std::string& where, std::string_view method) {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "POST", "PUT", "DELETE", "PATCH"};
  if (!has(kMethods, method)) {
    refuseSetting(where, quoted(method) + "is not one of its choices: " + listed(kMethods));
  }
}

void checkOutcome(const std::string& where, std::string_view name) {
  constexpr std::array<std::string_view, 7> kOutcomes = {
      "DONE", "PENDING", "RETRY", "REJECTED", "UNSUPPORTED", "MISCONFIGURED", "FAULT"};
  if (!has(kOutcomes, name)) {
    refuseSetting(where, quoted(name) + "is not one of its choices: " + listed(kOutcomes));
  }
}

void checkStatusPattern(const std::string& where, std::string_view pattern) {
  if (pattern.empty() || pattern.find_first_not_of("0123456789*?") != std::string_view::npos) {
    refuseSetting(where, quoted(pattern) + "is not a pattern of HTTP statuses, as 409 or 4*");
  }
}

std::string refusesUnlisted(const std::string& where, const StringMap& outcomes,
                            const std::vector<std::string>& examples) {
  for (const auto& [pattern, outcome] : outcomes) {
    const bool all = outcome == "REJECTED" &&
                     std::all_of(examples.begin(), examples.end(), [&](const std::string& example) {
                       return globMatch(pattern, example);
                     });
    if (!all) continue;
    return settingAt(where, pattern) +
           " is REJECTED: whatever no other row names is a refusal by the body, for good, and "
           "takes the appeal from "
           "it; list the codes that refuse instead: docs/upgrade.md";
  }
  return {};
}

void checkKeys(const std::string& where, const StringMap& row,
               const std::vector<std::string>& known) {
  for (const auto& [key, value] : row) {
    if (!has(known, key)) {
      refuseSetting(settingAt(where, scrub(key)),
                    "there is no such key; known are " + listed(known));
    }
  }
}

}  // namespace otinish::kit
