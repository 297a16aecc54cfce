// An appeal that an action sends on to another body, whole (APPC 65(1), 91(4)) or in part (65(2), (3)): where
// to, with which terms, and the document that body gets.
// Threads: any; reads the store.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/exchange/action_order.h"
#include "hub/exchange/action_terms.h"
#include "hub/exchange/case_file.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::exchange {

// The whole appeal, under its number, at its next body.
struct NextBody {
  std::string bin, destination;
  rules::LocalText names;
  std::string due_date;
  std::string kind_special;  // that the appeal is of from then on; "": as before
  std::vector<EndedTerm> ended;
  std::vector<store::ClockRow> opened;
  store::MessageRow message;                        // party is the destination
  std::optional<store::EventRow> routed;            // unless the action itself is the routing
  std::optional<store::EventRow> notice_dropped{};  // of defects, of the reception desk
};

// A part, which becomes an appeal of its own with a child number. Nothing of it has the appeal's id yet.
struct PartOfCase {
  store::AppealRow row;
  store::MessageRow message;
  std::vector<store::ClockRow> clocks;
  std::vector<store::EventRow> events;
  rules::LocalText names_part;  // for the whole's event
};

// The action that sends a complaint up, APPC 91(4); of its event the reason.
inline constexpr const char* kSendToHigher = "send_to_higher";
bool goesUp(const Action& action);
// That BIN is above the body that has the appeal, at any number of steps, by the register.
bool isAbove(const CaseFile& file, const std::string& bin);
// The complaint went up from that body, APPC 91(4): nobody brings it back there. `events`: of the appeal.
Result<bool> wentUpFrom(store::Store& store, const rules::LawBook& law,
                        const store::AppealRow& appeal, const std::vector<store::EventRow>& events,
                        const model::Appeal& document, const rules::Body& body, Date day);
Status backToWhereItWentUpFrom();
// The body that the register has above the one that has the appeal; nullptr if it has none.
const rules::Body* higherBody(const CaseFile& file);

// That the procedure directs the appeal to that body.
store::EventRow routedEvent(store::RowId appeal, const rules::Body& body, Instant now,
                            const std::string& actor, const std::string& from);
// Of the event of a complaint that goes up.
void nameHigherBody(store::EventRow& event, const rules::LocalText& names);

class SendingOn {
 public:
  using Connected = std::function<bool(const std::string& alias)>;  // does an agency of it run?

  // Everything must outlive the object.
  SendingOn(store::Store& store, const Limits& limits, Connected connected, std::string node_name)
      : store_(store),
        limits_(limits),
        connected_(std::move(connected)),
        node_name_(std::move(node_name)) {}

  // Nothing if the action names no body and none is connected here: the appeal leaves the hub, and its
  // reason says where to. Up goes only to a body above this one in the register, and nothing comes down again to the one
  // that sent it up. Failures: of connectedBody, of readdress; "exchange.input_needed",
  // "exchange.bad_input" with field "/body"; those of the law.
  Result<std::optional<NextBody>> whole(const CaseFile& file, const Action& action) const;
  // Failures: as above.
  Result<PartOfCase> part(const CaseFile& file, const Action& action) const;

 private:
  Status notDownAgain(const CaseFile& file, const rules::Body& to) const;
  Result<std::string> freeChildNumber(const std::string& whole, int& n) const;

  store::Store& store_;
  const Limits& limits_;
  Connected connected_;
  std::string node_name_;
};

}  // namespace hub::exchange
