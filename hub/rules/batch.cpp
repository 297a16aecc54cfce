#include "hub/rules/batch.h"

#include <algorithm>

#include "hub/base/text.h"

namespace hub::rules {
namespace {

constexpr std::size_t kLineBytesMax = 4096;

Status under(const Status& failure, std::string_view field) {
  return Status::failure(failure.error().code, failure.error().text, std::string(field));
}

// Columns of a batch and where they stand in its lines.
class Columns {
 public:
  // The first `mandatory` names must be there.
  Columns(std::vector<std::string_view> names, std::size_t mandatory)
      : names_(std::move(names)), mandatory_(mandatory), at_(names_.size(), kAbsent) {}

  // Reads a heading; false if the line is none, then the columns stand in their own order.
  Result<bool> readHeading(std::string_view line) {
    const auto cells = split(line, '\t');
    if (std::find(names_.begin(), names_.end(), trim(cells[0])) == names_.end()) {
      for (std::size_t i = 0; i < names_.size(); ++i) at_[i] = i;
      return false;
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto name = trim(cells[i]);
      const auto found = std::find(names_.begin(), names_.end(), name);
      if (found == names_.end()) return wrong("unknown column '" + std::string(name) + "'");
      auto& place = at_[static_cast<std::size_t>(found - names_.begin())];
      if (place != kAbsent) return wrong("column '" + std::string(name) + "' is there twice");
      place = i;
    }
    for (std::size_t i = 0; i < mandatory_; ++i) {
      if (at_[i] == kAbsent) return wrong("column '" + std::string(names_[i]) + "' is missing");
    }
    return true;
  }
  Status readLine(std::string_view line) {
    if (line.size() > kLineBytesMax) {
      return Status::failure("rules.bad_row", "the line is longer than 4096 bytes");
    }
    cells_.clear();
    for (const auto& cell : split(line, '\t')) cells_.emplace_back(trim(cell));
    const std::size_t last =
        *std::max_element(at_.begin(), at_.end(), [](auto a, auto b) { return (a + 1) < (b + 1); });
    if (cells_.size() > last + 1) {
      return Status::failure("rules.bad_row", "the line has more cells than the heading");
    }
    return {};
  }
  std::string cell(std::string_view name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    const std::size_t place = at_[static_cast<std::size_t>(found - names_.begin())];
    return place < cells_.size() ? cells_[place] : std::string();
  }

 private:
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
  static Status wrong(const std::string& why) { return Status::failure("rules.bad_batch", why); }
  std::vector<std::string_view> names_;
  std::size_t mandatory_;
  std::vector<std::size_t> at_;
  std::vector<std::string> cells_;
};

// Cells never break the table.
std::string tsv(std::initializer_list<std::string_view> cells) {
  std::string out;
  bool first = true;
  for (const auto cell : cells) {
    if (!first) out += '\t';
    first = false;
    for (const char c : cell) out += c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
  }
  return out + "\n";
}

std::string problemOf(const Error& error) {
  std::string out = error.code + ": ";
  if (!error.field.empty()) out += error.field + ": ";
  return out + error.text;
}

// Runs `row` for every line that holds one; numbers them from 1.
template <typename Row>
Result<BatchCounts> eachRow(Columns& columns, const LineReader& in, const Row& row) {
  BatchCounts counts;
  std::string line;
  bool begun = false;
  while (in(line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!begun && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (trim(line).empty() || line[0] == '#') continue;
    if (!begun) {
      begun = true;
      auto heading = columns.readHeading(line);
      if (!heading) return heading.status();
      if (*heading) continue;
    }
    ++counts.rows;
    const Status read = columns.readLine(line);
    const Status done = read.ok() ? row(counts.rows) : read;
    if (!done) {
      ++counts.refused;
      row.refuse(counts.rows, done.error());
    }
  }
  if (!begun) return Status::failure("rules.bad_batch", "there is no line");
  return counts;
}

DeadlineRow deadlineRow(const Columns& columns) {
  return {columns.cell("id"),    columns.cell("kind"),          columns.cell("received_at"),
          columns.cell("body"),  columns.cell("procedure"),     columns.cell("special_kind"),
          columns.cell("level"), columns.cell("registered_at"), columns.cell("zone"),
          columns.cell("clock")};
}

Columns deadlineColumns() {
  return Columns({"kind", "received_at", "body", "procedure", "special_kind", "level",
                  "registered_at", "zone", "id", "clock"},
                 2);
}

struct BareRows {
  const Columns& columns;
  const std::function<Status(std::int64_t, const DeadlineRow&)>& row;
  Status operator()(std::int64_t number) const { return row(number, deadlineRow(columns)); }
  void refuse(std::int64_t, const Error&) const {}
};

struct DeadlineLines {
  const LawBook& book;
  Columns& columns;
  const LineWriter& out;

  Status operator()(std::int64_t number) const {
    const DeadlineRow row = deadlineRow(columns);
    const auto clocks = clocksOf(book, row, false);
    if (!clocks) return clocks.status();
    for (const auto& clock : *clocks) {
      out(tsv({std::to_string(number), row.id, row.kind, row.received_at, row.body, clock.name,
               clock.due_date ? formatDate(*clock.due_date) : "", clock.law, clock.article,
               clock.rule_id, clock.rule_version, clock.calendar_version,
               clock.low_confidence ? "low" : "high", clock.problem}));
    }
    return {};
  }
  void refuse(std::int64_t number, const Error& error) const {
    out(tsv({std::to_string(number), columns.cell("id"), columns.cell("kind"),
             columns.cell("received_at"), columns.cell("body"), "", "", "", "", "", "", "", "",
             problemOf(error)}));
  }
};

struct RouteLines {
  const LawBook& book;
  Date today;
  std::string_view language;
  Columns& columns;
  const LineWriter& out;

  Status operator()(std::int64_t number) const {
    const RouteRow row{columns.cell("id"),   columns.cell("kind"),      columns.cell("topics"),
                       columns.cell("kato"), columns.cell("addressee"), columns.cell("date")};
    const auto route = routeOf(book, row, today);
    if (!route) return route.status();
    out(tsv({std::to_string(number), row.id, row.kind, row.topics, row.kato, route->body_bin,
             route->destination, route->names.in(language), route->rule_id, route->rule_version,
             route->to_reception ? "yes" : "no", route->explanation.in(language), ""}));
    return {};
  }
  void refuse(std::int64_t number, const Error& error) const {
    out(tsv({std::to_string(number), columns.cell("id"), columns.cell("kind"),
             columns.cell("topics"), columns.cell("kato"), "", "", "", "", "", "", "",
             problemOf(error)}));
  }
};

bool allDigits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<std::string> listOf(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& part : split(text, ';')) {
    const auto item = trim(part);
    if (!item.empty()) out.emplace_back(item);
  }
  return out;
}

const Body* bodyOf(const LawBook& book, const std::string& name, Date day) {
  const Body* body = book.bodyByBin(name, day);
  return body != nullptr ? body : book.bodyByAlias(name, day);
}

// The local day that a time names, to look the body up whose zone is not known yet: a time without offset
// names its day itself, even where the zone tried first had it twice.
Result<Date> dayWritten(const std::string& text, const std::string& zone) {
  const auto at = parseWhen(text, zone);
  if (at) {
    const auto local = toLocal(*at, zone);
    if (!local) return local.status();
    return local->date;
  }
  if (at.error().code != "base.ambiguous_time") return under(at.status(), "/received_at");
  const auto day = parseDate(text.substr(0, 10));
  if (!day) return under(day.status(), "/received_at");
  return *day;
}

bool opensAtIntake(const LawBook& book, const std::string& clock) {
  const auto& rules = book.rules();
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.data->clock == clock && rule.data->opens_at_intake;
  });
}

bool opensLater(const LawBook& book, const std::string& clock) {
  const auto& rules = book.rules();
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.data->clock == clock && !rule.data->opens_at_intake;
  });
}

Result<Clock> oneClockOfKind(const LawBook& book, const ClockRequest& r, const std::string& name) {
  auto later = computeEventClock(
      book, {name, r.kind, r.procedure, r.special_kind, r.level, r.received_at, r.zone, r.explain});
  if (later || later.error().code != "rules.no_such_term" || !opensAtIntake(book, name)) {
    return later;
  }
  auto clocks = computeClocks(book, r);
  if (!clocks) return clocks.status();
  for (auto& clock : *clocks) {
    if (clock.name == name) return std::move(clock);
  }
  return later;
}

// One term alone. Without a kind every kind is tried, and the answer must be the same for all that have it.
Result<std::vector<Clock>> oneClock(const LawBook& book, ClockRequest request,
                                    const std::string& name) {
  const auto& words = book.data().vocabulary;
  if (!words.clocks.contains(name)) {
    std::string known;
    for (const auto& [clock, label] : words.clocks) {
      if (opensAtIntake(book, clock) || opensLater(book, clock)) {
        known += (known.empty() ? "" : ", ") + clock;
      }
    }
    return Status::failure("rules.unknown_clock", "no such term; there are " + known, "/clock");
  }
  const auto at = [](const Status& failure) {
    return failure.error().field.empty() ? under(failure, "/clock") : failure;
  };
  if (!request.kind.empty()) {
    auto clock = oneClockOfKind(book, request, name);
    if (!clock) return at(clock.status());
    return std::vector<Clock>{std::move(*clock)};
  }
  std::vector<Clock> found;
  Status failed;
  for (const auto& [kind, word] : words.kinds) {
    request.kind = kind;
    auto clock = oneClockOfKind(book, request, name);
    if (!clock) {
      if (failed.ok() || clock.error().code != "rules.no_such_term") failed = clock.status();
    } else if (found.empty()) {
      found.push_back(std::move(*clock));
    } else if (clock->rule_version != found[0].rule_version || clock->rule_id != found[0].rule_id) {
      return Status::failure("rules.kind_needed",
                             "this term is not the same for every kind of appeal", "/kind");
    }
  }
  if (found.empty()) return at(failed);
  return found;
}

}  // namespace

Result<std::vector<Clock>> clocksOf(const LawBook& book, const DeadlineRow& row, bool explain) {
  const LawData& data = book.data();
  ClockRequest request;
  request.kind = row.kind;
  request.procedure = row.procedure;
  request.special_kind = row.special_kind;
  request.level = row.level;
  request.zone = row.zone.empty() ? data.default_zone : row.zone;
  request.explain = explain;
  // The law's own zones were checked when it was read: one that is unknown now is the asker's.
  if (!row.zone.empty() && !toLocal(Instant{}, row.zone)) {
    return Status::failure("rules.unknown_zone", "unknown time zone '" + row.zone + "'", "/zone");
  }
  if (!row.body.empty()) {
    const auto day = dayWritten(row.received_at, request.zone);
    if (!day) return day.status();
    const Body* body = bodyOf(book, row.body, *day);
    if (body == nullptr) {
      return Status::failure("rules.unknown_body",
                             "no body of the register has this BIN or alias on that day", "/body");
    }
    if (row.zone.empty()) request.zone = body->zone;
    if (row.level.empty()) request.level = body->level;
    request.cut_off_minute = body->closes_minute;
  }
  const auto received = parseWhen(row.received_at, request.zone);
  if (!received) return under(received.status(), "/received_at");
  request.received_at = *received;
  if (!row.registered_at.empty()) {
    const auto registered = parseWhen(row.registered_at, request.zone);
    if (!registered) return under(registered.status(), "/registered_at");
    if (*registered < *received) {
      return Status::failure("rules.bad_row", "registered before it was received",
                             "/registered_at");
    }
    request.registered_at = *registered;
  }
  return row.clock.empty() ? computeClocks(book, request) : oneClock(book, request, row.clock);
}

Result<Route> routeOf(const LawBook& book, const RouteRow& row, Date today) {
  if (!book.data().vocabulary.kinds.contains(row.kind)) {
    return Status::failure("rules.unknown_kind", "no such kind in vocabulary.yaml", "/kind");
  }
  RouteRequest request;
  request.kind = row.kind;
  request.katos = listOf(row.kato);
  request.date = today;
  if (!row.date.empty()) {
    const auto date = parseDate(row.date);
    if (!date) return under(date.status(), "/date");
    request.date = *date;
  }
  for (const auto& kato : request.katos) {
    if (kato.size() < 2 || kato.size() > 9 || !allDigits(kato)) {
      return Status::failure("rules.bad_kato",
                             "'" + kato + "' is not a KATO code: two to nine digits", "/kato");
    }
  }
  if (row.addressee.size() == 12 && allDigits(row.addressee)) {
    request.addressee_bin = row.addressee;
  } else if (!row.addressee.empty()) {
    const Body* body = book.bodyByAlias(row.addressee, request.date);
    if (body == nullptr) {
      return Status::failure("rules.unknown_body",
                             "a BIN (12 digits) or the alias of a body of the register is expected",
                             "/addressee");
    }
    request.addressee_bin = body->bin;
  }
  for (const auto& topic : listOf(row.topics)) {
    const auto slash = topic.find('/');
    TopicRef ref{topic.substr(0, slash),
                 slash == std::string::npos ? std::string() : topic.substr(slash + 1)};
    if (!book.knowsTopic(ref.section, ref.category)) {
      return Status::failure("rules.bad_row", "the classifier has no such topic", "/topics");
    }
    request.topics.push_back(std::move(ref));
  }
  return route(book, request);
}

Result<BatchCounts> deadlineBatch(const LawBook& book, const LineReader& in,
                                  const LineWriter& out) {
  Columns columns = deadlineColumns();
  out("row\tid\tkind\treceived_at\tbody\tclock\tdue_date\tlaw\tarticle\trule_id\trule_version\t"
      "calendar_version\tconfidence\tproblem\n");
  return eachRow(columns, in, DeadlineLines{book, columns, out});
}

Result<BatchCounts> eachDeadlineRow(
    const LineReader& in, const std::function<Status(std::int64_t, const DeadlineRow&)>& row) {
  Columns columns = deadlineColumns();
  return eachRow(columns, in, BareRows{columns, row});
}

Result<BatchCounts> routeBatch(const LawBook& book, Date today, std::string_view language,
                               const LineReader& in, const LineWriter& out) {
  Columns columns({"kind", "topics", "kato", "addressee", "date", "id"}, 3);
  out("row\tid\tkind\ttopics\tkato\tbody\talias\tname\trule_id\trule_version\treception\t"
      "explanation\tproblem\n");
  return eachRow(columns, in, RouteLines{book, today, language, columns, out});
}

}  // namespace hub::rules
