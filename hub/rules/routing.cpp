#include "hub/rules/routing.h"

#include <algorithm>
#include <tuple>

namespace hub::rules {
namespace {

constexpr const char* kAddressee = "addressee";
constexpr const char* kSuccessor = "successor";

// A place of the appeal on the day of the question.
struct Place {
  std::string kato;    // as it was named
  std::string region;  // where it lies that day, two digits; "" if nobody can tell
  LocalText moved;     // why that is not what its code begins with; empty if it is
  LocalText doubt;     // why that may not be so; empty if it is certain

  bool in(const std::string& prefix) const {
    // Of a code of the old region only the district and what is nearer still tells where the place is.
    const bool by_code = moved.en.empty() || prefix.size() >= 4;
    return by_code ? kato.starts_with(prefix) : !region.empty() && region.starts_with(prefix);
  }
};

struct Question {
  const RouteRequest& asked;
  std::vector<Place> places;
};

struct Territory {
  int fit = -1;  // length of the longest prefix in the list that fits; 0: whole country; -1: none
  int earliness = 0;  // of the place by which it fits: 0 for the first one named, then -1 …
  const Place* place = nullptr;
};
Territory territoryFit(const std::vector<std::string>& prefixes, const std::vector<Place>& places) {
  if (prefixes.empty()) return {0, 0, nullptr};
  Territory best;
  int earliness = 0;
  for (const auto& place : places) {
    for (const auto& prefix : prefixes) {
      const int length = static_cast<int>(prefix.size());
      if (length > best.fit && place.in(prefix)) best = {length, earliness, &place};
    }
    --earliness;
  }
  return best;
}

// 2: section and category, 1: section, -1: does not fit.
int topicFit(const std::vector<std::string>& topics, const TopicRef& topic) {
  int best = -1;
  for (const auto& listed : topics) {
    if (listed == topic.section) best = std::max(best, 1);
    if (!topic.category.empty() && listed == topic.section + "/" + topic.category) best = 2;
  }
  return best;
}

bool kindFits(const RoutingRule& rule, const std::string& kind) {
  return rule.kinds.empty() ||
         std::find(rule.kinds.begin(), rule.kinds.end(), kind) != rule.kinds.end();
}

// Whom a row leads to that day: its body or, once that is no more, who took over from it. nullptr: nobody.
const Body* bodyOf(const LawBook& book, const RoutingRule& rule, Date date) {
  const Body* body = book.bodyByBin(rule.body, date);
  return body != nullptr ? body : book.successorOf(rule.body, date);
}

// A row that fits, and how.
struct Candidate {
  const RoutingRule* rule = nullptr;
  const Body* body = nullptr;
  int topic = -1;
  Territory territory;

  std::tuple<int, int> exactness() const { return {topic, territory.fit}; }
};

struct Choice {
  Candidate best;  // its rule is nullptr if no row fits
  Candidate also;  // as exact, by a place that is named later, and another body's; as above
};

Choice bestRule(const LawBook& book, const Question& question, const TopicRef& topic) {
  const RouteRequest& request = question.asked;
  std::vector<Candidate> fitting;
  for (const auto& rule : book.data().routing) {
    if (!rule.validity.covers(request.date) || !kindFits(rule, request.kind)) continue;
    const Candidate candidate{&rule, bodyOf(book, rule, request.date), topicFit(rule.topics, topic),
                              territoryFit(rule.kato, question.places)};
    const bool fits = candidate.topic >= 0 && candidate.territory.fit >= 0;
    if (fits && candidate.body != nullptr) fitting.push_back(candidate);
  }
  Choice choice;
  for (const auto& one : fitting) {
    const auto order = [](const Candidate& c) {
      return std::tuple(c.exactness(), c.territory.earliness);
    };
    if (choice.best.rule == nullptr || order(one) > order(choice.best)) choice.best = one;
  }
  for (const auto& one : fitting) {
    if (one.exactness() == choice.best.exactness() && one.body != choice.best.body) {
      choice.also = one;
    }
  }
  return choice;
}

Route toBody(const LawBook& book, const Body& body, std::string rule_id) {
  Route route;
  route.body_bin = body.bin;
  route.destination = body.alias;
  route.level = body.level;
  route.names = body.names;
  route.rule_id = std::move(rule_id);
  route.rule_version = book.data().routing_version;
  return route;
}

bool hasTopic(const Body& body, const RouteRequest& request) {
  if (request.topics.empty()) return true;
  return std::any_of(request.topics.begin(), request.topics.end(), [&](const TopicRef& topic) {
    return std::find(body.topics.begin(), body.topics.end(), topic.section) != body.topics.end();
  });
}

std::string spoken(Date date) {
  const std::string iso = formatDate(date);
  return iso.substr(8, 2) + "." + iso.substr(5, 2) + "." + iso.substr(0, 4);
}

LocalText movedText(const std::string& kato, const LocalText& what, const Region& region,
                    Date since, bool low_confidence) {
  const std::string day = spoken(since);
  const LocalText unsure = low_confidence
                               ? LocalText{" (код нақтыланбаған)", " (код требует проверки)",
                                           " (the code is not certain)"}
                               : LocalText{};
  return {" КАТО " + kato + " коды: " + what.kk + ", " + day + " бастап — " + region.label.kk +
              unsure.kk + ".",
          " Код КАТО " + kato + ": " + what.ru + ", с " + day + " — " + region.label.ru +
              unsure.ru + ".",
          " KATO code " + kato + ": " + what.en + ", since " + day + " in " + region.label.en +
              unsure.en + "."};
}

const LocalText& oldRegionLabel(const LawBook& book, const std::string& code) {
  static const LocalText kNone{"бұрынғы облыс", "прежняя область", "a former region"};
  for (const auto& region : book.data().regions) {
    if (region.code == code) return region.label;
  }
  return kNone;
}

// Of a region that lost parts and kept its code: which districts it kept, not all codes tell.
LocalText doubtOf(const LawBook& book, const std::string& kato, Date day) {
  LocalText parts;
  const std::string own = kato.substr(0, 2);
  if (book.movedDistrict(kato, day) != nullptr) return parts;
  for (const auto& region : book.data().regions) {
    const auto& before = region.predecessors;
    if (!region.validity.covers(day) ||
        std::find(before.begin(), before.end(), own) == before.end()) {
      continue;
    }
    const std::string since = spoken(region.validity.from), comma = parts.en.empty() ? "" : ", ";
    parts.kk += comma + region.label.kk + ", " + since + " бастап";
    parts.ru += comma + region.label.ru + " с " + since;
    parts.en += comma + region.label.en + " since " + since;
  }
  if (parts.en.empty()) return parts;
  const LocalText& label = oldRegionLabel(book, own);
  return {" КАТО " + kato + " коды: " + label.kk + " бөлінген (" + parts.kk +
              "); жердің онда қалғаны нақтыланбаған.",
          " Код КАТО " + kato + ": " + label.ru + " разделена (" + parts.ru +
              "); осталось ли место в ней, требует проверки.",
          " KATO code " + kato + ": " + label.en + " was divided (" + parts.en +
              "); whether the place stayed in it is not certain."};
}

// A place named by the code of a region that is no more, or that its district left, lies in the one it has
// become (2018, 2022); if that may be several, nobody can tell by the code, and the place counts as unknown.
std::vector<Place> placesToday(const LawBook& book, const RouteRequest& request) {
  std::vector<Place> places;
  for (const auto& kato : request.katos) {
    const std::string own = kato.substr(0, 2);
    const auto regions = book.regionsOf(kato, request.date);
    if (regions.empty() || (regions.size() == 1 && regions.front() == own)) {
      places.push_back({kato, own, {}, doubtOf(book, kato, request.date)});
      continue;
    }
    if (regions.size() != 1) continue;
    const Region* region = book.region(regions.front(), request.date);
    if (region == nullptr) continue;
    const District* district = book.movedDistrict(kato, request.date);
    places.push_back({kato,
                      region->code,
                      district ? movedText(kato, district->label, *region, district->validity.from,
                                           district->low_confidence)
                               : movedText(kato, oldRegionLabel(book, own), *region,
                                           region->validity.from, false),
                      {}});
  }
  return places;
}

void notePlace(const Place& place, Route& route) {
  for (const LocalText* text : {&place.moved, &place.doubt}) {
    route.explanation.kk += text->kk;
    route.explanation.ru += text->ru;
    route.explanation.en += text->en;
  }
}

// Of a place that may be in several regions, or in none that is known, nobody can say that it is not there.
bool hasPlace(const Body& body, const Question& question) {
  return question.places.size() < question.asked.katos.size() || question.places.empty() ||
         territoryFit(body.kato, question.places).fit >= 0;
}

Route byAddressee(const LawBook& book, const Body& body, const RouteRequest& request) {
  Route route = toBody(book, body, kAddressee);
  route.explanation = {"Өтініш беруші көрсеткен орган: " + body.names.kk + ".",
                       "Орган указан заявителем: " + body.names.ru + ".",
                       "The applicant named the body: " + body.names.en + "."};
  const Question question{request, placesToday(book, request)};
  const bool topic = hasTopic(body, request), place = hasPlace(body, question);
  if (topic && place) return route;
  if (!topic) {
    route.explanation.kk += " Тақырып оның құзыретінде көрсетілмеген";
    route.explanation.ru += " Тема не значится в её компетенции";
    route.explanation.en += " The topic is not listed in its competence";
  }
  if (!place) {
    route.explanation.kk += topic ? " Өтініштің аумағы оның аумағына кірмейді"
                                  : ", ал өтініштің аумағы оның аумағына кірмейді";
    route.explanation.ru += topic ? " Место обращения лежит вне её территории"
                                  : ", а место обращения лежит вне её территории";
    route.explanation.en += topic ? " The place of the appeal lies outside its territory"
                                  : ", and the place of the appeal lies outside its territory";
  }
  route.explanation.kk +=
      "; қажет болса ол үш жұмыс күні ішінде қайта жібереді (ӘРПК 65-бап 1-бөлік).";
  route.explanation.ru +=
      "; при необходимости орган перенаправит обращение в течение трёх рабочих дней (АППК ст."
      " 65(1)).";
  route.explanation.en +=
      "; if need be it forwards the appeal within three working days (APPC art. 65(1)).";
  if (place) return route;
  for (const auto& one : question.places) notePlace(one, route);
  return route;
}

const LocalText& sectionLabel(const LawBook& book, const TopicRef& topic) {
  static const LocalText kNone{"белгісіз", "неизвестно", "unknown"};
  const auto found = book.data().topics.find(topic.section);
  return found == book.data().topics.end() ? kNone : found->second.label;
}

// Section and, if the topic names one, category.
LocalText topicLabel(const LawBook& book, const TopicRef& topic) {
  LocalText label = sectionLabel(book, topic);
  const auto section = book.data().topics.find(topic.section);
  if (topic.category.empty() || section == book.data().topics.end()) return label;
  const auto category = section->second.children.find(topic.category);
  if (category == section->second.children.end()) return label;
  label.kk += ": " + category->second.label.kk;
  label.ru += ": " + category->second.label.ru;
  label.en += ": " + category->second.label.en;
  return label;
}

// Before the topic that led to the body others were named, the primary one first, and led to none.
void notePassedOver(const LawBook& book, const std::vector<TopicRef>& passed, Route& route) {
  if (passed.empty()) return;
  LocalText names;
  for (const auto& topic : passed) {
    const LocalText label = topicLabel(book, topic);
    const std::string comma = names.en.empty() ? "" : ", ";
    names.kk += comma + "«" + label.kk + "»";
    names.ru += comma + "«" + label.ru + "»";
    names.en += comma + "\"" + label.en + "\"";
  }
  const bool several = passed.size() > 1;
  route.explanation.kk +=
      (several ? " Алдымен көрсетілген " + names.kk + " тақырыптары"
               : " Негізгі " + names.kk + " тақырыбы") +
      std::string(" бойынша құзыретті орган табылмады, сондықтан келесі тақырып алынды.");
  route.explanation.ru +=
      (several ? " Для тем " + names.ru + ", указанных раньше,"
               : " Для основной темы " + names.ru) +
      std::string(" компетентный орган не найден, поэтому взята следующая тема.");
  route.explanation.en +=
      " No competent body was found for the " +
      (several ? "topics " + names.en + " named before" : "primary topic " + names.en) +
      ", so the next topic was taken.";
}

Route toReception(const LawBook& book) {
  Route route;
  route.to_reception = true;
  route.rule_id = "reception";
  route.rule_version = book.data().routing_version;
  route.names = {"Қабылдау бөлмесі", "Приёмная", "Reception desk"};
  route.explanation = {
      "Тақырып пен аумақ бойынша құзыретті орган табылмады; оны қабылдау бөлмесінің қызметкері"
      " анықтайды.",
      "По теме и территории компетентный орган не найден; его определит сотрудник приёмной.",
      "No competent body was found by topic and territory; a clerk of the reception desk decides."};
  return route;
}

void noteUnknownAddressee(Route& route) {
  route.explanation.kk += " Көрсетілген адресат тізілімде жоқ.";
  route.explanation.ru += " Указанного адресата нет в реестре.";
  route.explanation.en += " The addressee named is not in the register.";
}

// What is to be known of the places when no row leads to a body: that the code names no region, that of an old
// region nobody can tell which it is now, or where the place lies now.
void notePlaces(const LawBook& book, const Question& question, Route& route) {
  const auto add = [&route](const LocalText& text) {
    route.explanation.kk += text.kk;
    route.explanation.ru += text.ru;
    route.explanation.en += text.en;
  };
  for (const auto& place : question.places) notePlace(place, route);
  for (const auto& kato : question.asked.katos) {
    const auto regions = book.regionsOf(kato, question.asked.date);
    if (regions.empty()) {
      add({" КАТО " + kato + " коды бойынша өңір белгісіз.",
           " По коду КАТО " + kato + " регион неизвестен.",
           " KATO code " + kato + " names no region that is known."});
    }
    if (regions.size() < 2) continue;
    LocalText now;
    for (const auto& code : regions) {
      const Region* region = book.region(code, question.asked.date);
      if (region == nullptr) continue;
      now.kk += (now.kk.empty() ? "" : ", ") + region->label.kk;
      now.ru += (now.ru.empty() ? "" : ", ") + region->label.ru;
      now.en += (now.en.empty() ? "" : ", ") + region->label.en;
    }
    const LocalText& old = oldRegionLabel(book, kato.substr(0, 2));
    add({" КАТО " + kato + " коды: " + old.kk + " қазір " + now.kk +
             " болып бөлінген; қайсысы екені кодтан белгісіз.",
         " Код КАТО " + kato + ": " + old.ru + " теперь — " + now.ru +
             "; по коду не видно, что из них.",
         " KATO code " + kato + ": " + old.en + " is now " + now.en +
             "; the code does not tell which of them."});
  }
}

// The applicant named a body that the hub cannot send to: a person sees to it.
Route toUnconnected(const LawBook& book, const Body& body) {
  Route route = toReception(book);
  route.explanation = {
      "Өтініш беруші көрсетті: " + body.names.kk + ", хабқа қосылмаған орган; қабылдау бөлмесіне.",
      "Заявитель указал: " + body.names.ru + ", орган не подключён к хабу; в приёмную.",
      "The applicant named the body: " + body.names.en +
          ", which is not connected to the hub; to the reception desk."};
  return route;
}

void noteOtherPlace(const Choice& choice, Route& route) {
  const Place *taken = choice.best.territory.place, *other = choice.also.territory.place;
  if (taken == nullptr || other == nullptr) return;
  const LocalText& names = choice.also.body->names;
  const std::string& row = choice.also.rule->id;
  route.explanation.kk += " Өтініште бірнеше жер көрсетілген: " + other->kato + " жері бойынша " +
                          row + " жолы (" + names.kk + ") да дәл сондай, бірінші көрсетілген " +
                          taken->kato + " жері алынды.";
  route.explanation.ru += " В обращении несколько мест: для места " + other->kato + " строка " +
                          row + " (" + names.ru + ") так же точна, взято указанное первым место " +
                          taken->kato + ".";
  route.explanation.en += " The appeal names several places: row " + row + " (" + names.en +
                          ") is as exact for " + other->kato + ", and the one named first, " +
                          taken->kato + ", was taken.";
}

// The row names a body that is no more.
void noteSuccession(const Body& body, Route& route) {
  route.explanation.kk += " Ол жолда көрсетілген, енді жоқ органның құқықтық мирасқоры";
  route.explanation.ru += " Это правопреемник указанного в строке органа, которого больше нет";
  route.explanation.en += " It took over from the body of the row, which is no more";
  const bool connected = !body.alias.empty();
  route.explanation.kk += connected ? "." : "; ол хабқа қосылмаған: қабылдау бөлмесіне.";
  route.explanation.ru += connected ? "." : "; он не подключён к хабу: в приёмную.";
  route.explanation.en +=
      connected ? "." : "; it is not connected to the hub: to the reception desk.";
}

Route byTable(const LawBook& book, const Choice& choice, const TopicRef& topic) {
  const RoutingRule& rule = *choice.best.rule;
  const Body& body = *choice.best.body;
  Route route = body.alias.empty() ? toReception(book) : toBody(book, body, rule.id);
  const LocalText label = topicLabel(book, topic);
  const bool local = !rule.kato.empty();
  route.explanation = {rule.id + " жолы: «" + label.kk + "» тақырыбы" +
                           (local ? ", өтініштің аумағы" : "") + " — " + body.names.kk + ".",
                       "Строка " + rule.id + ": тема «" + label.ru + "»" +
                           (local ? ", территория обращения" : "") + " — " + body.names.ru + ".",
                       "Row " + rule.id + ": topic \"" + label.en + "\"" +
                           (local ? ", place of the appeal" : "") + " — " + body.names.en + "."};
  if (const Place* place = choice.best.territory.place) notePlace(*place, route);
  noteOtherPlace(choice, route);
  if (body.bin != rule.body) noteSuccession(body, route);
  return route;
}

}  // namespace

bool isToAddressee(std::string_view rule_id) {
  return rule_id == kAddressee || rule_id == kSuccessor;
}

Route route(const LawBook& book, const RouteRequest& request) {
  const bool named = !request.addressee_bin.empty();
  if (named) {
    const Body* body = book.bodyByBin(request.addressee_bin, request.date);
    if (body != nullptr && body->alias.empty()) return toUnconnected(book, *body);
    if (body != nullptr) return byAddressee(book, *body, request);
    body = book.successorOf(request.addressee_bin, request.date);
    if (body != nullptr && !body->alias.empty()) {
      Route route = byAddressee(book, *body, request);
      route.rule_id = kSuccessor;
      route.explanation.kk += " Ол көрсетілген органның құқықтық мирасқоры.";
      route.explanation.ru += " Он правопреемник указанного органа.";
      route.explanation.en += " It took over from the body that was named.";
      return route;
    }
  }
  Route answer = toReception(book);
  const Question question{request, placesToday(book, request)};
  std::vector<TopicRef> passed;
  for (const auto& topic : request.topics) {
    const Choice choice = bestRule(book, question, topic);
    if (choice.best.rule == nullptr) {
      passed.push_back(topic);
      continue;
    }
    answer = byTable(book, choice, topic);
    notePassedOver(book, passed, answer);
    break;
  }
  const bool known = passed.size() < request.topics.size();
  if (answer.to_reception && !known) notePlaces(book, question, answer);
  if (named) noteUnknownAddressee(answer);
  return answer;
}

}  // namespace hub::rules
