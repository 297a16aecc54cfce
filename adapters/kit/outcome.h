// Shared by the config-driven adapters: outcome names, tables by pattern, HTTP statuses, problem
// items.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "adapters/kit/adapter.h"
#include "adapters/kit/error.h"
#include "adapters/kit/text.h"

namespace otinish::kit {

// "DONE" … "FAULT". Failure: MappingError "adapter.bad_setting".
Outcome outcomeOf(std::string_view name);
// The value of the longest pattern ('*', '?') that matches `key`; "" if none does.
std::string matchTable(const StringMap& table, std::string_view key);
// Value of a header, any case; "" if absent.
std::string headerOf(const std::vector<Header>& headers, std::string_view name);
// Retry-After in milliseconds from now, in either form of RFC 9110 10.2.3 (seconds, or a date in its
// fixed form); 0 if it is absent, over, or not to be read. `now` in seconds since 1970. The hub waits
// no longer than it says in write-one.md.
std::int64_t retryAfterMs(const std::vector<Header>& headers, std::int64_t now);
std::int64_t retryAfterMs(const std::vector<Header>& headers);
// What an HTTP status means when the agency's table says nothing: 2xx kDone, 401/403/404/405
// kMisconfigured, 408/425/429/5xx kRetry, anything else kFault: a status alone does not say that the body refuses
// the message; the agency's table or program says which ones do.
Outcome outcomeOfStatus(int status);
// The hub's own store did not take or give a file: no trouble of the agency.
bool isOurStores(const ExchangeResponse& response);
// The code says that the signature of what came was refused: it may be anybody's.
bool isOfTrust(std::string_view code);
// What was asked for may be had later: the call may be made again, or the status says so, be it
// unsigned, since what stands before the agency (a proxy) signs nothing.
bool mayComeLater(const ExchangeResponse& response);
// An item that could not be translated, for the quarantine. `raw` is cut to 1 MiB.
Inbound problemItem(std::string item_id, const std::string& code, const std::string& text,
                    std::string_view raw);
// What an item takes of an answer, and what the items of one answer may take together: half of what the
// hub takes by default (adapter_answer_bytes_max, list_items_max); the rest is for the cursor.
std::size_t bytesOf(const Inbound& item);
inline constexpr std::size_t kAnswerBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kAnswerItemsMax = 500;
// The same from the other side: the `raw` that is given back to be translated anew. Failure:
// MappingError "adapter.too_large" if it may have been cut.
const std::string& wholeRaw(const NativeRequest& request);
// An answer to deliver after a 2xx that could not be understood: the agency may have taken the message. A repetition that can do
// no harm (`harmless`: the agency knows it by its key, or is asked first) is kFault, so five attempts; else it is held for a
// person after the first (kMisconfigured, "adapter.may_be_taken").
Answer takenOrNot(const ExchangeResponse& response, bool harmless, const std::string& why);
// The files of a message are more than one call has time for: the next attempt goes on.
Answer filesGoOn(std::size_t done);
// The same once the other side has the message itself, which the files follow.
Answer filesFollow(std::size_t done);
// What a collect says (code "adapter.attachment_waits") of items that wait for their files.
std::string waitsText(std::size_t items);
// An answer to configure for a setting or mapping that is wrong.
Answer misconfigured(const MappingError& error);
// An answer to deliver for a message that cannot be made: kUnsupported, but what only waits for the number
// of the case it is about is kRetry, and a setting or mapping that is wrong is kMisconfigured: no agency
// refused the appeal, and the operator can send it when it is mended.
Answer undeliverable(const MappingError& error);

// Makes the item a problem that still says which appeal it is about.
void turnDown(Inbound& item, const std::string& code, const std::string& text,
              const std::string& raw);

}  // namespace otinish::kit
