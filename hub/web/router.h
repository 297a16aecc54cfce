// The table of routes: one row per method and address, and how a request finds its row. Internal.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/web/auth.h"
#include "hub/web/http.h"

namespace hub::notify {
class SmsDesk;
}

namespace hub::web {

// The receipt slip: where its code leads ("https://…/{number}"; "" for the bare number), its font.
struct TalonOptions {
  std::string track_url;
  std::string font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";  // fonts-dejavu-core
};

// When numbers for /metrics that cost more than a look were counted last. Threads: any, under the mutex.
struct SeldomGauges {
  std::mutex mutex;
  std::optional<Instant> stopped_acts;
};

// What handlers work with.
struct Doors {
  exchange::Service& service;
  const Limits& limits;
  const Clock& clock;
  TalonOptions talon{};
  notify::SmsDesk* sms = nullptr;  // null: no SMS are sent
  std::shared_ptr<SeldomGauges> gauges = std::make_shared<SeldomGauges>();
};

using Handler = Result<Reply> (*)(const Doors& doors, Request& request);

struct Route {
  std::string_view method;   // "*": any
  std::string_view pattern;  // as in OpenAPI: "/v1/appeals/{id}"; "/{rest}" takes all that follows
  Access access;
  Handler handler;
};

// The whole table, as published in contracts/api/openapi.yaml.
const std::vector<Route>& routes();

// Finds the row and fills request.path and request.query. HEAD finds the GET row.
// "web.not_found", "web.method_not_allowed" (then `allow` lists the methods), "web.bad_request".
Result<const Route*> findRoute(Request& request, std::string& allow);

// The appeal of {id}, unless it belongs to a source system that is not the caller's: then it is
// "store.not_found".
Result<store::AppealRow> findFor(const Doors& doors, const Request& request);
// The same, and also for a client of the body that forwarded the appeal, as long as it has not told the applicant of that
// (`owes_only`: it is there for that alone).
Result<store::AppealRow> findForNotice(const Doors& doors, const Request& request, bool& owes_only);
// Narrows what a list is asked for ("" is any) to what the client may see. "web.forbidden" if it asked for
// another's.
Status narrowTo(const exchange::Caller& caller, std::string& source_system, std::string& body);
// Of the known names those that a mistyped one may have meant, "a, b".
std::string nearestNames(const std::string& typed, std::vector<std::string> known);
// For a list that found nothing of this alias: "web.bad_parameter" if there is no such agency and no such body, so that
// a mistyped name does not read as good news. `name`: of the query parameter.
Status knowsAlias(const Doors& doors, const std::string& name, const std::string& alias);

// Handlers, by subject.
Result<Reply> postAppeal(const Doors&, Request&);
Result<Reply> getAppeal(const Doors&, Request&);
Result<Reply> listAppeals(const Doors&, Request&);
Result<Reply> getEvents(const Doors&, Request&);
Result<Reply> getFeed(const Doors&, Request&);
Result<Reply> getReceipt(const Doors&, Request&);
Result<Reply> getTalon(const Doors&, Request&);
Result<Reply> reloadLaw(const Doors&, Request&);
Result<Reply> batchDeadlines(const Doors&, Request&);
Result<Reply> listOpenDeadlines(const Doors&, Request&);
Result<Reply> batchRoutes(const Doors&, Request&);
Result<Reply> reportPressing(const Doors&, Request&);
Result<Reply> reportStopped(const Doors&, Request&);  // stopped.cpp
Result<Reply> reportDiscipline(const Doors&, Request&);
Result<Reply> reportMisrouted(const Doors&, Request&);
Result<Reply> reportRepeats(const Doors&, Request&);
Result<Reply> reportCards(const Doors&, Request&);
Result<Reply> routeAppeal(const Doors&, Request&);
Result<Reply> notifiedAppeal(const Doors&, Request&);
Result<Reply> listActions(const Doors&, Request&);
Result<Reply> actOnAppeal(const Doors&, Request&);
Result<Reply> listSimilar(const Doors&, Request&);
Result<Reply> listExecutors(const Doors&, Request&);
Result<Reply> rebalanceBody(const Doors&, Request&);
Result<Reply> judgeSimilar(const Doors&, Request&);
Result<Reply> listSubOrders(const Doors&, Request&);
Result<Reply> createSubOrder(const Doors&, Request&);
Result<Reply> actOnSubOrder(const Doors&, Request&);
Result<Reply> listOpenSubOrders(const Doors&, Request&);
Result<Reply> putAttachment(const Doors&, Request&);
Result<Reply> getAttachment(const Doors&, Request&);
Result<Reply> calculateDeadlines(const Doors&, Request&);
Result<Reply> agencyPush(const Doors&, Request&);
Result<Reply> listAgencies(const Doors&, Request&);
Result<Reply> probeAgency(const Doors&, Request&);
Result<Reply> getCursors(const Doors&, Request&);
Result<Reply> resetCursors(const Doors&, Request&);
Result<Reply> listOutbox(const Doors&, Request&);
Result<Reply> retryOutbox(const Doors&, Request&);
Result<Reply> listQuarantine(const Doors&, Request&);
Result<Reply> getQuarantine(const Doors&, Request&);
Result<Reply> getQuarantineRaw(const Doors&, Request&);
Result<Reply> replayQuarantine(const Doors&, Request&);
Result<Reply> resolveQuarantine(const Doors&, Request&);
Result<Reply> resolveAllQuarantine(const Doors&, Request&);
Result<Reply> listNotices(const Doors&, Request&);
Result<Reply> listNoticesOfAppeal(const Doors&, Request&);
Result<Reply> retryNotice(const Doors&, Request&);
Result<Reply> smsReport(const Doors&, Request&);
Result<Reply> getHealth(const Doors&, Request&);
Result<Reply> getReady(const Doors&, Request&);
Result<Reply> getMetrics(const Doors&, Request&);
Result<Reply> getOpenApi(const Doors&, Request&);
Result<Reply> getErrors(const Doors&, Request&);

}  // namespace hub::web
