#include "hub/web/ranges.h"

#include <algorithm>
#include <charconv>

#include "hub/base/text.h"

namespace hub::web {
namespace {

// The only field of this name; none if there are several.
const std::string* onlyHeader(const Request& request, std::string_view name) {
  const std::string* found = nullptr;
  for (const auto& header : request.headers) {
    if (toLowerAscii(header.name) != name) continue;
    if (found != nullptr) return nullptr;
    found = &header.value;
  }
  return found;
}

// Digits alone; a number too large to count is as good as endless.
std::optional<std::int64_t> numberOf(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? number : INT64_MAX;
}

}  // namespace

bool hasAlready(const Request& request, const std::string& etag) {
  for (const auto& header : request.headers) {
    if (toLowerAscii(header.name) != "if-none-match") continue;
    // Tags of ours hold no comma; one of somebody else that does is none of ours.
    for (const auto& part : split(header.value, ',')) {
      std::string_view tag = trim(part);
      if (tag.starts_with("W/")) tag.remove_prefix(2);
      if (tag == etag || tag == "*") return true;
    }
  }
  return false;
}

RangeAnswer rangeOf(const Request& request, const std::string& etag, std::int64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const std::string* range = onlyHeader(request, "range");
  if (request.method != "GET" || range == nullptr) return {};
  if (const std::string* only_if = request.header("If-Range"); only_if && trim(*only_if) != etag) {
    return {};
  }
  std::string_view text = trim(*range);
  if (toLowerAscii(text.substr(0, kUnit.size())) != kUnit) return {};
  text = trim(text.substr(kUnit.size()));
  const auto dash = text.find('-');
  if (dash == text.npos) return {};
  const auto first = numberOf(text.substr(0, dash)), last = numberOf(text.substr(dash + 1));
  const bool open_start = dash == 0, open_end = dash + 1 == text.size();
  if ((!first && !open_start) || (!last && !open_end) || (open_start && open_end)) return {};
  if (first && last && *first > *last) return {};
  RangeAnswer answer{RangeAsked::kPart, {}};
  if (open_start) {  // the last so many
    answer.part.bytes = std::min(*last, size);
    answer.part.from = size - answer.part.bytes;
  } else if (*first < size) {
    answer.part.from = *first;
    answer.part.bytes = (last ? std::min(*last, size - 1) : size - 1) - *first + 1;
  }
  if (answer.part.bytes == 0) answer.asked = RangeAsked::kNone;
  return answer;
}

}  // namespace hub::web
