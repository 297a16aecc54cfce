#include "hub/exchange/answer_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hub/base/error_catalogue.h"
#include "hub/exchange/last_failure.h"

namespace hub::exchange {

using otinish::Outcome;

namespace {

constexpr std::string_view kFilesBefore = "adapter.files_go_on";

// Nothing went out in that call, or only files that mean nothing without the message they go before.
bool isUnsent(Outcome outcome, std::string_view code) {
  return outcome == Outcome::kRetry &&
         (code == "adapter.case_unknown" || code == "transport.name_taken" ||
          code == "hosting.busy" || code == kFilesBefore);
}

}  // namespace

std::string_view nameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "DONE";
    case Outcome::kPending:
      return "PENDING";
    case Outcome::kRetry:
      return "RETRY";
    case Outcome::kRejected:
      return "REJECTED";
    case Outcome::kUnsupported:
      return "UNSUPPORTED";
    case Outcome::kMisconfigured:
      return "MISCONFIGURED";
    case Outcome::kFault:
      return "FAULT";
  }
  return "FAULT";
}

std::string ownText(const otinish::Answer& answer) {
  Error failure = takeLastFailure();
  if (failure.code == answer.code) return std::move(failure.text);
  const bool ours = answer.code.starts_with("hosting.") && findError(answer.code) != nullptr;
  return ours ? answer.text : std::string();
}

std::string codeOr(const otinish::Answer& answer, const char* fallback) {
  return answer.code.empty() ? std::string(fallback) : answer.code;
}

bool isTooLarge(std::string_view code) {
  return code == "transport.too_large" || code == "hosting.answer_too_large";
}

bool isUnreadable(std::string_view code) {
  constexpr std::array<std::string_view, 10> kCodes = {
      "adapter.may_be_taken", "adapter.bad_answer",  "adapter.bad_xml",    "adapter.bad_json",
      "adapter.bad_csv",      "adapter.bad_charset", "adapter.bad_base64", "adapter.dtd_refused",
      "adapter.too_deep",     "adapter.too_large"};
  return code.rfind("trust.", 0) == 0 ||
         std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

bool isAnswered(const otinish::Answer& answer, std::string_view adapter) {
  constexpr std::array<std::string_view, 3> kReadable = {
      "adapter.soap_fault", "adapter.http_status", "adapter.attachment_refused"};
  constexpr std::array<std::string_view, 2> kByMappings = {"soap", "rest"};
  if (answer.outcome != Outcome::kFault || answer.code.empty()) return false;
  if (std::find(kReadable.begin(), kReadable.end(), answer.code) != kReadable.end()) return true;
  const bool by_mapping =
      std::find(kByMappings.begin(), kByMappings.end(), adapter) != kByMappings.end();
  return by_mapping && findError(answer.code) == nullptr;
}

bool goesOn(std::string_view code) {
  return code == kFilesBefore || code == "adapter.files_follow";
}

bool isPutOff(const otinish::Answer& answer) {
  return isUnsent(answer.outcome, answer.code) ||
         (answer.outcome == Outcome::kRetry && goesOn(answer.code));
}

bool broughtNothing(Outcome outcome, std::string_view code) {
  switch (outcome) {
    case Outcome::kUnsupported:
    case Outcome::kMisconfigured:
      return true;
    case Outcome::kRejected:
      return !code.starts_with("transport.");
    default:
      return code == "transport.unreachable" || isUnsent(outcome, code);
  }
}

}  // namespace hub::exchange
