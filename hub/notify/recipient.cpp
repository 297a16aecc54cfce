#include "hub/notify/recipient.h"

namespace hub::notify {
namespace {

std::optional<std::string> mobileOf(const model::Party& party) {
  for (const auto& phone : party.phone) {
    if (auto number = mobileNumber(phone)) return number;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> mobileNumber(std::string_view phone) {
  std::string digits;
  for (char c : phone) {
    if (c >= '0' && c <= '9') digits += c;
  }
  // "8 701 …" is how it is dialled within the country.
  const bool from_abroad = !phone.empty() && phone.front() == '+';
  // Without the plus the country's 7 (or 8) stands alone or in nothing but digits: "777 123 45 67 (1)" is a
  // city number with more behind it.
  const bool plain = digits.size() == phone.size();
  if (!from_abroad && !plain && phone.size() > 1 && phone[1] >= '0' && phone[1] <= '9') {
    return std::nullopt;
  }
  if (digits.size() == 11 && digits.front() == '8' && !from_abroad) digits.front() = '7';
  if (digits.size() != 11 || !digits.starts_with("77")) return std::nullopt;
  if (digits[2] == '1' || digits[2] == '2') return std::nullopt;
  return "+" + digits;
}

Result<std::string> mobileOf(const model::Appeal& appeal) {
  if (appeal.confidentiality == "restricted" || appeal.confidentiality == "secret_excluded") {
    return Status::failure("notify.confidential", "the appeal is " + appeal.confidentiality);
  }
  if (!appeal.contacts_confirmed) {
    return Status::failure("notify.contacts_not_confirmed", "APPC 66(4)");
  }
  for (const auto& party : appeal.applicant) {
    if (auto number = mobileOf(party)) return *number;
  }
  if (appeal.representative) {
    if (auto number = mobileOf(appeal.representative->party)) return *number;
  }
  return Status::failure("notify.no_phone", "no mobile number of Kazakhstan");
}

}  // namespace hub::notify
