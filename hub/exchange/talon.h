// What the talon of an appeal says: the receipt slip the applicant gets at once (APPC art. 64(2):
// unique number, date, time, name and post of the receiver). Facts of the acceptance, the same
// however often and however late the slip is asked for. Nothing about the applicant: a slip gets
// lost. Threads: value type and pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/rules/local_text.h"

namespace hub::model {
struct Appeal;
}
namespace hub::rules {
class LawBook;
}
namespace hub::store {
struct AppealRow;
struct ClockRow;
}  // namespace hub::store

namespace hub::exchange {

struct Talon {
  std::string reg_number;
  rules::LocalText kind;      // "өтініш" / "заявление"
  std::string received_date;  // local to the receiving body, "17.03.2026"
  std::string received_time;  // "10:00"
  std::string
      registered;   // the legal day of registration as first told, "17.03.2026"; "" if unknown
  std::string due;  // last legal day of consideration as first told; "" if none
  rules::LocalText body;  // competent body; empty while a person still has to find it
  std::string
      receiver_name;  // official who took it in; "" for an electronic filing, or if nobody told
  std::string receiver_post;
  std::size_t files = 0;
  bool electronic = false;  // by its form: nobody took it in by hand
};

// `appeal` is the stored canonical message, `clocks` in the order they were opened, `body_bin` the
// body at acceptance. Failure: "base.unknown_zone", "base.bad_time" if the stored times are not.
Result<Talon> talonOf(const model::Appeal& appeal, const store::AppealRow& row,
                      const std::vector<store::ClockRow>& clocks, const rules::LawBook& law);

}  // namespace hub::exchange
