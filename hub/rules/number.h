// The registration number of an appeal: "ЖТ-2026-01234567" (natural person) or "ЗТ-…" (company),
// given once at the first registration; the parts of a split appeal get child numbers,
// "ЖТ-2026-01234567/1". Source: rules of the register, Prosecutor General's Order No. 4 of
// 04.01.2023; the letters for companies are recalled, not read. Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/status.h"

namespace hub::rules {

struct RegistrationNumber {
  bool company = false;
  int year = 0;
  std::uint32_t serial = 0;  // 1..99,999,999
  int part = 0;              // child number 1..999; 0 for the whole appeal

  bool operator==(const RegistrationNumber&) const = default;
};

// Failure "rules.bad_number": year outside 2007..2199, serial or part outside its range.
Result<std::string> formatNumber(const RegistrationNumber& number);
// Reads the stored form and the display form ("ZhT-2026-01234567"). Failure "rules.bad_number".
Result<RegistrationNumber> parseNumber(std::string_view text);
// The number of the n-th part (1..999) of a whole appeal. Failure "rules.bad_number": not a number, or
// that of a part already: parts are not split again, they count on from the whole.
Result<std::string> childNumber(std::string_view parent, int part);
// For file names and GSM 7-bit text messages: ЖТ -> ZhT, ЗТ -> ZT. Other text is returned
// unchanged.
std::string toAsciiNumber(std::string_view number);

}  // namespace hub::rules
