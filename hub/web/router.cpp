#include "hub/web/router.h"

#include <algorithm>
#include <optional>

#include "hub/base/text.h"

namespace hub::web {
namespace {

struct Matched {
  std::map<std::string, std::string> path;
  std::string rest;
};

// One segment: "{id}", "{id}:retry" or plain text.
bool matchSegment(std::string_view pattern, const std::string& value,
                  std::map<std::string, std::string>& path) {
  if (pattern.empty() || pattern.front() != '{') return pattern == value;
  const auto end = pattern.find('}');
  const std::string_view suffix = pattern.substr(end + 1);
  if (value.size() <= suffix.size() || !value.ends_with(suffix)) return false;
  // A plain {id} does not swallow an action that has its own row.
  if (suffix.empty() && value.find(':') != std::string::npos) return false;
  path[std::string(pattern.substr(1, end - 1))] = value.substr(0, value.size() - suffix.size());
  return true;
}

std::optional<Matched> match(std::string_view pattern, const std::vector<std::string>& segments,
                             const std::vector<std::string>& raw) {
  const auto wanted = split(pattern.substr(1), '/');
  Matched matched;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{rest}") {
      if (i >= segments.size()) return std::nullopt;
      for (std::size_t j = i; j < raw.size(); ++j) matched.rest += "/" + raw[j];
      return matched;
    }
    if (i >= segments.size() || !matchSegment(wanted[i], segments[i], matched.path)) {
      return std::nullopt;
    }
  }
  if (segments.size() != wanted.size()) return std::nullopt;
  return matched;
}

bool methodFits(std::string_view row, std::string_view method) {
  return row == "*" || row == method || (row == "GET" && method == "HEAD");
}

// A part of an appeal has a number with a slash in it, ЖТ-2026-00000001/1. What lies below an appeal is a word, so the
// slash may come as it is: the number's two halves are one segment, with the action behind the second ("1:act").
void joinPart(std::vector<std::string>& raw, std::vector<std::string>& segments) {
  constexpr std::size_t kNumber = 2, kPart = 3, kDigitsMax = 4;
  if (segments.size() <= kPart || segments[0] != "v1" || segments[1] != "appeals") return;
  const std::string part = segments[kPart].substr(0, segments[kPart].find(':'));
  const bool digits = part.find_first_not_of("0123456789") == std::string::npos;
  if (part.empty() || part.size() > kDigitsMax || !digits || segments[kNumber].empty()) return;
  for (auto* list : {&raw, &segments}) {
    (*list)[kNumber] += "/" + (*list)[kPart];
    list->erase(list->begin() + kPart);
  }
}

Status splitTarget(Request& request, std::vector<std::string>& raw,
                   std::vector<std::string>& segments) {
  const std::string_view target = request.target;
  if (target.empty() || target.front() != '/' || target.find('#') != std::string_view::npos) {
    return Status::failure("web.bad_request", "the target must be a path");
  }
  const auto mark = target.find('?');
  raw = split(target.substr(1, mark == std::string_view::npos ? mark : mark - 1), '/');
  for (const auto& segment : raw) {
    auto decoded = decodePercent(segment);
    if (!decoded.ok()) return decoded.status();
    if (*decoded == "." || *decoded == "..") {
      return Status::failure("web.bad_request", "dot segments are not accepted");
    }
    segments.push_back(std::move(decoded).value());
  }
  joinPart(raw, segments);
  return {};
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> table = {
      {"POST", "/v1/appeals", Access::kClient, postAppeal},
      {"GET", "/v1/appeals", Access::kClient, listAppeals},
      {"GET", "/v1/appeals/{id}", Access::kClient, getAppeal},
      {"GET", "/v1/appeals/{id}/events", Access::kClient, getEvents},
      {"GET", "/v1/events", Access::kClient, getFeed},
      {"GET", "/v1/appeals/{id}/receipt", Access::kClient, getReceipt},
      {"GET", "/v1/appeals/{id}/talon", Access::kClient, getTalon},
      {"POST", "/v1/appeals/{id}:route", Access::kAdmin, routeAppeal},
      {"POST", "/v1/appeals/{id}:notified", Access::kClient, notifiedAppeal},
      {"GET", "/v1/appeals/{id}/actions", Access::kClient, listActions},
      {"POST", "/v1/appeals/{id}:act", Access::kClient, actOnAppeal},
      {"GET", "/v1/appeals/{id}/sub-orders", Access::kClient, listSubOrders},
      {"POST", "/v1/appeals/{id}/sub-orders", Access::kClient, createSubOrder},
      {"POST", "/v1/appeals/{id}/sub-orders/{number}:act", Access::kClient, actOnSubOrder},
      {"GET", "/v1/sub-orders", Access::kClient, listOpenSubOrders},
      {"GET", "/v1/appeals/{id}/similar", Access::kClient, listSimilar},
      {"POST", "/v1/appeals/{id}:judge-similar", Access::kClient, judgeSimilar},
      {"GET", "/v1/appeals/{id}/executors", Access::kClient, listExecutors},
      {"GET", "/v1/bodies/{body}/rebalance", Access::kAdmin, rebalanceBody},
      {"PUT", "/v1/attachments/{sha256}", Access::kClient, putAttachment},
      {"GET", "/v1/attachments/{sha256}", Access::kClient, getAttachment},
      {"HEAD", "/v1/attachments/{sha256}", Access::kClient, getAttachment},
      {"POST", "/v1/deadlines:calculate", Access::kClient, calculateDeadlines},
      {"POST", "/v1/deadlines:batch", Access::kClient, batchDeadlines},
      {"GET", "/v1/deadlines/open", Access::kAdmin, listOpenDeadlines},
      {"POST", "/v1/routes:batch", Access::kClient, batchRoutes},
      {"GET", "/v1/reports/pressing", Access::kAdmin, reportPressing},
      {"GET", "/v1/reports/stopped", Access::kAdmin, reportStopped},
      {"GET", "/v1/reports/discipline", Access::kAdmin, reportDiscipline},
      {"GET", "/v1/reports/misrouted", Access::kAdmin, reportMisrouted},
      {"GET", "/v1/reports/repeats", Access::kAdmin, reportRepeats},
      {"GET", "/v1/reports/cards", Access::kAdmin, reportCards},
      {"POST", "/v1/law:reload", Access::kAdmin, reloadLaw},
      {"GET", "/v1/agencies", Access::kClient, listAgencies},
      {"POST", "/v1/agencies/{alias}:probe", Access::kAdmin, probeAgency},
      {"GET", "/v1/agencies/{alias}/cursors", Access::kAdmin, getCursors},
      {"POST", "/v1/agencies/{alias}/cursors:reset", Access::kAdmin, resetCursors},
      {"GET", "/v1/outbox", Access::kClient, listOutbox},
      {"POST", "/v1/outbox/{id}:retry", Access::kAdmin, retryOutbox},
      {"GET", "/v1/quarantine", Access::kAdmin, listQuarantine},
      {"GET", "/v1/quarantine/{id}", Access::kAdmin, getQuarantine},
      {"GET", "/v1/quarantine/{id}/raw", Access::kAdmin, getQuarantineRaw},
      {"POST", "/v1/quarantine/{id}:replay", Access::kAdmin, replayQuarantine},
      {"POST", "/v1/quarantine/{id}:resolve", Access::kAdmin, resolveQuarantine},
      {"POST", "/v1/quarantine:resolve", Access::kAdmin, resolveAllQuarantine},
      {"GET", "/v1/notices", Access::kAdmin, listNotices},
      {"GET", "/v1/appeals/{id}/notices", Access::kClient, listNoticesOfAppeal},
      {"POST", "/v1/notices/{id}:retry", Access::kAdmin, retryNotice},
      {"GET", "/sms/report", Access::kOpen, smsReport},
      {"GET", "/v1/errors", Access::kOpen, getErrors},
      {"GET", "/v1/openapi.yaml", Access::kOpen, getOpenApi},
      {"*", "/agency/{alias}", Access::kAgency, agencyPush},
      {"*", "/agency/{alias}/{rest}", Access::kAgency, agencyPush},
      {"GET", "/healthz", Access::kOpen, getHealth},
      {"GET", "/readyz", Access::kOpen, getReady},
      {"GET", "/metrics", Access::kClientOrLoopback, getMetrics},
  };
  return table;
}

Result<const Route*> findRoute(Request& request, std::string& allow) {
  std::vector<std::string> raw, segments;
  if (auto status = splitTarget(request, raw, segments); !status.ok()) return status;
  for (const Route& route : routes()) {
    auto matched = match(route.pattern, segments, raw);
    if (!matched) continue;
    if (!methodFits(route.method, request.method)) {
      if (allow.find(route.method) == std::string::npos) {
        (allow += allow.empty() ? "" : ", ") += route.method;
        if (route.method == "GET") allow += ", HEAD";
      }
      continue;
    }
    request.path = std::move(matched->path);
    request.rest = std::move(matched->rest);
    const auto mark = request.target.find('?');
    // An agency's query is its own dialect: it is passed on as received.
    if (mark != std::string::npos && route.access != Access::kAgency) {
      auto query = parseQuery(std::string_view(request.target).substr(mark + 1));
      if (!query.ok()) return query.status();
      request.query = std::move(query).value();
    }
    return &route;
  }
  if (!allow.empty()) {
    return Status::failure("web.method_not_allowed", "this address knows " + allow);
  }
  return Status::failure("web.not_found", "no such address");
}

}  // namespace hub::web
