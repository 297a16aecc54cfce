#include "hub/web/report_parts.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "hub/web/router.h"

namespace hub::web {

Result<std::string> binOf(const Doors& doors, const rules::LawBook& law, const std::string& body,
                          Date today) {
  if (body.empty()) return body;
  if (const auto* known = law.bodyByAlias(body, today)) return known->bin;
  const bool bin = body.size() == 12 && body.find_first_not_of("0123456789") == std::string::npos;
  std::vector<std::string> known;
  for (const auto& one : law.data().bodies) {
    if (bin) {
      known.push_back(one.bin);
      known.insert(known.end(), one.predecessors.begin(), one.predecessors.end());
    } else if (!one.alias.empty() && one.validity.covers(today)) {
      known.push_back(one.alias);
    }
  }
  if (bin) {
    if (std::find(known.begin(), known.end(), body) != known.end()) return body;
    // A list that is empty because of a wrong digit looks like one of a body without appeals.
    store::AppealFilter its;
    its.body_bin = body;
    const auto any = doors.service.store().listAppeals(its, "", 1);
    if (!any.ok()) return any.status();
    if (!any->rows.empty() || !any->next.empty()) return body;
  }
  return Status::failure(
      "web.bad_parameter",
      "'body' is a BIN or an alias of bodies.yaml; the nearest are " + nearestNames(body, known),
      "?body");
}

bool CaseLimits::takes(const store::AppealRow& row, const rules::LawBook& law, Date today) const {
  if (!body.empty() && row.body_bin != body) return false;
  if (!executor.empty() && row.executor != executor) return false;
  // A region by its two digits is where the place is now; a longer code is the code as it was given.
  if (region.size() == 2) return law.regionOf(row.kato, today) == region;
  return row.kato.starts_with(region);
}

Result<CaseLimits> limitsOf(const Doors& doors, const Parameters& parameters,
                            const rules::LawBook& law, Date today) {
  auto body = binOf(doors, law, parameters.text("body"), today);
  if (!body.ok()) return body.status();
  CaseLimits limits{std::move(*body), parameters.text("executor"), parameters.text("region")};
  const auto& region = limits.region;
  const bool digits =
      std::all_of(region.begin(), region.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (region.size() == 1 || region.size() > 9 || !digits) {
    return Status::failure("web.bad_parameter",
                           "'region' is the first digits of a KATO code, two or more", "?region");
  }
  return limits;
}

Result<bool> wantsCsv(const Parameters& parameters) {
  const std::string format = parameters.text("format");
  if (format == "csv") return true;
  if (format.empty() || format == "json") return false;
  return Status::failure("web.bad_parameter", "'format' is json or csv", "?format");
}

Reply csvReply(std::string text, const char* name) {
  Reply reply;
  reply.type = "text/csv; charset=utf-8";
  reply.body = std::move(text);
  reply.headers.push_back(
      {"Content-Disposition", std::string("attachment; filename=\"") + name + ".csv\""});
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

Reply jsonReply(JsonWriter& writer) {
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

}  // namespace hub::web
