// Validation of canonical messages: cardinality, codes, lengths (by the field descriptions) and the
// rules that join fields (IIN/BIN check digits, dates, what a complaint must carry …), each with its
// source. Returns every violation, not only the first.
// Codes: "model.required", "model.not_allowed", "model.unknown_code", "model.too_long",
// "model.too_many", "model.iin_check_digit", "model.iin_date", "model.iin_malformed",
// "model.bin_…", "model.future_date", … see hub/base/errors/model.inc.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/model/types.h"

namespace hub::model {

enum class Profile {
  kSubmitted,  // as a door receives it: fields the hub fills (hub_owned in field.h) may be absent
  kCanonical,  // complete
};
enum class IdentityCheck {
  kStrict,   // IIN/BIN check digits and dates must be right
  kLenient,  // shape only (test certificates fail the check digit; domain §4)
};
struct ValidateOptions {
  Profile profile = Profile::kCanonical;
  IdentityCheck identity = IdentityCheck::kStrict;
  Instant now;  // for "not in the future" (10 minutes of clock skew allowed)
};

// Empty: valid.
std::vector<Error> validate(const Message& message, const ValidateOptions& options,
                            const Limits& limits);

// IIN and BIN alone. Success, or the code that the value breaks. 12 digits as text.
Status checkIin(std::string_view iin, IdentityCheck check, Date today);
Status checkBin(std::string_view bin, IdentityCheck check);

}  // namespace hub::model
