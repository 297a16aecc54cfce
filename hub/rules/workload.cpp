#include "hub/rules/workload.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "hub/rules/official.h"

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
  if (executor.absences.empty()) return false;
  if (!due || *due < today) return away(executor, today);
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

// Summed in one order, so that the order of the list moves no last digit.
double loadOfParts(const Executor& executor, std::vector<double> parts) {
  std::sort(parts.begin(), parts.end());
  double sum = 0;
  for (const double part : parts) sum += part;
  return executor.capacity_percent > 0 ? sum * 100 / executor.capacity_percent : sum;
}

Result<double> loadOf(const Executor& executor, const std::vector<OpenCase>& open, Date today,
                      const Calendar& calendar) {
  std::vector<double> parts;
  for (const auto& work : open) {
    if (work.executor != executor.id) continue;
    const auto part = pressure(work, today, calendar);
    if (!part) return part.status();
    parts.push_back(*part);
  }
  return loadOfParts(executor, std::move(parts));
}

using Words = std::vector<std::string>;

// Why the case does not suit who has it; "" if it does. A day off sick takes nothing from anybody.
Result<std::string> misfit(const Executor& executor, const OpenCase& work, Date today,
                           const Calendar& calendar, const Words& post_words) {
  if (surelySameOfficial(executor.official, work.contested_official, post_words)) {
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

// Why it is not given to somebody; "" if it may be.
Result<std::string> exclusion(const Executor& executor, const OpenCase& work, Date today,
                              const Calendar& calendar, const Words& post_words) {
  auto why = misfit(executor, work, today, calendar, post_words);
  if (why && why->empty() && away(executor, today)) return std::string("away");
  return why;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

struct Why {
  std::string_view excluded, kk, ru, en;
};
constexpr std::array kWhy = {
    Why{"conflict", "шағым оның үстінен", "на него жалоба", "complained of"},
    Why{"capacity", "жұмыс алмайды", "не берёт работу", "takes no work"},
    Why{"topic", "тақырып оныкі емес", "не его тема", "not their topic"},
    Why{"language", "тілді білмейді", "не владеет языком", "not the language"},
    Why{"away", "орнында жоқ", "отсутствует", "away"},
    Why{"gone", "орындаушылар қатарында жоқ", "нет среди исполнителей", "not among the executors"},
};

// How many cannot, by the reason, in the order in which it is asked; "" if all can.
LocalText whoCannot(const Assignment& answer) {
  LocalText text;
  for (const auto& why : kWhy) {
    const auto count = std::count_if(
        answer.candidates.begin(), answer.candidates.end(),
        [&](const Candidate& candidate) { return candidate.excluded == why.excluded; });
    if (count == 0) continue;
    const std::string so_many = " — " + std::to_string(count);
    const std::string comma = text.en.empty() ? "; " : ", ";
    text.kk += comma + std::string(why.kk) + so_many;
    text.ru += comma + std::string(why.ru) + so_many;
    text.en += comma + std::string(why.en) + so_many;
  }
  return text;
}

// Who may be the official complained of: last, and, where nobody else is left, for a person to make sure.
LocalText whoMayBe(const Assignment& answer) {
  const auto alike = std::count_if(
      answer.candidates.begin(), answer.candidates.end(),
      [](const Candidate& candidate) { return candidate.alike && candidate.excluded.empty(); });
  if (alike == 0) return {};
  if (answer.candidates.front().alike) {
    return {
        "; аты шағым жасалған лауазымды адамның атына ұқсас, оның өзі емес екеніне көз "
        "жеткізіңіз",
        "; имя похоже на имя должностного лица, на которое подана жалоба: убедитесь, что это "
        "не оно",
        "; the name is like that of the official complained of: make sure that it is another"};
  }
  const std::string so_many = " — " + std::to_string(alike);
  return {"; аты шағым жасалған лауазымды адамның атына ұқсас, соңғы кезекте" + so_many,
          "; имя похоже на имя должностного лица, на которое подана жалоба, в последнюю очередь" +
              so_many,
          "; the name is like that of the official complained of, taken last" + so_many};
}

LocalText explain(const Assignment& answer, std::size_t suitable) {
  auto cannot = whoCannot(answer);
  const std::string of = std::to_string(answer.candidates.size());
  if (answer.executor.empty()) {
    return {of + " орындаушының ешқайсысы лайық емес: адам шешеді" + cannot.kk,
            "Ни один из " + of + " исполнителей не подходит: решает человек" + cannot.ru,
            "None of " + of + " executors is suitable: a person decides" + cannot.en};
  }
  const auto may_be = whoMayBe(answer);
  cannot.kk += may_be.kk;
  cannot.ru += may_be.ru;
  cannot.en += may_be.en;
  const std::string n = std::to_string(suitable);
  const std::string load = number(answer.candidates.front().load);
  return {answer.executor + ": " + of + " орындаушының " + n + " лайық, ең аз жүктеме " + load +
              cannot.kk,
          answer.executor + ": подходят " + n + " из " + of + ", наименьшая нагрузка " + load +
              cannot.ru,
          answer.executor + ": " + n + " of " + of + " are suitable, the least load " + load +
              cannot.en};
}

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

// An open case while moves are looked for: what of it no move changes is found once.
struct Desk {
  OpenCase* work = nullptr;
  std::size_t owner = kNobody;  // place in the team; kNobody: not among them any more
  double pressure = 0;
  std::vector<bool> suits{};  // by place in the team
  bool stays = false;
  std::string unsuitable{};  // why who has it should not; "" if he may
};

Result<std::vector<Desk>> desksOf(const std::vector<Executor>& team, std::vector<OpenCase>& open,
                                  Date today, const Calendar& calendar, const Words& post_words) {
  std::vector<Desk> desks;
  for (auto& work : open) {
    const auto part = pressure(work, today, calendar);
    if (!part) return part.status();
    Desk desk{&work, kNobody, *part};
    desk.stays = work.stays;
    desk.unsuitable = "gone";
    for (std::size_t i = 0; i < team.size(); ++i) {
      const auto& executor = team[i];
      const auto excluded = exclusion(executor, work, today, calendar, post_words);
      if (!excluded) return excluded.status();
      const bool alike = sameOfficial(executor.official, work.contested_official, post_words);
      desk.suits.push_back(excluded->empty() && !alike);
      if (executor.id != work.executor) continue;
      auto why = misfit(executor, work, today, calendar, post_words);
      if (!why) return why.status();
      desk.owner = i;
      desk.unsuitable = std::move(*why);
    }
    desks.push_back(std::move(desk));
  }
  return desks;
}

double loadAt(const std::vector<Executor>& team, const std::vector<Desk>& desks,
              std::size_t place) {
  std::vector<double> parts;
  for (const auto& desk : desks) {
    if (desk.owner == place) parts.push_back(desk.pressure);
  }
  return loadOfParts(team[place], std::move(parts));
}

// The one assign() would name: of those who suit the least loaded, ties by id.
std::size_t leastLoaded(const std::vector<Executor>& team, const std::vector<double>& loads,
                        const Desk& desk) {
  std::size_t best = kNobody;
  for (std::size_t i = 0; i < team.size(); ++i) {
    if (!desk.suits[i]) continue;
    if (best == kNobody || loads[i] < loads[best] ||
        (loads[i] == loads[best] && team[i].id < team[best].id)) {
      best = i;
    }
  }
  return best;
}

const Why& whyUnsuitable(const Desk& desk) {
  return *std::find_if(kWhy.begin(), kWhy.end(),
                       [&](const auto& each) { return each.excluded == desk.unsuitable; });
}

// The moves of one list: what one of them moves stays where it is put.
class Balance {
 public:
  Balance(const std::vector<Executor>& team, std::vector<Desk> desks)
      : team_(team), desks_(std::move(desks)) {
    for (std::size_t i = 0; i < team_.size(); ++i) loads_.push_back(loadAt(team_, desks_, i));
  }
  // What lies with who should not have it, all of it: a complaint with the one complained of first, then the most
  // pressing.
  void relieve(std::size_t moves_max) {
    std::vector<Desk*> misplaced;
    for (auto& desk : desks_) {
      if (!desk.stays && !desk.unsuitable.empty()) misplaced.push_back(&desk);
    }
    std::stable_sort(misplaced.begin(), misplaced.end(), [](const Desk* a, const Desk* b) {
      const bool first = a->unsuitable == "conflict", other = b->unsuitable == "conflict";
      return first != other ? first : a->pressure > b->pressure;
    });
    for (Desk* desk : misplaced) {
      if (moves_.size() >= moves_max) return;
      const std::size_t to = leastLoaded(team_, loads_, *desk);
      if (to == kNobody) continue;
      const Why& why = whyUnsuitable(*desk);
      const std::string who = desk->work->executor + ": ";
      move(*desk, to,
           {who + std::string(why.kk), who + std::string(why.ru), who + std::string(why.en)});
    }
  }
  void even(std::size_t moves_max) {
    while (moves_.size() < moves_max) {
      double best_gain = 0;
      Desk* best = nullptr;
      std::size_t to = kNobody;
      for (auto& desk : desks_) {
        if (desk.stays || desk.owner == kNobody) continue;
        const std::size_t target = leastLoaded(team_, loads_, desk);
        if (target == kNobody || target == desk.owner) continue;
        const double gain = gainOf(desk, target);
        if (gain > best_gain + 1e-9) {
          best_gain = gain;
          best = &desk;
          to = target;
        }
      }
      if (best == nullptr) return;
      const std::string gain = number(best_gain);
      move(*best, to,
           {"жүктеме " + gain + " азаяды", "нагрузка снизится на " + gain,
            "the load falls by " + gain});
    }
  }
  const std::vector<Move>& moves() const { return moves_; }

 private:
  // What the greater of the two loads falls by.
  double gainOf(const Desk& desk, std::size_t target) const {
    const double from_load = loads_[desk.owner];
    const int capacity = std::max(team_[desk.owner].capacity_percent, 1);
    const double after =
        std::max(from_load - desk.pressure * 100 / capacity,
                 loads_[target] + desk.pressure * 100 / team_[target].capacity_percent);
    return from_load - after;
  }
  void move(Desk& desk, std::size_t to, LocalText why) {
    moves_.push_back({desk.work->id, desk.work->executor, team_[to].id, std::move(why)});
    const std::size_t from = desk.owner;
    desk.owner = to;
    desk.stays = true;
    if (from != kNobody) loads_[from] = loadAt(team_, desks_, from);
    loads_[to] = loadAt(team_, desks_, to);
  }

  const std::vector<Executor>& team_;
  std::vector<Desk> desks_;
  std::vector<double> loads_;
  std::vector<Move> moves_;
};

}  // namespace

Result<Assignment> assign(const std::vector<Executor>& team, const std::vector<OpenCase>& open,
                          const OpenCase& work, Date today, const Calendar& calendar,
                          const std::vector<std::string>& post_words) {
  Assignment answer;
  for (const auto& executor : team) {
    const auto load = loadOf(executor, open, today, calendar);
    if (!load) return load.status();
    auto excluded = exclusion(executor, work, today, calendar, post_words);
    if (!excluded) return excluded.status();
    const bool alike = *excluded != "conflict" &&
                       sameOfficial(executor.official, work.contested_official, post_words);
    answer.candidates.push_back({executor.id, *load, std::move(*excluded), alike});
  }
  std::sort(answer.candidates.begin(), answer.candidates.end(), [](const auto& a, const auto& b) {
    if (a.excluded.empty() != b.excluded.empty()) return a.excluded.empty();
    if (a.excluded.empty() && a.alike != b.alike) return b.alike;
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
                                    Date today, const Calendar& calendar, std::size_t moves_max,
                                    const std::vector<std::string>& post_words) {
  std::sort(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  auto desks = desksOf(team, open, today, calendar, post_words);
  if (!desks) return desks.status();
  Balance balance(team, std::move(*desks));
  balance.relieve(moves_max);
  balance.even(moves_max);
  return balance.moves();
}

}  // namespace hub::rules
