// IIN and BIN. Source of the layout and the check digit: the national rules for forming the
// individual identification number and the business identification number; weights 1…11, then
// 3…11,1,2.
#include <chrono>

#include "hub/model/validate.h"

namespace hub::model {
namespace {

int digit(std::string_view number, std::size_t i) { return number[i] - '0'; }
int twoDigits(std::string_view number, std::size_t i) {
  return digit(number, i) * 10 + digit(number, i + 1);
}

bool isTwelveDigits(std::string_view number) {
  if (number.size() != 12) return false;
  for (char c : number)
    if (c < '0' || c > '9') return false;
  return true;
}

// -1: no digit fits, such a number is never issued.
int checkDigit(std::string_view number) {
  for (int shift : {0, 2}) {
    int sum = 0;
    for (int i = 0; i < 11; ++i)
      sum += digit(number, static_cast<std::size_t>(i)) * ((i + shift) % 11 + 1);
    if (sum % 11 != 10) return sum % 11;
  }
  return -1;
}

// Century digit 1–6; 0 stands for foreigners, whose date cannot be told.
Status checkBirthDate(std::string_view iin, Date today) {
  const int century = digit(iin, 6);
  if (century > 6)
    return Status::failure("model.iin_century", "The seventh digit of an IIN is 0 to 6");
  using namespace std::chrono;
  const int base = century == 0 ? 1900 : 1800 + (century - 1) / 2 * 100;
  const Date born{year(base + twoDigits(iin, 0)), month(static_cast<unsigned>(twoDigits(iin, 2))),
                  day(static_cast<unsigned>(twoDigits(iin, 4)))};
  // 29 February of a foreigner may belong to either century.
  const bool leap = century == 0 && twoDigits(iin, 2) == 2 && twoDigits(iin, 4) == 29;
  if (!born.ok() && !leap)
    return Status::failure("model.iin_date", "No such birth date in the IIN");
  if (century != 0 && born > today)
    return Status::failure("model.iin_date", "The birth date in the IIN lies in the future");
  return {};
}

}  // namespace

Status checkIin(std::string_view iin, IdentityCheck check, Date today) {
  if (!isTwelveDigits(iin)) return Status::failure("model.iin_malformed", "An IIN has 12 digits");
  if (check == IdentityCheck::kLenient) return {};
  if (checkDigit(iin) != digit(iin, 11))
    return Status::failure("model.iin_check_digit", "The check digit of the IIN is wrong");
  return checkBirthDate(iin, today);
}

Status checkBin(std::string_view bin, IdentityCheck check) {
  if (!isTwelveDigits(bin)) return Status::failure("model.bin_malformed", "A BIN has 12 digits");
  if (check == IdentityCheck::kLenient) return {};
  if (const int kind = digit(bin, 4); kind < 4 || kind > 6)
    return Status::failure("model.bin_malformed", "The fifth digit of a BIN is 4, 5 or 6");
  if (digit(bin, 5) > 3)
    return Status::failure("model.bin_malformed", "The sixth digit of a BIN is 0 to 3");
  if (const int month = twoDigits(bin, 2); month < 1 || month > 12)
    return Status::failure("model.bin_date", "No such month of registration in the BIN");
  if (checkDigit(bin) != digit(bin, 11))
    return Status::failure("model.bin_check_digit", "The check digit of the BIN is wrong");
  return {};
}

}  // namespace hub::model
