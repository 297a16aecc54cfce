#include "hub/rules/tests/case_runner.h"

#include <optional>
#include <regex>
#include <sstream>

#include "hub/base/text.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/procedure.h"
#include "hub/rules/routing.h"

namespace hub::rules::test {
namespace {

struct Refused {
  std::string code;
  std::string text{};
};

// One case while it is read; everything the `then` lines can ask about.
struct Case {
  bool given = false;
  bool done = false;
  int checks = 0;
  ClockRequest request;
  bool received = false;
  RouteRequest routing;
  std::optional<Date> day;
  int year = 0;

  std::optional<Refused> refused;
  std::vector<Clock> clocks;
  std::optional<Date> falls_on;
  std::string counting;  // day by day
  std::optional<Route> route;
  int worked = -1;
  CaseState stands;        // of a procedure
  std::string decided;     // what was decided before
  bool first_body = true;  // the complaint is with the body complained of
  std::string sub_order;   // its state, "" before it is made
  const SubOrderStep* step = nullptr;
  ActionRequest action;  // what is done
  std::optional<Verdict> verdict;
  bool taken = false;  // what a body decided in its own system
  bool alike = false;  // and by whom it may be
};

class Runner {
 public:
  explicit Runner(const LawBook& book) : book_(book) {}

  CaseReport run(const std::string& text) {
    std::istringstream lines(text);
    bool act = false;
    bool article = false;
    for (std::string line; std::getline(lines, line);) {
      ++line_;
      const std::string content(trim(line));
      act = act || content.starts_with("# Act:");
      article = article || content.starts_with("# Article:");
      if (!content.empty() && content[0] != '#') read(content);
    }
    finish();
    if (!act || !article) fail("the file names no act or no article in its opening comment");
    return std::move(report_);
  }

 private:
  void fail(const std::string& message) { report_.failures.push_back({line_, message}); }

  void finish() {
    if (open_ && (!case_.given || !case_.done || case_.checks == 0)) {
      fail("the case before this line lacks a given, a when or a then");
    }
    report_.checks += case_.checks;
    case_ = Case();
  }

  void read(const std::string& content) {
    const auto space = content.find(' ');
    const std::string word = content.substr(0, space);
    const std::string rest =
        space == std::string::npos ? "" : std::string(trim(content.substr(space)));
    if (word == "case") {
      finish();
      open_ = true;
      ++report_.cases;
    } else if (word == "given") {
      case_.given = given(rest);
      if (!case_.given) fail("not understood: " + content);
    } else if (word == "when") {
      case_.done = case_.given && when(rest);
      if (!case_.done) fail("not understood: " + content);
    } else if (word == "then" && case_.done) {
      ++case_.checks;
      if (!then(rest)) fail("not understood: " + content);
    } else {
      fail("not understood: " + content);
    }
  }

  std::optional<Date> date(const std::string& text) const {
    const auto parsed = parseDate(text);
    return parsed ? std::optional<Date>(*parsed) : std::nullopt;
  }

  std::optional<Instant> local(const std::string& day, int minute) const {
    const auto parsed = parseDate(day);
    if (!parsed) return std::nullopt;
    const std::string& zone =
        case_.request.zone.empty() ? book_.data().default_zone : case_.request.zone;
    const auto at = fromLocal(*parsed, minute, zone);
    return at ? std::optional<Instant>(*at) : std::nullopt;
  }

  static int minuteOf(const std::smatch& match, std::size_t hour) {
    return std::stoi(match[hour]) * 60 + std::stoi(match[hour + 1]);
  }

  bool given(const std::string& text) {
    static const std::regex kDay(R"(the day (\S+))");
    static const std::regex kYear(R"(the year (\d{4}))");
    std::smatch match;
    if (std::regex_match(text, match, kDay)) return (case_.day = date(match[1])).has_value();
    if (std::regex_match(text, match, kYear)) return (case_.year = std::stoi(match[1])) != 0;
    const auto clauses = split(text, ',');
    static const std::regex kKind(R"((?:a|an) (\w+)(?: received (\S+) (\d\d):(\d\d))?)");
    std::string first(trim(clauses[0]));
    if (!std::regex_match(first, match, kKind)) return false;
    case_.request.kind = case_.routing.kind = case_.stands.kind = match[1];
    case_.stands.at_complained_of = case_.stands.kind == "complaint";
    // Options first: the zone decides what the local time means.
    for (std::size_t i = 1; i < clauses.size(); ++i) {
      if (!option(std::string(trim(clauses[i])))) return false;
    }
    for (std::size_t i = 1; i < clauses.size(); ++i) {
      if (!registered(std::string(trim(clauses[i])))) return false;
    }
    if (!match[2].matched) return true;
    const auto at = local(match[2], minuteOf(match, 3));
    if (at) case_.request.received_at = *at;
    return case_.received = at.has_value();
  }

  bool option(const std::string& clause) {
    const auto space = clause.find(' ');
    if (space == std::string::npos) return false;
    const std::string name = clause.substr(0, space);
    const std::string value = clause.substr(space + 1);
    if (name == "procedure") case_.request.procedure = case_.stands.procedure = value;
    if (name == "special") case_.request.special_kind = case_.stands.special = value;
    if (name == "level") case_.request.level = value;
    if (name == "zone") case_.request.zone = value;
    if (name == "place") case_.routing.katos.push_back(value);
    if (name == "addressee") case_.routing.addressee_bin = value;
    if (name == "about") {
      const auto parts = split(value, '/');
      case_.routing.topics.push_back({parts[0], parts.size() > 1 ? parts[1] : ""});
      if (!book_.knowsTopic(parts[0], parts.size() > 1 ? parts[1] : "")) return false;
    }
    if (name == "on") {
      const auto day = date(value);
      if (!day) return false;
      case_.routing.date = *day;
    }
    if (name == "state") case_.stands.state = value;
    if (name == "urgent") case_.stands.urgent = true;
    if (name == "sub-order") case_.sub_order = value;
    if (name == "stopped") {
      if (value != "by a complaint") return false;
      case_.stands.stopped = true;
    }
    if (name == "decided") case_.decided = value;
    if (name == "decided") case_.stands.presumed = value == "deemed_refused";
    if (name == "at") {
      if (value != "the higher body" && value != "no body") return false;
      case_.first_body = case_.stands.at_complained_of = false;
      case_.stands.no_body = value == "no body";
    }
    if (name == "naming") {
      if (value != "no body") return false;
      case_.stands.at_complained_of = false;
    }
    if (name == "was") case_.stands.before = value;
    if (name == "against") case_.stands.contested_official = value;
    const std::string& code = book_.data().procedure->data().law;
    if (name == "over") {
      const auto words = split(value, ' ');
      const auto day = words.size() > 1 ? date(words[1]) : std::nullopt;
      if (words.size() > 2 || (words.size() > 1 && !day)) return false;
      case_.stands.clocks.push_back({words[0], day, false, code});
    }
    static const std::regex kTerm(R"((\w+) (\S+)(?: under (\S+))?)");
    std::smatch match;
    if (name == "term") {
      if (!std::regex_match(value, match, kTerm)) return false;
      const auto day = date(match[2]);
      if (!day) return false;
      case_.stands.clocks.push_back(
          {match[1], *day, true, match[3].matched ? match[3].str() : code});
    }
    static const std::regex kTime(R"((\d\d):(\d\d))");
    if (name == "closing") {
      if (!std::regex_match(value, match, kTime)) return false;
      case_.request.cut_off_minute = minuteOf(match, 1);
    }
    static const std::string kNames =
        " procedure special level zone place addressee about on closing registered state against "
        "over term decided at naming urgent sub-order stopped was ";
    return kNames.find(" " + name + " ") != std::string::npos;
  }

  bool registered(const std::string& clause) {
    static const std::regex kRegistered(R"(registered (\S+) (\d\d):(\d\d))");
    std::smatch match;
    if (!clause.starts_with("registered")) return true;
    if (!std::regex_match(clause, match, kRegistered)) return false;
    case_.request.registered_at = local(match[1], minuteOf(match, 2));
    return case_.request.registered_at.has_value();
  }

  bool when(const std::string& text) {
    static const std::regex kEvent(R"(the clock (\w+) opens on (\S+))");
    static const std::regex kCount(
        R"((\d+) (working days|calendar days|months) are counted( back)?(?:, (next|same) day)?)");
    static const std::regex kAction(
        R"(the (\w+) does (\w+)(?: with (\w+))?(?: on ground (\S+))?(?: as ([^,]+))?(?:, done (\S+))?(?:, until (\S+))?(, waived)?)");
    static const std::regex kStep(
        R"(the (\w+)( of the body asked)? does sub-order (\w+)(?:, until (\S+))?)");
    std::smatch match;
    if (std::regex_match(text, match, kStep)) return step(match);
    if (text == "its clocks open") return case_.received && openClocks();
    if (text == "it is routed") {
      case_.route = route(book_, case_.routing);
      return !case_.routing.kind.empty() && case_.routing.date.ok();
    }
    if (text == "its days are counted") return case_.year != 0 && countYear();
    if (std::regex_match(text, match, kAction)) return act(match);
    if (text == "its term is over") return deem();
    static const std::regex kBody(R"(the body decides (\w+) as (.+))");
    if (std::regex_match(text, match, kBody)) return bodyDecides(match[1], match[2]);
    if (std::regex_match(text, match, kEvent)) return openEvent(match[1], match[2]);
    if (std::regex_match(text, match, kCount)) return case_.day && count(match);
    return false;
  }

  bool openClocks() {
    case_.request.explain = true;
    auto clocks = computeClocks(book_, case_.request);
    if (clocks) {
      case_.clocks = std::move(*clocks);
    } else {
      case_.refused = Refused{clocks.error().code};
    }
    return true;
  }

  bool openEvent(const std::string& clock, const std::string& day) {
    const auto at = local(day, 12 * 60);
    if (!at) return false;
    const ClockRequest& r = case_.request;
    const auto answer = computeEventClock(
        book_, {clock, r.kind, r.procedure, r.special_kind, r.level, *at, r.zone, true});
    if (answer) {
      case_.clocks = {*answer};
    } else {
      case_.refused = Refused{answer.error().code};
    }
    return true;
  }

  bool act(const std::smatch& match) {
    if (case_.stands.state.empty() || !case_.routing.date.ok()) return false;
    ActionRequest request;
    request.role = match[1];
    request.action = match[2];
    request.outcome = match[3];
    request.ground = match[4];
    request.official = match[5];
    request.today = case_.routing.date;
    if (match[6].matched) request.done_on = date(match[6]);
    if (match[7].matched) request.day = date(match[7]);
    request.waived = match[8].matched;
    case_.action = request;
    const auto verdict = book_.data().procedure->check(case_.stands, request);
    if (verdict) {
      case_.verdict = *verdict;
    } else {
      case_.refused = Refused{verdict.error().code, verdict.error().text};
    }
    return true;
  }

  // In a system of its own, where the hub cannot refuse the act but need not take it for the end of the case.
  bool bodyDecides(const std::string& outcome, const std::string& official) {
    const auto& table = *book_.data().procedure;
    const auto cause = table.ownCause(case_.stands, outcome, official);
    case_.taken = !cause.sure;
    case_.alike = cause.row != nullptr && !cause.sure;
    const auto article = cause.row ? cause.row->impartial : std::string();
    if (cause.sure) case_.refused = Refused{"exchange.wrong_official", "article " + article + ":"};
    return true;
  }

  // A step of a sub-order; the case may be one of those that stand without a term.
  bool step(const std::smatch& match) {
    if (case_.stands.state.empty() || !case_.routing.date.ok()) return false;
    const auto& rules = book_.data().procedure->data().sub_orders;
    if (!rules) return false;
    const SubOrderPlace where{case_.sub_order, case_.stands.state,
                              match[2].matched ? kTargetSide : kOwnSide};
    const std::string action = match[3];
    if (match[1] == "hub") {
      case_.step = endOfSubOrder(*rules, where.state, where.case_state);
      if (!case_.step) case_.refused = Refused{"nothing"};
      return !case_.step || case_.step->action == action;
    }
    const auto found = checkSubOrderStep(*rules, where, action, match[1].str());
    if (!found) case_.refused = Refused{found.error().code, found.error().text};
    if (found) case_.step = *found;
    if (!found || !match[4].matched) return true;
    const auto day = date(match[4]);
    if (!day) return false;
    const auto due = std::find_if(case_.stands.clocks.rbegin(), case_.stands.clocks.rend(),
                                  [](const auto& clock) { return clock.name == "consider"; });
    const auto lawful = checkSubOrderDay(
        *day, case_.routing.date, due == case_.stands.clocks.rend() ? std::nullopt : due->due);
    if (!lawful) {
      case_.refused = Refused{lawful.error().code, lawful.error().text};
      case_.step = nullptr;
    }
    return true;
  }

  // What the hub does by itself when nobody decided.
  bool deem() {
    if (case_.stands.state.empty() || !case_.routing.date.ok()) return false;
    const auto* row = book_.data().procedure->deemedRefusalDue(case_.stands, case_.routing.date);
    if (row) {
      case_.verdict = Verdict{row, row->to, row->outcomes.front(), {}};
    } else {
      case_.refused = Refused{"nothing"};
    }
    return true;
  }

  // The clocks the action opens, as they are counted: the first by the day named, if one is named.
  bool opens(const std::string& name, const std::string& due, const std::string& rule) const {
    if (!case_.verdict) return false;
    const ProcedureRow& row = *case_.verdict->row;
    const auto& outcome = case_.verdict->outcome.empty() ? case_.decided : case_.verdict->outcome;
    const auto names = openedBy(row, outcome, case_.first_body);
    if (std::find(names.begin(), names.end(), name) == names.end()) return false;
    if (row.day && name == row.opens.front()) return case_.action.day == date(due);
    const auto from = local(formatDate(row.day ? *case_.action.day : case_.action.today), 12 * 60);
    if (!from) return false;
    const auto clock = computeEventClock(book_, {name,
                                                 case_.stands.kind,
                                                 case_.stands.procedure,
                                                 case_.request.special_kind,
                                                 case_.request.level,
                                                 *from,
                                                 {},
                                                 false});
    // A clock the law does not give in this case is not opened.
    if (!clock) return false;
    // Nor one that is counted back and would have been over by then.
    const bool over = clock->due_date && *clock->due_date < clock->start_date &&
                      *clock->due_date < case_.action.today;
    if (over) return false;
    return (due.empty() || clock->due_date == date(due)) &&
           (rule.empty() || clock->rule_id == rule);
  }

  // What it tells of a complaint, by the law's `complaint_suspends`.
  bool tells(Complaint what, const std::string& clock) const {
    const auto& clocks = book_.data().procedure->data().complaint_suspends.clocks;
    return case_.verdict && case_.verdict->row->complaint == what &&
           std::find(clocks.begin(), clocks.end(), clock) != clocks.end();
  }

  bool ends(const std::string& how, const std::string& name) const {
    if (!case_.verdict) return false;
    const ProcedureRow& row = *case_.verdict->row;
    const auto in = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (how == "closes") return in(row.closes);
    if (how == "cancels") return in(row.cancels);
    if (how == "revives") return in(row.revives);
    return !in(row.closes) && !in(row.cancels) && !in(row.supersedes);
  }

  // On which the action is lawful or, of a duty, in time.
  std::optional<Date> lastDay() const {
    if (!case_.verdict) return std::nullopt;
    const auto& table = *book_.data().procedure;
    for (const auto& allowed : table.allowedActions(case_.stands, {}, case_.action.today)) {
      if (allowed.row == case_.verdict->row) return allowed.until;
    }
    return std::nullopt;
  }

  bool countYear() {
    const auto days = book_.calendar().workingDaysInYear(case_.year);
    if (days) {
      case_.worked = *days;
    } else {
      case_.refused = Refused{days.error().code};
    }
    return true;
  }

  bool count(const std::smatch& match) {
    Counting counting;
    counting.length = std::stoi(match[1]);
    counting.day_kind = match[2] == "months"          ? DayKind::kMonths
                        : match[2] == "calendar days" ? DayKind::kCalendar
                                                      : DayKind::kWorking;
    counting.back = match[3].matched;
    counting.first_day = match[4] == "same" ? FirstDay::kSameDay : FirstDay::kNextDay;
    const auto due = countTerm(book_.calendar(), counting, *case_.day);
    if (due) {
      case_.falls_on = *due;
      case_.counting = explainTerm(book_.calendar(), counting, *case_.day, *due).en;
    } else {
      case_.refused = Refused{due.error().code};
    }
    return true;
  }

  const Clock* clock(const std::string& name) const {
    if (name == "it" && case_.clocks.size() == 1) return &case_.clocks.front();
    for (const auto& each : case_.clocks) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }

  // What happened instead, for the message of a failed `then`.
  std::string actual() const {
    if (case_.refused) return "refused with " + case_.refused->code + " " + case_.refused->text;
    if (case_.step) return "the sub-order becomes " + case_.step->to;
    if (case_.verdict) {
      return "allowed by article " + case_.verdict->row->article + "; it becomes " +
             case_.verdict->next_state + ", decides '" + case_.verdict->outcome + "'";
    }
    if (case_.route) {
      return "routed to '" + case_.route->destination + "' by " + case_.route->rule_id + ": " +
             case_.route->explanation.en;
    }
    if (case_.falls_on) return formatDate(*case_.falls_on) + "\n" + case_.counting;
    if (case_.worked >= 0) return std::to_string(case_.worked) + " days are worked";
    std::string text;
    for (const auto& each : case_.clocks) {
      text += each.name + " by " + each.rule_id + ": " + each.explanation.en + "\n";
    }
    return text;
  }

  void expect(bool holds, const std::string& what) {
    if (!holds) fail("expected: " + what + "\nactual: " + actual());
  }

  bool then(const std::string& text) {
    static const std::regex kDue(R"((\w+) is due (\d{4}-\d\d-\d\d)(?: by (\S+))?)");
    static const std::regex kUnknown(R"((\w+) is unknown)");
    static const std::regex kNone(R"(there is no clock (\w+))");
    static const std::regex kFalls(R"(it falls on (\d{4}-\d\d-\d\d))");
    static const std::regex kNumber(R"(its number is of the year (\d{4}))");
    static const std::regex kWorked(R"((\d+) days are worked)");
    static const std::regex kGoes(R"(it goes to (\w+)(?: by (\S+))?)");
    static const std::regex kRefused(R"(it is refused with (\S+)(?: by article (.+))?)");
    static const std::regex kBecomes(R"(it becomes (\w+)(?: by article (.+))?)");
    static const std::regex kDecides(R"(it decides (\w+))");
    static const std::regex kLies(R"(its place lies in region (\d\d))");
    static const std::regex kOpens(R"(it opens (\w+)(?: until (\S+))?(?: by (\S+))?)");
    static const std::regex kOpensNot(R"(it opens no (\w+))");
    static const std::regex kStops(R"(it stops (\w+))");
    static const std::regex kStopsNot(R"(it stops nothing)");
    static const std::regex kGoesOn(R"(it lets (\w+) go on)");
    static const std::regex kNoMore(R"(it ends (\w+) for good)");
    static const std::regex kEnds(R"(it (closes|cancels|revives|leaves) (\w+))");
    static const std::regex kUntil(R"(its last day is (\d{4}-\d\d-\d\d))");
    static const std::regex kBreach(R"((\w+) past its last day is (a|no) breach)");
    static const std::regex kJoins(R"(it leaves (\w+) stopped, by one complaint less)");
    static const std::regex kStepTo(R"(the sub-order becomes (\w+))");
    std::smatch m;
    if (std::regex_match(text, m, kDue)) {
      const Clock* found = clock(m[1]);
      expect(found != nullptr && found->due_date == date(m[2]) && found->problem.empty() &&
                 (!m[3].matched || found->rule_id == m[3]),
             text);
    } else if (std::regex_match(text, m, kUnknown)) {
      const Clock* found = clock(m[1]);
      expect(found != nullptr && !found->due_date && !found->problem.empty(), text);
    } else if (std::regex_match(text, m, kNone)) {
      expect(!case_.refused && !case_.clocks.empty() && clock(m[1]) == nullptr, text);
    } else if (std::regex_match(text, m, kNumber)) {
      const auto day = registrationDay(case_.clocks);
      expect(day && static_cast<int>(day->year()) == std::stoi(m[1]), text);
    } else if (std::regex_match(text, m, kFalls)) {
      expect(case_.falls_on && case_.falls_on == date(m[1]), text);
    } else if (std::regex_match(text, m, kWorked)) {
      expect(case_.worked == std::stoi(m[1]), text);
    } else if (std::regex_match(text, m, kLies)) {
      const auto& katos = case_.routing.katos;
      expect(
          case_.route && katos.size() == 1 &&
              book_.regionsOf(katos.front(), case_.routing.date) == std::vector<std::string>{m[1]},
          text);
    } else if (text == "it goes to the reception desk") {
      expect(case_.route && case_.route->to_reception && case_.route->destination.empty(), text);
    } else if (std::regex_match(text, m, kGoes)) {
      expect(case_.route && !case_.route->to_reception && case_.route->destination == m[1] &&
                 (!m[2].matched || case_.route->rule_id == m[2]),
             text);
    } else if (std::regex_match(text, m, kRefused)) {
      const std::string article = m[2].matched ? "article " + m[2].str() + ":" : "";
      expect(case_.refused && case_.refused->code == m[1] &&
                 case_.refused->text.find(article) != std::string::npos,
             text);
    } else if (std::regex_match(text, m, kBecomes)) {
      expect(case_.verdict && case_.verdict->next_state == m[1] &&
                 (!m[2].matched || case_.verdict->row->article == m[2]),
             text);
    } else if (std::regex_match(text, m, kDecides)) {
      expect(case_.verdict && case_.verdict->outcome == m[1], text);
    } else if (std::regex_match(text, m, kOpensNot)) {
      expect(case_.verdict && !opens(m[1], "", ""), text);
    } else if (std::regex_match(text, m, kOpens)) {
      expect(opens(m[1], m[2], m[3]), text);
    } else if (std::regex_match(text, m, kStopsNot)) {
      expect(case_.verdict && case_.verdict->row->complaint == Complaint::kNone, text);
    } else if (std::regex_match(text, m, kStops)) {
      expect(tells(Complaint::kStops, m[1]), text);
    } else if (std::regex_match(text, m, kGoesOn)) {
      expect(tells(Complaint::kChangedNothing, m[1]), text);
    } else if (std::regex_match(text, m, kNoMore)) {
      expect(tells(Complaint::kChangedAct, m[1]), text);
    } else if (std::regex_match(text, m, kJoins)) {
      expect(tells(Complaint::kJoined, m[1]), text);
    } else if (std::regex_match(text, m, kEnds)) {
      expect(ends(m[1], m[2]), text);
    } else if (std::regex_match(text, m, kUntil)) {
      expect(lastDay() == date(m[1]), text);
    } else if (std::regex_match(text, m, kBreach)) {
      const bool breach = book_.data().procedure->isBreach(m[1].str(), case_.stands.state);
      expect(breach == (m[2] == "a"), text);
    } else if (text == "a person is asked whether it is the official complained of") {
      expect(case_.alike || (case_.verdict && case_.verdict->alike), text);
    } else if (text == "it is taken") {
      expect(case_.taken, text);
    } else if (std::regex_match(text, m, kStepTo)) {
      expect(case_.step && case_.step->to == m[1], text);
    } else if (text == "nothing happens") {
      expect(case_.refused && case_.refused->code == "nothing", text);
    } else {
      return false;
    }
    return true;
  }

  const LawBook& book_;
  CaseReport report_;
  Case case_;
  int line_ = 0;
  bool open_ = false;
};

}  // namespace

CaseReport runCases(const LawBook& book, const std::string& text) { return Runner(book).run(text); }

}  // namespace hub::rules::test
