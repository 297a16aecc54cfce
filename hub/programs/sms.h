// hubd's side of the SMS notices: their texts held against the law, the notifier over the hub's own parts.
#pragma once

#include <memory>

#include "hub/exchange/hub_service.h"
#include "hub/notify/sms_notifier.h"
#include "hub/rules/law_book.h"

namespace hub::programs {

// Texts that tell only of events the hub has, in the procedure that is in force. Failures: SmsTexts::load's.
Result<notify::SmsTexts> loadSmsTexts(const notify::SmsOptions& options, const rules::LawBook& law);

// Not started. Everything must outlive it. Failures: loadSmsTexts's, transport::makeEndpoint's.
Result<std::unique_ptr<notify::SmsNotifier>> makeSmsNotifier(const notify::SmsOptions& options,
                                                             exchange::Service& service,
                                                             trust::Keyring& keys,
                                                             const Limits& limits,
                                                             const Clock& clock);

}  // namespace hub::programs
