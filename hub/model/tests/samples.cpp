#include "hub/model/tests/samples.h"

#include <algorithm>
#include <array>

namespace hub::model::testing {

std::string Sampler::text(std::size_t chars_max, bool xml_special) {
  static const std::array kPlain{"ә", "ғ", "қ", "ң", "ө", "ұ", "ү", "һ",  "і",
                                 "Ә", "Қ", "Я", "ё", "й", "a", "Z", "0",  " ",
                                 ".", "№", "«", "»", "—", "₸", "é", "漢", "😀"};
  static const std::array kSpecial{"<",    ">",    "&",        "\"",          "'", "]]>",
                                   "\n",   "\t",   "\r",       "\\",          "/", "&amp;",
                                   "<!--", "${x}", "\xC2\x85", "\xE2\x80\xA8"};
  const std::size_t n = 1 + below(chars_max);
  std::string out;
  for (std::size_t i = 0; i < n; ++i)
    out += xml_special && chance(0.2) ? kSpecial[below(kSpecial.size())]
                                      : kPlain[below(kPlain.size())];
  return out;
}

std::string Sampler::digits(std::size_t n) {
  std::string out;
  while (out.size() < n) out += static_cast<char>('0' + below(10));
  return out;
}

std::string Sampler::hex(std::size_t n) {
  std::string out;
  while (out.size() < n) out += "0123456789abcdef"[below(16)];
  return out;
}

std::string Sampler::shaped(const FieldDescription& field, const SampleOptions& options) {
  if (field.codes) return std::string(field.codes->codes[below(field.codes->codes.size())]);
  if (field.kind == Kind::kDate)
    return "20" + digits(2) + "-0" + std::to_string(1 + below(9)) + "-17";
  if (field.kind == Kind::kTimestamp)
    return chance(0.5) ? "2026-03-17T05:00:00Z" : "2025-12-31T19:59:59.000001Z";
  switch (field.format) {
    case Format::kUuid:
      return hex(8) + "-" + hex(4) + "-7" + hex(3) + "-8" + hex(3) + "-" + hex(12);
    case Format::kIin:
    case Format::kBin:
      return digits(12);
    case Format::kKato:
      return digits(9);
    case Format::kRegNumber:
      return "ЖТ-2026-" + digits(8) + (chance(0.3) ? "/" + digits(2) : "");
    case Format::kEmail:
      return hex(6) + "@example.kz";
    case Format::kPhone:
      return "+7 700 " + digits(7);
    case Format::kSha256:
      return hex(64);
    case Format::kSlug:
      return "word_" + hex(3);
    case Format::kBase64:
      return "MIIB" + hex(8) + "0g==";
    case Format::kMime:
      return "application/vnd.x-" + hex(3) + "+xml";
    case Format::kCountry:
      return "KAZ";
    case Format::kOid:
      return "1.2.398.3." + std::to_string(below(99));
    case Format::kHex:
      return hex(16);
    case Format::kNone:
      break;
  }
  // The length limit now and then exactly; special items are up to five characters long.
  if (chance(0.02) && field.length_max <= 4000) {
    std::string out;
    for (std::size_t i = 0; i < field.length_max; ++i) out += "ұ";
    return out;
  }
  return text(std::min(options.chars_max, field.length_max / 6), true);
}

void Sampler::value(const FieldDescription& field, void* slot, const SampleOptions& options) {
  switch (field.kind) {
    case Kind::kStruct:
      return fill(field.sub(), slot, options);
    case Kind::kBool:
      *static_cast<bool*>(slot) = chance(0.5);
      return;
    case Kind::kInt: {
      const auto min = static_cast<std::int64_t>(std::max(field.min, -9e15));
      const auto max = static_cast<std::int64_t>(std::min(field.max, 9e15));
      const auto span = static_cast<std::size_t>(max - min) + 1;
      *static_cast<std::int64_t*>(slot) = min + static_cast<std::int64_t>(below(span));
      return;
    }
    case Kind::kDouble: {
      const double min = std::max(field.min, -1e6), max = std::min(field.max, 1e6);
      *static_cast<double*>(slot) =
          min + (max - min) * static_cast<double>(random_() % 1'000'003) / 1'000'003;
      return;
    }
    default:
      *static_cast<std::string*>(slot) = shaped(field, options);
  }
}

UnknownField Sampler::unknown(const SampleOptions& options) {
  const std::string name = "newer" + std::to_string(next_unknown_++);
  switch (options.family) {
    case UnknownField::Family::kXml:
      return {options.family, name,
              "<n:" + name +
                  " xmlns:n=\"urn:example:next\" a=\"1\"><n:қ>&lt;өң&gt;</n:қ></n:" + name + ">"};
    case UnknownField::Family::kJson:
      return {options.family, name,
              "{\"b\":{\"c\":\"\"},\"қ\":[1,-2,3.5,true,null,{},[],\"a\\\"\\n<&]]>\\u0001\"]}"};
    case UnknownField::Family::kThrift:
      break;
  }
  // Field 3000 + n: a list of two strings.
  const auto id = static_cast<unsigned>(3000 + next_unknown_);
  std::string raw{'\x0f', static_cast<char>(id >> 8), static_cast<char>(id & 0xFF)};
  raw += std::string("\x0b\0\0\0\2\0\0\0\1x\0\0\0\0", 14);
  return {options.family, std::to_string(id), raw};
}

void Sampler::fill(const TypeDescription& type, void* object, const SampleOptions& options) {
  for (const FieldDescription& field : type.fields) {
    if (!field.mandatory && !chance(options.fill)) continue;
    std::size_t n = 1;
    if (field.repeated)
      n = std::max<std::size_t>(below(options.items_max + 1), field.mandatory ? 1 : 0);
    for (std::size_t i = 0; i < n; ++i) value(field, field.append(object), options);
  }
  if (options.unknown && chance(0.3)) type.unknown(object).push_back(unknown(options));
}

Message Sampler::message(std::size_t index, const SampleOptions& options) {
  const PayloadDescription& p = payloads()[index];
  Message message;
  fill(describe<Envelope>(), &message.envelope, options);
  message.envelope.type = p.type;
  fill(p.describe(), p.emplace(message.payload), options);
  if (options.unknown && chance(0.3)) message.unknown.push_back(unknown(options));
  return message;
}

}  // namespace hub::model::testing
