#include "hub/exchange/sharing.h"

#include <algorithm>

#include "hub/exchange/readdress.h"
#include "hub/rules/law_book.h"
#include "hub/rules/procedure.h"

namespace hub::exchange {
namespace {

Status noStaff() { return Status::failure("exchange.no_staff", "the body shares its work itself"); }

// Some of its executors know one category of a section only.
bool sharesByCategory(const std::vector<rules::Executor>& team) {
  return std::any_of(team.begin(), team.end(), [](const auto& executor) {
    return std::any_of(executor.topics.begin(), executor.topics.end(),
                       [](const auto& topic) { return topic.find('/') != std::string::npos; });
  });
}

// Of the procedure: no names of officials.
std::vector<std::string> postWordsOf(const rules::LawBook& law) {
  const auto& procedure = law.data().procedure;
  return procedure ? procedure->data().post_words : std::vector<std::string>();
}

Result<Date> todayOf(const rules::LawBook& law, Instant now) {
  auto today = toLocal(now, law.data().default_zone);
  if (!today) return today.status();
  return today->date;
}

bool mayBeGiven(const rules::LawBook& law, const std::string& state) {
  const auto& rows = law.data().procedure->data().rows;
  return std::any_of(rows.begin(), rows.end(), [&state](const auto& row) {
    return row.action == "assign" &&
           std::find(row.from.begin(), row.from.end(), state) != row.from.end();
  });
}

}  // namespace

const std::vector<rules::Executor>* teamOf(const rules::LawBook& law, const std::string& body) {
  for (const auto& team : law.data().staff) {
    if (team.body == body) return &team.executors;
  }
  return nullptr;
}

// What a case weighs, whoever is complained of.
rules::OpenCase Sharing::loadOf(const store::AppealRow& appeal) {
  rules::OpenCase work;
  work.id = appeal.reg_number;
  work.executor = appeal.executor;
  work.topic = appeal.topic;
  work.language = appeal.language;
  if (auto due = parseDate(appeal.due_date); due.ok()) work.due_date = *due;
  return work;
}

// Who is complained of, and the category of the topic, stand in the document only.
Result<rules::OpenCase> Sharing::caseOf(const store::AppealRow& appeal,
                                        const std::vector<rules::Executor>& team) const {
  rules::OpenCase work = loadOf(appeal);
  if (appeal.kind != "complaint" && !sharesByCategory(team)) return work;
  auto document = documentOf(store_, appeal.id, limits_);
  if (!document) return document.status();
  if (document->contested) work.contested_official = document->contested->official.value_or("");
  for (const auto& topic : document->topic) {
    const bool first = &topic == &document->topic.front();
    if (topic.section != appeal.topic || !(first || topic.primary)) continue;
    work.topic = topic.section;
    if (topic.category) work.topic += "/" + *topic.category;
  }
  return work;
}

Result<std::vector<rules::OpenCase>> Sharing::openCases(
    const std::string& body, const std::vector<rules::Executor>* team) const {
  constexpr int kPage = 500;
  const auto law = law_.get();
  std::vector<rules::OpenCase> cases;
  std::string due;
  store::RowId after = 0;
  for (;;) {
    auto page = store_.assignedOf(body, due, after, kPage);
    if (!page) return page.status();
    for (const auto& row : *page) {
      due = row.due_date;
      after = row.id;
      if (team == nullptr) {
        cases.push_back(loadOf(row));
        continue;
      }
      auto work = caseOf(row, *team);
      if (!work) return work.status();
      work->stays = !mayBeGiven(*law, row.state);
      cases.push_back(std::move(*work));
    }
    if (page->size() < static_cast<std::size_t>(kPage)) return cases;
  }
}

Result<Suggestion> Sharing::suggest(const store::AppealRow& appeal) const {
  const auto law = law_.get();
  const auto* team = teamOf(*law, appeal.body_bin);
  if (!team) return noStaff();
  auto today = todayOf(*law, clock_.now());
  if (!today) return today.status();
  auto open = openCases(appeal.body_bin, nullptr);
  if (!open) return open.status();
  std::erase_if(*open, [&](const auto& work) { return work.id == appeal.reg_number; });
  auto work = caseOf(appeal, *team);
  if (!work) return work.status();
  auto assignment = rules::assign(*team, *open, *work, *today, law->calendar(), postWordsOf(*law));
  if (!assignment) return assignment.status();
  return Suggestion{appeal, std::move(*assignment)};
}

Result<std::vector<rules::Move>> Sharing::rebalance(const std::string& body, int moves_max) const {
  const auto law = law_.get();
  auto today = todayOf(*law, clock_.now());
  if (!today) return today.status();
  const auto* known = law->bodyByBin(body, *today);
  if (!known) known = law->bodyByAlias(body, *today);
  if (!known)
    return Status::failure("exchange.unknown_body", "not in the register of bodies today");
  const auto* team = teamOf(*law, known->bin);
  if (!team) return noStaff();
  auto open = openCases(known->bin, team);
  if (!open) return open.status();
  return rules::rebalance(*team, std::move(*open), *today, law->calendar(),
                          static_cast<std::size_t>(moves_max), postWordsOf(*law));
}

}  // namespace hub::exchange
