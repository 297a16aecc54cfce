// The terms that begin when an appeal comes to a body. Threads: pure but for reading the store.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/model/types.h"
#include "hub/rules/law_book.h"
#include "hub/store/store.h"

namespace hub::exchange {

struct Arrival {
  const rules::LawBook& law;
  const model::Appeal& document;
  std::string from_body;  // BIN of the body that had it; "" if none had
  std::string to_body;    // BIN
  Instant at;
};

// Whether it is a complaint of that body: it names it, or the case that it comes from was that body's; what one named
// that this one came of, too. One that names none is surely of no body, whomever the law presumes (firstBodyTerms).
Result<bool> isComplaintOf(store::Store& store, const rules::LawBook& law,
                           const model::Appeal& document, const std::string& body, Date day);
Result<bool> isComplaintOf(store::Tx& tx, const rules::LawBook& law, const model::Appeal& document,
                           const std::string& body, Date day);

// Of a complaint that comes to the body complained of: the time to satisfy it or to send it up, APPC
// 91(4). Nothing in every other case. A complaint that does not say whose act it is about is with that
// body when it first comes to one, since that is where the law has it filed.
Result<std::vector<store::ClockRow>> firstBodyTerms(store::Store& store, const Arrival& arrival);

struct ArrivalTerms {
  std::vector<store::ClockRow> opened;
  std::string due_date;  // of the consideration; "" if it cannot be counted
};
// All of them, counted from the arrival, APPC 65(3), 76(2).
Result<ArrivalTerms> termsOfArrival(store::Store& store, const Arrival& arrival,
                                    const rules::Body& body);
Result<ArrivalTerms> termsOfArrival(store::Tx& tx, const Arrival& arrival, const rules::Body& body);

// Whether the event sent the appeal to the body that has it from then on: of the intake, the reception desk, a
// forwarding (type "routed"), or the act `route` of a person.
bool directs(const store::EventRow& event);
// The next body has decided nothing, nor been silent.
void decidedNothing(store::AppealRow& appeal);
// Of a delivery that was stopped, since the appeal went to another body before the first one had it.
inline constexpr const char* kElsewhere = "exchange.directed_elsewhere";
// Of an appeal that was sent to its body: whether another one had it before. One that was never reached did not.
// `rows`: its outbox.
bool hadAnotherBody(const std::vector<store::OutboxRow>& rows, const store::AppealRow& appeal);
// The appeal reached the body. The term to forward it (APPC 65(1)) runs on as the body's own, if the body got it on the
// day of the receipt or is the addressee, for whom the hub receives, and got it within the term. Else the term of those
// who sent it there ends, in time or late, and the body has one of its own from now.
// So does that to satisfy a complaint or send it up (91(4)). The consideration of a body that got the appeal from another
// (65(3), 76(2)) counts from the arrival, not from the day it was sent there: its term is superseded, with the due date of
// `appeal`. What ended before, as by a presumed refusal, stays.
Status followDelivery(store::Tx& tx, const rules::LawBook& law, store::AppealRow& appeal,
                      Instant now);
// A word of the body's system tells that the body has the appeal, though the hub knows of no delivery that went through
// (its answer was lost): it got it by `at`. Nothing if the delivery is known.
Status followWord(store::Tx& tx, const rules::LawBook& law, store::AppealRow& appeal, Instant at);
// The terms of an appeal as they are those of the body that has it. Before decision 18 the hub's delivery ended the term to
// forward for good, and a body that got the appeal later had none: where the newest one began before the appeal was sent to
// that body, one counted from the arrival there stands in its place, ended.
Result<std::vector<store::ClockRow>> asItsOwn(const rules::LawBook& law,
                                              const store::AppealRow& appeal,
                                              std::vector<store::ClockRow> clocks,
                                              const std::vector<store::EventRow>& events);

// What directing from the desk (APPC 65(1)) does to the terms. To its first body an appeal goes with the
// term that runs since registration. One that another body gave back gets terms of its arrival, and what
// ran for that body ends. Given to the same body again, it keeps the terms of its first arrival there. The term to
// forward it runs on until the delivery.
struct DirectionTerms {
  std::vector<std::pair<std::string, std::string>> closed;  // clock, status
  std::vector<store::ClockRow> opened;
  std::string due_date;
};
Result<DirectionTerms> termsOfDirecting(store::Store& store, const store::AppealRow& appeal,
                                        const std::vector<store::ClockRow>& clocks,
                                        const Arrival& arrival, const rules::Body& body);

}  // namespace hub::exchange
