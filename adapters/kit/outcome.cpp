#include "adapters/kit/outcome.h"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

namespace otinish::kit {
namespace {

constexpr std::size_t kRawBytesMax = 1024 * 1024;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool sameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

Outcome outcomeOf(std::string_view name) {
  if (name == "DONE") return Outcome::kDone;
  if (name == "PENDING") return Outcome::kPending;
  if (name == "RETRY") return Outcome::kRetry;
  if (name == "REJECTED") return Outcome::kRejected;
  if (name == "UNSUPPORTED") return Outcome::kUnsupported;
  if (name == "MISCONFIGURED") return Outcome::kMisconfigured;
  if (name == "FAULT") return Outcome::kFault;
  constexpr std::size_t kShownMax = 32;
  throw MappingError("adapter.bad_setting", "outcome '" +
                                                scrub(std::string(name.substr(0, kShownMax))) +
                                                "' is not one of the contract's");
}

std::string matchTable(const StringMap& table, std::string_view key) {
  const std::string* best = nullptr;
  std::size_t best_size = 0;
  for (const auto& [pattern, value] : table) {
    if (!globMatch(pattern, key)) continue;
    if (best == nullptr || pattern.size() > best_size) {
      best = &value;
      best_size = pattern.size();
    }
  }
  return best ? *best : std::string();
}

std::string headerOf(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& h : headers) {
    if (sameName(h.name, name)) return h.value;
  }
  return {};
}

namespace {

// "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 5.6.7; seconds since 1970, -1 for anything else.
std::int64_t fixedDate(const std::string& text) {
  std::istringstream in(text);
  in.imbue(std::locale::classic());
  std::tm parts{};
  in >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S GMT");
  return in.fail() ? -1 : static_cast<std::int64_t>(timegm(&parts));
}

}  // namespace

std::int64_t retryAfterMs(const std::vector<Header>& headers, std::int64_t now) {
  const std::string value = headerOf(headers, "Retry-After");
  if (value.empty()) return 0;
  if (value.find_first_not_of("0123456789") == std::string::npos) {
    constexpr std::size_t kDigitsMax = 9;  // more is past every limit
    return value.size() > kDigitsMax ? std::int64_t{999'999'999} * 1000 : std::stoll(value) * 1000;
  }
  const std::int64_t at = fixedDate(value);
  return at > now ? (at - now) * 1000 : 0;
}

std::int64_t retryAfterMs(const std::vector<Header>& headers) {
  return retryAfterMs(headers, static_cast<std::int64_t>(std::time(nullptr)));
}

Outcome outcomeOfStatus(int status) {
  if (status >= 200 && status < 300) return Outcome::kDone;
  if (status == 401 || status == 403 || status == 404 || status == 405)
    return Outcome::kMisconfigured;
  if (status == 408 || status == 425 || status == 429 || status >= 500) return Outcome::kRetry;
  return Outcome::kFault;
}

bool isOurStores(const ExchangeResponse& response) {
  return !response.ok &&
         (response.code.starts_with("store.") || response.code == "base.file_unwritable");
}

bool isOfTrust(std::string_view code) { return code.starts_with("trust."); }

bool mayComeLater(const ExchangeResponse& response) {
  const bool by_status = outcomeOfStatus(response.status) == Outcome::kRetry;
  return by_status || (!response.ok && response.retryable) || isOurStores(response);
}

Inbound problemItem(std::string item_id, const std::string& code, const std::string& text,
                    std::string_view raw) {
  Inbound item;
  item.item_id = std::move(item_id);
  item.problem_code = code;
  item.problem_text = text;
  item.raw = std::string(raw.substr(0, kRawBytesMax));
  return item;
}

std::size_t bytesOf(const Inbound& item) {
  return item.item_id.size() + item.body.size() + item.raw.size() + item.problem_text.size() +
         item.correlation_id.size() + item.in_reply_to.size() + item.external_id.size() +
         item.reg_number.size();
}

const std::string& wholeRaw(const NativeRequest& request) {
  if (request.body.size() >= kRawBytesMax) {
    throw MappingError("adapter.too_large", "the item was too large to be kept whole");
  }
  return request.body;
}

Answer takenOrNot(const ExchangeResponse& response, bool harmless, const std::string& why) {
  const std::int64_t pause = retryAfterMs(response.headers);
  if (harmless) return failed(Outcome::kFault, "adapter.bad_answer", why, pause);
  return failed(Outcome::kMisconfigured, "adapter.may_be_taken",
                "the answer with HTTP status " + std::to_string(response.status) +
                    " was not understood, and the message may have been taken: " + why,
                pause);
}

Answer filesGoOn(std::size_t done) {
  return failed(Outcome::kRetry, "adapter.files_go_on",
                std::to_string(done) + " files went in this call and before");
}

Answer filesFollow(std::size_t done) {
  Answer answer = filesGoOn(done);
  answer.code = "adapter.files_follow";
  return answer;
}

Answer misconfigured(const MappingError& error) {
  return failed(Outcome::kMisconfigured, error.code(), error.what());
}

std::string waitsText(std::size_t items) {
  return std::to_string(items) +
         " items wait for files that cannot be fetched yet, and what follows them";
}

Answer undeliverable(const MappingError& error) {
  const auto& code = error.code();
  const bool wrong = code == "adapter.bad_setting" || code == "adapter.bad_mapping";
  const auto outcome = wrong                            ? Outcome::kMisconfigured
                       : code == "adapter.case_unknown" ? Outcome::kRetry
                                                        : Outcome::kUnsupported;
  return failed(outcome, code, error.what());
}

void turnDown(Inbound& item, const std::string& code, const std::string& text,
              const std::string& raw) {
  Inbound problem = problemItem(item.item_id, code, text, raw);
  problem.correlation_id = std::move(item.correlation_id);
  problem.in_reply_to = std::move(item.in_reply_to);
  problem.external_id = std::move(item.external_id);
  problem.reg_number = std::move(item.reg_number);
  item = std::move(problem);
}

}  // namespace otinish::kit
