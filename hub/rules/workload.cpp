#include "hub/rules/workload.h"

#include <algorithm>
#include <cstdio>

namespace hub::rules {
namespace {

constexpr int kFarDays = 10;  // working days from which a due date does not press yet

bool holds(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool knowsTopic(const Executor& executor, const std::string& topic) {
  if (executor.topics.empty() || topic.empty()) return true;
  return holds(executor.topics, topic) || holds(executor.topics, topic.substr(0, topic.find('/')));
}

bool away(const Executor& executor, Date day) {
  return std::any_of(executor.absences.begin(), executor.absences.end(),
                     [&](const Absence& span) { return span.from <= day && day <= span.until; });
}

// Present for less than half of the working days until the case is due.
Result<bool> mostlyAway(const Executor& executor, Date today, const std::optional<Date>& due,
                        const Calendar& calendar) {
  if (away(executor, today)) return true;
  if (!due || executor.absences.empty()) return false;
  int present = 0, all = 0;
  for (Date day = today; day <= *due;
       day = Date(std::chrono::sys_days(day) + std::chrono::days(1))) {
    const auto works = calendar.isWorkingDay(day);
    if (!works) return works.status();
    if (!*works) continue;
    ++all;
    present += away(executor, day) ? 0 : 1;
  }
  return 2 * present < all;
}

Result<double> pressure(const OpenCase& work, Date today, const Calendar& calendar) {
  if (!work.due_date) return work.weight;
  if (*work.due_date < today) return 3 * work.weight;
  const auto left = calendar.workingDaysBetween(today, *work.due_date);
  if (!left) return left.status();
  const double near = std::max(0, kFarDays - *left);
  return work.weight * (1 + near / kFarDays);
}

Result<double> loadOf(const Executor& executor, const std::vector<OpenCase>& open, Date today,
                      const Calendar& calendar) {
  // Summed in one order, so that the order of the list moves no last digit.
  std::vector<double> parts;
  for (const auto& work : open) {
    if (work.executor != executor.id) continue;
    const auto part = pressure(work, today, calendar);
    if (!part) return part.status();
    parts.push_back(*part);
  }
  std::sort(parts.begin(), parts.end());
  double sum = 0;
  for (const double part : parts) sum += part;
  return executor.capacity_percent > 0 ? sum * 100 / executor.capacity_percent : sum;
}

Result<std::string> exclusion(const Executor& executor, const OpenCase& work, Date today,
                              const Calendar& calendar) {
  if (!work.contested_official.empty() && executor.official == work.contested_official) {
    return std::string("conflict");
  }
  if (executor.capacity_percent <= 0) return std::string("capacity");
  if (!knowsTopic(executor, work.topic)) return std::string("topic");
  if (!holds(executor.languages, "kk") && !holds(executor.languages, work.language)) {
    return std::string("language");
  }
  const auto missing = mostlyAway(executor, today, work.due_date, calendar);
  if (!missing) return missing.status();
  return std::string(*missing ? "away" : "");
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

LocalText explain(const Assignment& answer, std::size_t suitable) {
  const std::string of = std::to_string(answer.candidates.size());
  if (answer.executor.empty()) {
    return {of + " орындаушының ешқайсысы лайық емес: адам шешеді",
            "Ни один из " + of + " исполнителей не подходит: решает человек",
            "None of " + of + " executors is suitable: a person decides"};
  }
  const std::string n = std::to_string(suitable);
  const std::string load = number(answer.candidates.front().load);
  return {answer.executor + ": " + of + " орындаушының " + n + " лайық, ең аз жүктеме " + load,
          answer.executor + ": подходят " + n + " из " + of + ", наименьшая нагрузка " + load,
          answer.executor + ": " + n + " of " + of + " are suitable, the least load " + load};
}

}  // namespace

Result<Assignment> assign(const std::vector<Executor>& team, const std::vector<OpenCase>& open,
                          const OpenCase& work, Date today, const Calendar& calendar) {
  Assignment answer;
  for (const auto& executor : team) {
    const auto load = loadOf(executor, open, today, calendar);
    if (!load) return load.status();
    auto excluded = exclusion(executor, work, today, calendar);
    if (!excluded) return excluded.status();
    answer.candidates.push_back({executor.id, *load, std::move(*excluded)});
  }
  std::sort(answer.candidates.begin(), answer.candidates.end(), [](const auto& a, const auto& b) {
    if (a.excluded.empty() != b.excluded.empty()) return a.excluded.empty();
    if (a.load != b.load) return a.load < b.load;
    return a.executor < b.executor;
  });
  const auto suitable = static_cast<std::size_t>(
      std::count_if(answer.candidates.begin(), answer.candidates.end(),
                    [](const Candidate& candidate) { return candidate.excluded.empty(); }));
  if (suitable > 0) answer.executor = answer.candidates.front().executor;
  answer.explanation = explain(answer, suitable);
  return answer;
}

Result<std::vector<Move>> rebalance(const std::vector<Executor>& team, std::vector<OpenCase> open,
                                    Date today, const Calendar& calendar, std::size_t moves_max) {
  std::sort(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  std::vector<Move> moves;
  while (moves.size() < moves_max) {
    double best_gain = 0;
    OpenCase* best = nullptr;
    std::string to;
    for (auto& work : open) {
      const auto owner = std::find_if(team.begin(), team.end(), [&](const Executor& executor) {
        return executor.id == work.executor;
      });
      if (owner == team.end()) continue;
      const auto answer = assign(team, open, work, today, calendar);
      if (!answer) return answer.status();
      if (answer->executor.empty() || answer->executor == work.executor) continue;
      const auto target = std::find_if(team.begin(), team.end(), [&](const Executor& executor) {
        return executor.id == answer->executor;
      });
      const auto from_load = loadOf(*owner, open, today, calendar);
      const auto part = pressure(work, today, calendar);
      if (!from_load || !part) return from_load ? part.status() : from_load.status();
      // What the greater of the two loads falls by.
      const double after =
          std::max(*from_load - *part * 100 / std::max(owner->capacity_percent, 1),
                   answer->candidates.front().load + *part * 100 / target->capacity_percent);
      const double gain = *from_load - after;
      if (gain > best_gain + 1e-9) {
        best_gain = gain;
        best = &work;
        to = answer->executor;
      }
    }
    if (best == nullptr) break;
    const std::string gain = number(best_gain);
    moves.push_back({best->id,
                     best->executor,
                     to,
                     {"жүктеме " + gain + " азаяды", "нагрузка снизится на " + gain,
                      "the load falls by " + gain}});
    best->executor = to;
  }
  return moves;
}

}  // namespace hub::rules
