#include "hub/programs/sms.h"

#include <algorithm>
#include <string_view>

#include "hub/exchange/event_texts.h"
#include "hub/rules/procedure.h"
#include "hub/transport/endpoint.h"

namespace hub::programs {
namespace {

bool isAction(const rules::LawBook& law, std::string_view action) {
  const auto& table = law.data().procedure;
  if (!table) return true;  // without a table nobody acts, and nothing is told of it
  const auto& rows = table->data().rows;
  return std::any_of(rows.begin(), rows.end(),
                     [action](const auto& row) { return row.action == action; });
}

rules::LocalText nameOf(exchange::Service& service, const std::string& bin, const Clock& clock) {
  const auto law = service.law();
  const auto today = toLocal(clock.now(), law->data().default_zone);
  const auto* body = today ? law->bodyByBin(bin, today->date) : nullptr;
  return body ? body->names : rules::LocalText();
}

}  // namespace

Result<notify::SmsTexts> loadSmsTexts(const notify::SmsOptions& options,
                                      const rules::LawBook& law) {
  return notify::SmsTexts::load(options.texts_file, [&law](std::string_view event) {
    const auto slash = event.find('/');
    const auto type = event.substr(0, slash);
    if (!exchange::isEventType(type)) return false;
    const auto reason = slash == std::string_view::npos ? "" : event.substr(slash + 1);
    if (type == "clock_moved") return law.clockNumber(reason) >= 0;
    return type != "acted" || (!reason.empty() && isAction(law, reason));
  });
}

Result<std::unique_ptr<notify::SmsNotifier>> makeSmsNotifier(const notify::SmsOptions& options,
                                                             exchange::Service& service,
                                                             trust::Keyring& keys,
                                                             const Limits& limits,
                                                             const Clock& clock) {
  auto texts = loadSmsTexts(options, *service.law());
  if (!texts) return texts.status();
  auto endpoint = transport::makeEndpoint(options.endpoint, keys, nullptr, limits, clock);
  if (!endpoint) return endpoint.status();
  notify::SmsNotifier::World world{
      service.store(), clock, limits,
      [&service, &clock](const std::string& bin) { return nameOf(service, bin, clock); }};
  return std::make_unique<notify::SmsNotifier>(options, std::move(*texts), std::move(*endpoint),
                                               std::move(world));
}

}  // namespace hub::programs
