// The error catalogue: every stable error code with its HTTP status, its texts in Kazakh, Russian
// and English, and what to do about it in the same three. Codes are added in
// hub/base/errors/<room>.inc:
//   OTINISH_ERROR("code", http_status, "en", "ru", "kk",
//     "remedy in English", "remedy in Russian", "remedy in Kazakh")
// A test proves that codes are unique and that every text is present. Any thread.
#pragma once

#include <string_view>
#include <vector>

namespace hub {

struct ErrorEntry {
  std::string_view code;
  int http_status;  // 4xx: the caller's; 5xx: ours
  std::string_view en;
  std::string_view ru;
  std::string_view kk;
  std::string_view remedy_en;
  std::string_view remedy_ru;
  std::string_view remedy_kk;
};

const std::vector<ErrorEntry>& errorCatalogue();
// nullptr for an unknown code.
const ErrorEntry* findError(std::string_view code);
// The text in "kk", "ru" or "en" (anything else: en); the code itself if it is not in the catalogue.
std::string_view errorText(std::string_view code, std::string_view language);
// What to do about it, in the same languages; empty if the code is not in the catalogue.
std::string_view errorRemedy(std::string_view code, std::string_view language);

}  // namespace hub
