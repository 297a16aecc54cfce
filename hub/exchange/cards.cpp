#include "hub/exchange/cards.h"

#include <algorithm>
#include <array>
#include <functional>
#include <variant>

#include "hub/exchange/likeness.h"
#include "hub/exchange/readdress.h"
#include "hub/exchange/transitions.h"
#include "hub/model/codec.h"
#include "hub/model/types.h"
#include "hub/rules/law_book.h"
#include "hub/rules/number.h"

namespace hub::exchange {
namespace {

using Text = std::string;

// What a column is made of.
struct Card {
  const CardSource& from;
  const rules::LawBook& law;
  const model::Party* applicant = nullptr;
  const model::Topic* topic = nullptr;
  Text received_day{}, registered_day{}, finished_day{}, decided_day{}, executing_body{},
      addressee{};
};

struct Column {
  std::string_view name;
  std::function<Text(const Card&)> value;
};

Text orNone(const std::optional<Text>& text) { return text.value_or(""); }

Text joined(const std::vector<Text>& words) {
  Text text;
  for (const auto& word : words) text += (text.empty() ? "" : "; ") + word;
  return text;
}

Text yesNo(bool value) { return value ? "yes" : "no"; }

std::function<Text(const Card&)> ofApplicant(std::optional<Text> model::Party::*field) {
  return [field](const Card& card) {
    return card.applicant ? orNone(card.applicant->*field) : Text();
  };
}

std::function<Text(const Card&)> ofNames(const std::function<Text(const model::Names&)>& part) {
  return [part](const Card& card) {
    return card.applicant && card.applicant->names ? part(*card.applicant->names) : Text();
  };
}

std::function<Text(const Card&)> ofContested(
    const std::function<Text(const model::Contested&)>& part) {
  return [part](const Card& card) {
    const auto& contested = card.from.document.contested;
    return contested ? part(*contested) : Text();
  };
}

std::function<Text(const Card&)> ofLawsuit(Text model::Lawsuit::*field) {
  return [field](const Card& card) {
    const auto& suits = card.from.document.lawsuit;
    return suits.empty() ? Text() : suits.back().*field;
  };
}

bool passed(const Card& card, std::string_view state) {
  const auto& events = card.from.events;
  return std::any_of(events.begin(), events.end(),
                     [&](const auto& event) { return event.to_state == state; });
}

bool happened(const Card& card, std::string_view type) {
  const auto& events = card.from.events;
  return std::any_of(events.begin(), events.end(),
                     [&](const auto& event) { return event.type == type; });
}

bool acted(const Card& card, std::string_view action) {
  const auto& events = card.from.events;
  return std::any_of(events.begin(), events.end(),
                     [&](const auto& event) { return event.reason == action; });
}

const store::ClockRow* extension(const Card& card) {
  const auto& clocks = card.from.clocks;
  const auto found = std::find_if(clocks.rbegin(), clocks.rend(), [](const auto& clock) {
    return clock.name == "consider_extended";
  });
  return found == clocks.rend() ? nullptr : &*found;
}

// The card knows three: the state language, the official one, others.
Text languageClass(const Card& card) {
  const auto& language = card.from.row.language;
  return language == "kk" ? "state" : language == "ru" ? "official" : "other";
}

Text age(const Card& card) {
  if (!card.applicant || !card.applicant->birth_date) return {};
  const auto born = parseDate(*card.applicant->birth_date);
  const auto then = parseDate(card.received_day);
  if (!born || !then) return {};
  int years = static_cast<int>(then->year()) - static_cast<int>(born->year());
  if (std::pair(then->month(), then->day()) < std::pair(born->month(), born->day())) --years;
  return std::to_string(years);
}

Text previousAppeals(const Card& card) {
  std::vector<Text> numbers;
  for (const auto& ref : card.from.document.previous_appeal) {
    numbers.push_back(ref.reg_number.value_or(ref.hub_id.value_or(ref.id.value_or(""))));
  }
  const auto& first = card.from.duplicate_of;
  const bool told = std::find(numbers.begin(), numbers.end(), first) != numbers.end();
  if (acted(card, "join_repeat") && !first.empty() && !told) numbers.push_back(first);
  return joined(numbers);
}

// As the body told, or when the delivery was recorded; a correction of it (82(3)) changes neither.
Text decisionDelivered(const Card& card) {
  const auto* decision = card.from.decision;
  if (decision == nullptr) return {};
  if (decision->delivered_at) return *decision->delivered_at;
  const auto& events = card.from.events;
  const auto executed = std::find_if(events.rbegin(), events.rend(), [](const auto& event) {
    return event.to_state == "executed" && event.from_state != "executed";
  });
  return executed == events.rend() ? Text() : formatInstant(executed->at);
}

// As told, or by the person who joined it to the earlier case.
Text repeatFlag(const Card& card) {
  const auto& told = card.from.document.repeat_flag;
  return acted(card, "join_repeat") && (!told || *told == "none") ? "repeat_same" : orNone(told);
}

// A complaint that the hub has, or one elsewhere that was taken down.
Text complainedOf(const Card& card) {
  return yesNo(happened(card, "complaint_filed") || acted(card, "complain") ||
               acted(card, "complain_inaction"));
}

Text applicantsCount(const Card& card) {
  const auto& document = card.from.document;
  return std::to_string(
      document.applicants_count.value_or(static_cast<std::int64_t>(document.applicant.size())));
}

Text wholeOf(const Card& card) {
  const auto& number = card.from.row.reg_number;
  const auto slash = number.find('/');
  return slash == Text::npos ? Text() : number.substr(0, slash);
}

Text regionName(const Card& card) {
  const auto day = parseDate(card.received_day);
  if (!day) return {};
  const auto* region = card.law.region(card.law.regionOf(card.from.row.kato, *day), *day);
  return region ? region->label.ru : Text();
}

// ---- the later columns ----

Text takenInBy(const Card& card) {
  const auto& events = card.from.events;
  const auto found = std::find_if(events.begin(), events.end(),
                                  [](const auto& event) { return event.type == "received"; });
  return found == events.end() ? Text() : found->actor;
}

Text ofReceiver(const Card& card, const std::function<Text(const model::ReceivedBy&)>& part) {
  const auto& receiver = card.from.document.received_by;
  return receiver ? part(*receiver) : Text();
}

// As told, or by the fifth digit of a BIN: 4 a resident, 5 a non-resident, 6 joint entrepreneurs. An IIN
// tells nothing.
Text residency(const Card& card) {
  if (card.applicant && card.applicant->residency) return *card.applicant->residency;
  if (!card.applicant || !card.applicant->bin || card.applicant->bin->size() != 12) return {};
  const char digit = (*card.applicant->bin)[4];
  return digit == '5' ? "non_resident" : digit == '4' ? "resident" : "";
}

Text representative(const Card& card) {
  const auto& one = card.from.document.representative;
  if (!one) return {};
  if (!one->party.names) return one->party.org_name.value_or("");
  Text text = one->party.names->family;
  for (const auto& name : {one->party.names->given, one->party.names->patronymic}) {
    if (name) text += " " + *name;
  }
  return text;
}

Text allTopics(const Card& card) {
  std::vector<Text> topics;
  for (const auto& topic : card.from.document.topic) {
    Text path = topic.section;
    for (const auto& part : {topic.category, topic.subcategory}) {
      if (part) path += "/" + *part;
    }
    topics.push_back(path);
  }
  return joined(topics);
}

Text placeAddress(const Card& card) {
  std::vector<Text> places;
  for (const auto& place : card.from.document.place) {
    if (place.address) places.push_back(*place.address);
  }
  return joined(places);
}

// A term that a move of the calendar superseded is on record as cancelled, and is no extension of its own.
std::vector<const store::ClockRow*> extensions(const Card& card) {
  std::vector<const store::ClockRow*> out;
  for (const auto& clock : card.from.clocks) {
    if (clock.name == "consider_extended" && clock.status != "cancelled") out.push_back(&clock);
  }
  return out;
}

const store::ClockRow* consideration(const Card& card) {
  const store::ClockRow* found = nullptr;
  for (const auto& clock : card.from.clocks) {
    if (clock.name == "consider" && clock.status != "cancelled") found = &clock;
  }
  return found;
}

Text extendedDays(const Card& card) {
  const auto given = extensions(card);
  const auto* before = consideration(card);
  if (given.empty() || before == nullptr) return {};
  const auto from = parseDate(before->due_date);
  const auto to = parseDate(given.back()->due_date);
  if (!from || !to) return {};
  return std::to_string((std::chrono::sys_days(*to) - std::chrono::sys_days(*from)).count());
}

Text termStart(const Card& card) {
  const auto* clock = consideration(card);
  if (clock == nullptr) return {};
  const auto local =
      toLocal(clock->start_at, clock->zone.empty() ? card.law.data().default_zone : clock->zone);
  return local ? formatDate(local->date) : Text();
}

// "Agreed" is the controller's step of a decision, however it ends the case, an extension or a forwarding.
Text controllerCheck(const Card& card) {
  constexpr std::array kAgreed = {"decision_agreed",     "extension_agreed",   "forward_agreed",
                                  "satisfaction_agreed", "termination_agreed", "leaving_agreed",
                                  "withdrawal_agreed"};
  return yesNo(std::any_of(kAgreed.begin(), kAgreed.end(),
                           [&](const char* state) { return passed(card, state); }));
}

Text linked(const Card& card) {
  std::vector<Text> links;
  for (const auto& link : card.from.document.links) {
    links.push_back(
        link.nature + " " +
        link.ref.reg_number.value_or(link.ref.hub_id.value_or(link.ref.id.value_or(""))));
  }
  return joined(links);
}

Text fileList(const Card& card) {
  std::vector<Text> files;
  for (const auto& file : card.from.document.attachments) {
    Text text = file.name + " (" + file.mime + ", " + std::to_string(file.size) + ", sha256 " +
                file.sha256 + ")";
    if (file.description) text += " " + *file.description;
    files.push_back(text);
  }
  return joined(files);
}

Text signers(const Card& card) {
  std::vector<Text> out;
  for (const auto& one : card.from.document.signatures) {
    const auto who = one.signer_iin ? one.signer_iin : one.signer_bin;
    out.push_back(one.format + (who ? " " + *who : Text()));
  }
  return joined(out);
}

// One line of the history for each event: when, what, from which state to which, by whom, why, and what it says in
// Kazakh and Russian (of a forwarding, to which body).
Text history(const Card& card) {
  std::vector<Text> rows;
  for (const auto& event : card.from.events) {
    Text row = formatInstant(event.at) + " " + event.type;
    if (!event.to_state.empty()) row += " " + event.from_state + ">" + event.to_state;
    row += " " + event.actor;
    if (!event.reason.empty()) row += " " + event.reason;
    if (!event.evidence.empty()) row += " signed";
    if (!event.text_kk.empty() || !event.text_ru.empty()) {
      row += " [" + event.text_kk + " | " + event.text_ru + "]";
    }
    rows.push_back(row);
  }
  return joined(rows);
}

template <class Part>
std::function<Text(const Card&)> ofDecision(Part part) {
  return
      [part](const Card& card) { return card.from.decision ? part(*card.from.decision) : Text(); };
}

const std::vector<Column>& columns() {
  using C = const Card&;
  static const std::vector<Column> kColumns = {
      {"reg_number", [](C c) { return c.from.row.reg_number; }},
      {"hub_id", [](C c) { return c.from.row.hub_id; }},
      {"whole_number", wholeOf},
      {"last_part_number", [](C c) { return c.from.last_part; }},
      {"source_system", [](C c) { return c.from.row.source_system; }},
      {"source_id", [](C c) { return c.from.row.source_id; }},
      {"received", [](C c) { return c.received_day; }},
      {"registered", [](C c) { return c.registered_day; }},
      {"due", [](C c) { return c.from.row.due_date; }},
      {"finished", [](C c) { return c.finished_day; }},
      {"state", [](C c) { return c.from.row.state; }},
      {"kind", [](C c) { return c.from.row.kind; }},
      {"special_kind", [](C c) { return orNone(c.from.document.kind_special); }},
      {"form", [](C c) { return c.from.document.form; }},
      {"channel", [](C c) { return c.from.document.channel; }},
      {"character", [](C c) { return c.from.row.character; }},
      {"applicants", applicantsCount},
      {"language", [](C c) { return c.from.row.language; }},
      {"language_class", languageClass},
      {"answer_channel", [](C c) { return joined(c.from.document.answer_channel); }},
      {"applicant_type", [](C c) { return c.applicant ? c.applicant->type : Text(); }},
      {"iin", ofApplicant(&model::Party::iin)},
      {"bin", ofApplicant(&model::Party::bin)},
      {"family", ofNames([](const auto& names) { return names.family; })},
      {"given", ofNames([](const auto& names) { return orNone(names.given); })},
      {"patronymic", ofNames([](const auto& names) { return orNone(names.patronymic); })},
      {"organisation", ofApplicant(&model::Party::org_name)},
      {"organisation_form", ofApplicant(&model::Party::org_form)},
      {"birth_date", ofApplicant(&model::Party::birth_date)},
      {"age", age},
      {"sex", ofApplicant(&model::Party::sex)},
      {"citizenship", ofApplicant(&model::Party::citizenship)},
      {"social_status", ofApplicant(&model::Party::social_status)},
      {"legal_address", ofApplicant(&model::Party::postal_address)},
      {"actual_address", ofApplicant(&model::Party::actual_address)},
      {"phones", [](C c) { return c.applicant ? joined(c.applicant->phone) : Text(); }},
      {"email", [](C c) { return c.applicant ? joined(c.applicant->email) : Text(); }},
      {"representative", [](C c) { return yesNo(c.from.document.representative.has_value()); }},
      {"topic_section", [](C c) { return c.topic ? c.topic->section : Text(); }},
      {"topic_category", [](C c) { return c.topic ? orNone(c.topic->category) : Text(); }},
      {"topic_subcategory", [](C c) { return c.topic ? orNone(c.topic->subcategory) : Text(); }},
      {"kato", [](C c) { return c.from.row.kato; }},
      {"region", regionName},
      {"addressee_bin", [](C c) { return c.from.document.addressee_body.bin; }},
      {"addressee", [](C c) { return c.addressee; }},
      {"executing_bin", [](C c) { return c.from.row.body_bin; }},
      {"executing_body", [](C c) { return c.executing_body; }},
      {"executor", [](C c) { return c.from.row.executor; }},
      {"signer", [](C c) { return c.from.decision ? c.from.decision->official : Text(); }},
      {"contested", ofContested([](const auto& one) { return one.act_or_action; })},
      {"contested_document", ofContested([](const auto& one) { return orNone(one.doc_no); })},
      {"contested_date", ofContested([](const auto& one) { return orNone(one.date); })},
      {"contested_body",
       ofContested([](const auto& one) { return one.body ? one.body->bin : Text(); })},
      {"contested_official", ofContested([](const auto& one) { return orNone(one.official); })},
      {"earlier_appeals", previousAppeals},
      {"repeat", repeatFlag},
      {"duplicate_of", [](C c) { return c.from.duplicate_of; }},
      {"extended", [](C c) { return yesNo(extension(c) != nullptr); }},
      {"extended_until", [](C c) { return extension(c) ? extension(c)->due_date : Text(); }},
      {"hearing_held",
       [](C c) {
         const auto* decision = c.from.decision;
         return yesNo(passed(c, "hearing_held") ||
                      (decision && decision->hearing && decision->hearing->held));
       }},
      {"forwarded_whole", [](C c) { return yesNo(passed(c, "forwarded_full")); }},
      {"forwarded_part", [](C c) { return yesNo(passed(c, "forwarded_part")); }},
      {"complained_of", complainedOf},
      {"lawsuit_number", ofLawsuit(&model::Lawsuit::number)},
      {"lawsuit_court", ofLawsuit(&model::Lawsuit::court)},
      {"lawsuit_date", ofLawsuit(&model::Lawsuit::date)},
      {"outcome", [](C c) { return c.from.row.decision_outcome; }},
      {"answer_character", [](C c) { return c.from.row.decision_character; }},
      {"decided", [](C c) { return c.decided_day; }},
      {"files", [](C c) { return std::to_string(c.from.document.attachments.size()); }},
      // Later columns stand after the earlier ones, whose places readers may count on.
      {"procedure", [](C c) { return c.from.row.procedure; }},
      {"accounted", [](C c) { return yesNo(c.from.document.accounted); }},
      {"urgent", [](C c) { return orNone(c.from.document.urgent_flag); }},
      {"confidentiality", [](C c) { return c.from.document.confidentiality; }},
      {"taken_in_by", takenInBy},
      {"receiver", [](C c) { return ofReceiver(c, [](const auto& by) { return by.name; }); }},
      {"receiver_post",
       [](C c) { return ofReceiver(c, [](const auto& by) { return orNone(by.post); }); }},
      {"residency", residency},
      {"representative_name", representative},
      {"representative_authority",
       [](C c) {
         const auto& one = c.from.document.representative;
         return one ? one->authority_doc.type : Text();
       }},
      {"contacts_confirmed", [](C c) { return yesNo(c.from.document.contacts_confirmed); }},
      {"addressee_official", [](C c) { return orNone(c.from.document.addressee_official); }},
      {"topics", allTopics},
      {"place_address", placeAddress},
      {"term_start", termStart},
      {"extensions", [](C c) { return std::to_string(extensions(c).size()); }},
      {"extended_calendar_days", extendedDays},
      {"controller_check", controllerCheck},
      {"linked_appeals", linked},
      {"decision_grounds", ofDecision([](const auto& one) { return joined(one.ground); })},
      {"decision_law", ofDecision([](const auto& one) { return joined(one.legal_refs); })},
      {"decision_delivered", decisionDelivered},
      {"file_list", fileList},
      {"signatures", signers},
      {"history", history},
      {"nationality", ofApplicant(&model::Party::nationality)},
      {"text", [](C c) { return c.from.document.subject_text; }},
      {"occupation", ofApplicant(&model::Party::occupation)},
      {"organisation_registered", ofApplicant(&model::Party::registered_on)},
      {"organisation_head", ofApplicant(&model::Party::head)},
      {"business_category", ofApplicant(&model::Party::business_category)},
      {"outgoing_number", [](C c) { return orNone(c.from.document.outgoing_number); }},
      {"outgoing_date", [](C c) { return orNone(c.from.document.outgoing_date); }},
      {"lawsuit_id",
       [](C c) {
         const auto& suits = c.from.document.lawsuit;
         return suits.empty() ? Text() : orNone(suits.back().id);
       }},
  };
  return kColumns;
}

Result<Text> dayOf(Instant at, const Text& zone) {
  auto local = toLocal(at, zone);
  if (!local) return local.status();
  return formatDate(local->date);
}

// As it was called that day; of a body that began later its first name, of one that is no more its last.
Text nameOf(const rules::LawBook& law, const Text& bin, const Text& day) {
  const auto date = parseDate(day);
  if (bin.empty() || !date) return {};
  if (const auto* body = law.bodyByBin(bin, *date)) return body->names.ru;
  const rules::Body *before = nullptr, *after = nullptr;
  for (const auto& body : law.data().bodies) {
    if (body.bin != bin) continue;
    const Date from = body.validity.from;
    if (from <= *date && (!before || from > before->validity.from)) before = &body;
    if (from > *date && (!after || from < after->validity.from)) after = &body;
  }
  const auto* nearest = after ? after : before;
  return nearest ? nearest->names.ru : Text();
}

}  // namespace

const std::vector<std::string_view>& cardColumns() {
  static const auto kNames = [] {
    std::vector<std::string_view> names;
    for (const auto& column : columns()) names.push_back(column.name);
    return names;
  }();
  return kNames;
}

Result<std::vector<std::string>> cardOf(const CardSource& source, const rules::LawBook& law) {
  Card card{source, law};
  const auto& document = source.document;
  if (!document.applicant.empty()) card.applicant = &document.applicant.front();
  for (const auto& topic : document.topic) {
    if (!card.topic || topic.primary) card.topic = &topic;
  }
  const Text& zone = law.data().default_zone;
  auto received = dayOf(source.row.received_at, zone);
  if (!received) return received.status();
  card.received_day = *received;
  card.registered_day = source.row.registration_date;
  if (isFinal(source.row.state)) {
    auto finished = dayOf(source.row.state_since, zone);
    if (!finished) return finished.status();
    card.finished_day = *finished;
  }
  // Of the act that stands: a correction of its words has a day of its own, and leaves that of the act (APPC 82(3)).
  if (source.decision) card.decided_day = source.row.decided_on;
  if (source.decision && card.decided_day.empty()) {
    if (auto at = parseInstant(source.decision->decided_at); at.ok()) {
      auto day = dayOf(*at, zone);
      if (!day) return day.status();
      card.decided_day = *day;
    }
  }
  card.executing_body = nameOf(law, source.row.body_bin, card.received_day);
  card.addressee = nameOf(law, document.addressee_body.bin, card.received_day);
  if (card.addressee.empty()) card.addressee = orNone(document.addressee_body.name);
  std::vector<std::string> values;
  values.reserve(columns().size());
  for (const auto& column : columns()) values.push_back(column.value(card));
  return values;
}

Result<std::vector<std::string>> cardFor(store::Store& store, const store::AppealRow& row,
                                         const rules::LawBook& law, const Limits& limits) {
  const auto one_state = store.snapshot();
  auto document = documentOf(store, row.id, limits);
  if (!document) return document.status();
  auto decided = store.newestMessage(row.id, "decision/1");
  if (!decided) return decided.status();
  auto clocks = store.clocks(row.id);
  if (!clocks) return clocks.status();
  auto events = store.events(row.id);
  if (!events) return events.status();
  auto duplicate_of = duplicateOf(store, row.id);
  if (!duplicate_of) return duplicate_of.status();
  std::optional<model::Decision> decision;
  if (decided->has_value() && !row.decision_outcome.empty()) {
    auto message = model::decodeXml((*decided)->body, limits);
    if (!message) return message.status();
    decision = std::move(std::get<model::Decision>(message->payload));
  }
  CardSource source{row, *document, decision ? &*decision : nullptr, *clocks, *events, {}, {}};
  source.duplicate_of = std::move(*duplicate_of);
  const bool split = std::any_of(events->begin(), events->end(), [](const auto& event) {
    return event.to_state == "forwarded_part";
  });
  for (int n = 1; split; ++n) {
    auto number = rules::childNumber(row.reg_number, n);
    if (!number) break;
    auto part = store.findByNumber(*number);
    if (!part) return part.status();
    if (!part->has_value()) break;
    source.last_part = *number;
  }
  return cardOf(source, law);
}

}  // namespace hub::exchange
