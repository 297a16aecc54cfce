#include "hub/exchange/talon.h"

#include <algorithm>
#include <cstdio>

#include "hub/model/types.h"
#include "hub/rules/law_book.h"
#include "hub/store/store.h"

namespace hub::exchange {
namespace {

// "2026-03-17" → "17.03.2026"; other text stays as it is.
std::string spoken(const std::string& iso) {
  if (iso.size() != 10 || iso[4] != '-' || iso[7] != '-') return iso;
  return iso.substr(8, 2) + "." + iso.substr(5, 2) + "." + iso.substr(0, 4);
}

std::string clockTime(int minute_of_day) {
  char text[8];
  std::snprintf(text, sizeof text, "%02d:%02d", minute_of_day / 60 % 24, minute_of_day % 60);
  return text;
}

}  // namespace

Result<Talon> talonOf(const model::Appeal& appeal, const store::AppealRow& row,
                      const std::vector<store::ClockRow>& clocks, const rules::LawBook& law) {
  const rules::LawData& data = law.data();
  auto received = toLocal(row.received_at, data.default_zone);
  if (!received) return received.status();
  const rules::Body* body = nullptr;
  if (!row.body_bin.empty()) body = law.bodyByBin(row.body_bin, received->date);
  if (body != nullptr && body->zone != data.default_zone) {
    received = toLocal(row.received_at, body->zone);
    if (!received) return received.status();
  }
  Talon talon;
  talon.reg_number = row.reg_number;
  if (const auto kind = data.vocabulary.kinds.find(row.kind); kind != data.vocabulary.kinds.end()) {
    talon.kind = kind->second.label;
  }
  talon.received_date = spoken(formatDate(received->date));
  talon.received_time = clockTime(received->minute_of_day);
  // Both as they were told then: a calendar that is read anew later moves the one and the other.
  const auto first = [&](const char* name) {
    return std::find_if(clocks.begin(), clocks.end(),
                        [&](const auto& clock) { return clock.name == name; });
  };
  const auto registered = first("register"), considered = first("consider");
  talon.registered =
      spoken(registered == clocks.end() ? row.registration_date : registered->due_date);
  if (considered != clocks.end()) talon.due = spoken(considered->due_date);
  if (body != nullptr) talon.body = body->names;
  talon.electronic = appeal.form == "electronic";
  if (appeal.received_by) {
    talon.receiver_name = appeal.received_by->name;
    talon.receiver_post = appeal.received_by->post.value_or("");
  }
  talon.files = appeal.attachments.size();
  return talon;
}

}  // namespace hub::exchange
