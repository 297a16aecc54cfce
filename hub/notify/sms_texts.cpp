#include "hub/notify/sms_texts.h"

#include <algorithm>
#include <array>
#include <map>

#include "hub/base/text.h"
#include "hub/exchange/event_texts.h"
#include "hub/rules/law_section.h"
#include "hub/rules/number.h"

namespace hub::notify {
namespace {

using rules::loading::lineOf;
using rules::loading::Section;
using rules::loading::Source;

constexpr const char* kBad = "notify.bad_texts";
constexpr std::size_t kFileBytesMax = 256 * 1024;
constexpr std::array<std::string_view, 3> kPlaceholders = {"{number}", "{due}", "{body}"};
constexpr std::array<std::string_view, 3> kLanguages = {"kk", "ru", "en"};

// The longest that are usual: a part's number, a body's name that is not cut.
SmsValues longestUsual() {
  return {"ЖТ-2026-01234567/99",
          "2026-12-31",
          {"Қаржы министрлігі ҚР", "Министерство финанс.", "Ministry of Finances"}};
}

void replaceAll(std::string& text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string filled(const SmsText& text, std::string_view language, const SmsValues& values) {
  std::string out = text.text.in(language);
  replaceAll(out, "{number}",
             language == "en" ? rules::toAsciiNumber(values.number) : values.number);
  replaceAll(out, "{due}", exchange::spokenDate(values.due));
  replaceAll(out, "{body}", values.body.in(language));
  return out;
}

// What is wrong with one language of a text, "" if nothing is.
std::string problemOf(const SmsText& text, std::string_view language) {
  std::string rest = text.text.in(language);
  for (const auto placeholder : kPlaceholders) replaceAll(rest, placeholder, "");
  if (rest.find_first_of("{}") != std::string::npos) {
    return "has a placeholder other than {number}, {due} and {body}";
  }
  if (text.text.in(language).find("{number}") == std::string::npos) return "does not hold {number}";
  if (!isUtf8(rest) || rest.find_first_of("\r\n\t") != std::string::npos) {
    return "must be one line of text";
  }
  const std::string longest = filled(text, language, longestUsual());
  if (language == "en" && !isSevenBit(longest)) return "must be plain English letters";
  if (!fitsOneSms(longest)) {
    return "does not fit one SMS: " + std::to_string(utf8Length(longest)) +
           " characters with the longest usual values";
  }
  return {};
}

SmsText readText(const Source& source, const YAML::Node& node,
                 const std::function<bool(std::string_view)>& known) {
  Section section(source, node);
  SmsText text;
  text.kind = section.text("kind");
  text.events = section.list("events");
  text.due_of = section.textOr("due_of", "");
  text.unless_addressee = section.flag("unless_addressee");
  text.tells_extension = section.flag("tells_extension");
  text.tells_forwarding = section.flag("tells_forwarding");
  text.text = {section.text("kk"), section.text("ru"), section.text("en")};
  section.finish();
  if (text.events.empty()) source.fail(kBad, section.line(), "'events' names no event");
  for (const auto& event : text.events) {
    if (!known(event)) {
      source.fail(kBad, lineOf(section.maybe("events")), "the hub has no event '" + event + "'");
    }
  }
  for (const auto language : kLanguages) {
    const std::string key(language);
    if (text.text.in(language).empty()) continue;  // told already
    if (auto problem = problemOf(text, language); !problem.empty()) {
      source.fail(kBad, lineOf(section.maybe(key)), "'" + key + "' " + problem);
    }
  }
  return text;
}

// Rows of one event belong together, and one of them can always be filled with a body.
void checkEvents(const Source& source, const std::vector<SmsText>& texts,
                 const std::vector<int>& lines) {
  struct Seen {
    std::string kind;
    int line = 0;
    bool without_body = false;
  };
  std::map<std::string, Seen> events;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (const auto& event : texts[i].events) {
      auto& seen = events.try_emplace(event, Seen{texts[i].kind, lines[i], false}).first->second;
      if (seen.kind != texts[i].kind) {
        source.fail(kBad, lines[i],
                    "'" + event + "' is told as '" + seen.kind + "' in line " +
                        std::to_string(seen.line) + " and as '" + texts[i].kind + "' here");
      }
      seen.without_body = seen.without_body || !texts[i].wants("{body}");
    }
  }
  for (const auto& [event, seen] : events) {
    if (seen.without_body) continue;
    source.fail(kBad, seen.line,
                "'" + event + "' needs a text without {body}, for a name that is too long");
  }
}

}  // namespace

bool SmsText::wants(std::string_view placeholder) const {
  return std::any_of(kLanguages.begin(), kLanguages.end(), [&](auto language) {
    return text.in(language).find(placeholder) != std::string::npos;
  });
}

Result<SmsTexts> SmsTexts::load(const std::string& file,
                                const std::function<bool(std::string_view)>& known) {
  auto bytes = readFile(file, kFileBytesMax);
  if (!bytes) return bytes.status();
  std::vector<Error> errors;
  const Source source{file, &errors};
  SmsTexts texts;
  std::vector<int> lines;
  try {
    const YAML::Node document = YAML::Load(*bytes);
    Section section(source, document);
    Section::eachItem(source, section.need("texts"), [&](const YAML::Node& node) {
      texts.texts_.push_back(readText(source, node, known));
      lines.push_back(lineOf(node));
    });
    section.finish();
    checkEvents(source, texts.texts_, lines);
  } catch (const YAML::Exception& e) {
    source.fail(kBad, e.mark.line + 1, e.msg);
  }
  if (!errors.empty()) return Status(std::move(errors));
  return texts;
}

std::string SmsTexts::keyOf(const store::EventRow& event) const {
  // The way of a complaint that was sent up is no forwarding by competence, and one message tells of both.
  constexpr const char* kWentUp = "routed/sent_to_higher";
  if (event.type == "routed" && event.from_state == "sent_to_higher" && !of(kWentUp).empty()) {
    return kWentUp;
  }
  std::string exact = event.type + "/" + event.reason;
  if (!of(exact).empty()) return exact;
  return of(event.type).empty() ? std::string() : event.type;
}

std::vector<const SmsText*> SmsTexts::of(std::string_view key) const {
  std::vector<const SmsText*> found;
  for (const auto& text : texts_) {
    if (std::find(text.events.begin(), text.events.end(), key) != text.events.end()) {
      found.push_back(&text);
    }
  }
  return found;
}

std::optional<std::string> fillSms(const SmsText& text, std::string_view language,
                                   const SmsValues& values) {
  if (values.number.empty() || (text.wants("{due}") && values.due.empty()) ||
      (text.wants("{body}") && values.body.in(language).empty())) {
    return std::nullopt;
  }
  std::string out = filled(text, language, values);
  if (!fitsOneSms(out)) return std::nullopt;
  return out;
}

bool isSevenBit(std::string_view text) {
  // The backquote is not in the alphabet; the others of the second set count for two characters.
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && std::string_view("`[]{}\\^~|").find(c) == std::string_view::npos;
  });
}

bool fitsOneSms(std::string_view text) {
  constexpr std::size_t kSevenBitMax = 160, kUcs2Max = 70;
  if (isSevenBit(text)) return text.size() <= kSevenBitMax;
  // A four-byte character is none of UCS-2.
  const bool ucs2 = std::none_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
  return ucs2 && utf8Length(text) <= kUcs2Max;
}

std::string languageOfSms(std::string_view appeal_language) {
  return appeal_language == "ru" || appeal_language == "en" ? std::string(appeal_language) : "kk";
}

}  // namespace hub::notify
