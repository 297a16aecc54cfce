// Model ⇄ Thrift binary protocol, written and read directly by field ids, so that no generated type
// is needed; a test holds it against code generated from contracts/appeal/appeal.thrift. Source of
// the wire format: Apache Thrift, "Thrift Binary protocol encoding".
#include <bit>
#include <cmath>

#include "hub/base/text.h"
#include "hub/model/codec.h"
#include "hub/model/codec_common.h"

namespace hub::model {
namespace {

enum Wire : std::uint8_t {
  kStop = 0,
  kWireBool = 2,
  kByte = 3,
  kWireDouble = 4,
  kI16 = 6,
  kI32 = 8,
  kI64 = 10,
  kWireString = 11,
  kWireStruct = 12,
  kMap = 13,
  kSet = 14,
  kList = 15,
};

Wire wireOf(Kind kind) {
  switch (kind) {
    case Kind::kInt:
      return kI64;
    case Kind::kDouble:
      return kWireDouble;
    case Kind::kBool:
      return kWireBool;
    case Kind::kStruct:
      return kWireStruct;
    default:
      return kWireString;
  }
}

template <class T>
void putNumber(std::string& out, T value) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
    out += static_cast<char>((value >> shift) & 0xFF);
}

void putHeader(std::string& out, Wire wire, std::int16_t id) {
  out += static_cast<char>(wire);
  putNumber(out, static_cast<std::uint16_t>(id));
}

void putStruct(std::string& out, const TypeDescription& type, const void* object);

void putValue(std::string& out, const FieldDescription& field, const void* value) {
  switch (field.kind) {
    case Kind::kStruct:
      return putStruct(out, field.sub(), value);
    case Kind::kInt:
      return putNumber(out, static_cast<std::uint64_t>(*static_cast<const std::int64_t*>(value)));
    case Kind::kDouble:
      return putNumber(out, std::bit_cast<std::uint64_t>(*static_cast<const double*>(value)));
    case Kind::kBool:
      out += *static_cast<const bool*>(value) ? '\1' : '\0';
      return;
    default:
      break;
  }
  const auto& text = *static_cast<const std::string*>(value);
  putNumber(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

void putUnknown(std::string& out, const Unknown& unknown) {
  for (const UnknownField& u : unknown)
    if (u.family == UnknownField::Family::kThrift) out += u.raw;
}

void putStruct(std::string& out, const TypeDescription& type, const void* object) {
  for (const FieldDescription& field : type.fields) {
    const std::size_t n = field.count(object);
    if (n == 0) continue;
    putHeader(out, field.repeated ? kList : wireOf(field.kind), field.thrift_id);
    if (field.repeated) {
      out += static_cast<char>(wireOf(field.kind));
      putNumber(out, static_cast<std::uint32_t>(n));
    }
    for (std::size_t i = 0; i < n; ++i) putValue(out, field, field.at(object, i));
  }
  putUnknown(out, type.unknown(const_cast<void*>(object)));
  out += static_cast<char>(kStop);
}

// Reads with every size checked against what is left. The first broken byte ends the reading.
class Reader {
 public:
  Reader(std::string_view bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

  bool message(Message& message);
  bool atEnd() const { return position_ == bytes_.size(); }
  bool havePayload() const { return have_payload_; }
  Problems& problems() { return problems_; }

 private:
  struct Header {
    Wire wire = kStop;
    std::int16_t id = 0;
    std::size_t start = 0;
  };

  bool fail(std::string_view code, std::string_view text, const Path& at) {
    problems_.add(code, text, at);
    return false;
  }
  bool need(std::size_t n, const Path& at) {
    if (bytes_.size() - position_ >= n) return true;
    return fail("model.truncated", "The bytes end too early", at);
  }
  template <class T>
  bool number(T& value, const Path& at) {
    if (!need(sizeof(T), at)) return false;
    value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>((value << 8) | static_cast<unsigned char>(bytes_[position_ + i]));
    position_ += sizeof(T);
    return true;
  }
  bool header(Header& h, const Path& at) {
    h.start = position_;
    std::uint8_t wire = 0;
    std::uint16_t id = 0;
    if (!number(wire, at)) return false;
    h.wire = static_cast<Wire>(wire);
    if (wire != kStop && !number(id, at)) return false;
    h.id = static_cast<std::int16_t>(id);
    return true;
  }
  bool bytes(std::string_view& out, const Path& at) {
    std::uint32_t size = 0;
    if (!number(size, at)) return false;
    if (size > 0x7FFFFFFF) return fail("model.bad_thrift", "A negative length", at);
    if (!need(size, at)) return false;
    out = bytes_.substr(position_, size);
    position_ += size;
    return true;
  }
  bool structure(const TypeDescription& type, void* object, const Path& at, int depth);
  bool field(const Header& h, const FieldDescription& field, void* object, const Path& at,
             int depth);
  bool value(const FieldDescription& field, void* object, const Path& at, int depth);
  bool list(const FieldDescription& field, void* object, const Path& at, int depth);
  bool skip(Wire wire, const Path& at, int depth);
  bool skipMany(std::size_t n, std::initializer_list<Wire> wires, const Path& at, int depth);
  bool unknown(const Header& h, Unknown& unknown, const Path& at, int depth) {
    if (!skip(h.wire, at, depth)) return false;
    unknown.push_back({UnknownField::Family::kThrift, std::to_string(h.id),
                       std::string(bytes_.substr(h.start, position_ - h.start))});
    return true;
  }

  std::string_view bytes_;
  const Limits& limits_;
  std::size_t position_ = 0;
  std::size_t nodes_ = 0;
  bool have_payload_ = false;
  Problems problems_;
};

bool Reader::skipMany(std::size_t n, std::initializer_list<Wire> wires, const Path& at, int depth) {
  if (n > 0x7FFFFFFF) return fail("model.bad_thrift", "A negative length", at);
  for (std::size_t i = 0; i < n; ++i)
    for (Wire wire : wires)
      if (!skip(wire, at, depth + 1)) return false;
  return true;
}

bool Reader::skip(Wire wire, const Path& at, int depth) {
  if (depth > limits_.xml_depth_max) return fail("model.too_deep", "Nested too deep", at);
  if (++nodes_ > limits_.xml_nodes_max) return fail("model.too_large", "Too many fields", at);
  std::size_t width = 0;
  switch (wire) {
    case kWireBool:
    case kByte:
      width = 1;
      break;
    case kI16:
      width = 2;
      break;
    case kI32:
      width = 4;
      break;
    case kI64:
    case kWireDouble:
      width = 8;
      break;
    case kWireString: {
      std::string_view ignored;
      return bytes(ignored, at);
    }
    case kWireStruct:
      for (Header h;;) {
        if (!header(h, at)) return false;
        if (h.wire == kStop) return true;
        if (!skip(h.wire, at, depth + 1)) return false;
      }
    case kMap: {
      std::uint8_t key = 0, item = 0;
      std::uint32_t n = 0;
      return number(key, at) && number(item, at) && number(n, at) &&
             skipMany(n, {static_cast<Wire>(key), static_cast<Wire>(item)}, at, depth);
    }
    case kSet:
    case kList: {
      std::uint8_t item = 0;
      std::uint32_t n = 0;
      return number(item, at) && number(n, at) && skipMany(n, {static_cast<Wire>(item)}, at, depth);
    }
    default:
      return fail("model.bad_thrift", "An unknown wire type", at);
  }
  if (!need(width, at)) return false;
  position_ += width;
  return true;
}

bool Reader::value(const FieldDescription& field, void* object, const Path& at, int depth) {
  if (++nodes_ > limits_.xml_nodes_max) return fail("model.too_large", "Too many fields", at);
  void* slot = field.append(object);
  switch (field.kind) {
    case Kind::kStruct:
      return structure(field.sub(), slot, at, depth + 1);
    case Kind::kInt: {
      std::uint64_t bits = 0;
      if (!number(bits, at)) return false;
      *static_cast<std::int64_t*>(slot) = static_cast<std::int64_t>(bits);
      return true;
    }
    case Kind::kDouble: {
      std::uint64_t bits = 0;
      if (!number(bits, at)) return false;
      double real = std::bit_cast<double>(bits);
      if (!std::isfinite(real)) return fail("model.bad_value", "Not a finite number", at);
      *static_cast<double*>(slot) = real;
      return true;
    }
    case Kind::kBool: {
      std::uint8_t byte = 0;
      if (!number(byte, at)) return false;
      *static_cast<bool*>(slot) = byte != 0;
      return true;
    }
    default:
      break;
  }
  std::string_view text;
  if (!bytes(text, at)) return false;
  if (!isUtf8(text)) return fail("model.bad_charset", "Text is UTF-8", at);
  if (!storeString(field, text, *static_cast<std::string*>(slot)))
    return fail("model.bad_value", "Not a value of this field's type", at);
  return true;
}

bool Reader::list(const FieldDescription& field, void* object, const Path& at, int depth) {
  std::uint8_t wire = 0;
  std::uint32_t n = 0;
  Path here{&at, field.name};
  if (!number(wire, here) || !number(n, here)) return false;
  if (n > 0 && wire != wireOf(field.kind))
    return fail("model.bad_value", "Not a value of this field's type", here);
  if (n > limits_.list_items_max)
    return fail("model.too_many", "More items than list_items_max", here);
  for (std::uint32_t i = 0; i < n; ++i)
    if (!value(field, object, Path{&at, field.name, static_cast<long>(i)}, depth)) return false;
  return true;
}

bool Reader::field(const Header& h, const FieldDescription& field, void* object, const Path& at,
                   int depth) {
  const Wire expected = field.repeated ? kList : wireOf(field.kind);
  if (h.wire != expected)
    return fail("model.bad_value", "Not a value of this field's type", Path{&at, field.name});
  if (field.repeated) return list(field, object, at, depth);
  return value(field, object, Path{&at, field.name}, depth);
}

bool Reader::structure(const TypeDescription& type, void* object, const Path& at, int depth) {
  if (depth > limits_.xml_depth_max) return fail("model.too_deep", "Nested too deep", at);
  std::uint64_t seen = 0;
  for (Header h;;) {
    if (!header(h, at)) return false;
    if (h.wire == kStop) {
      reportAbsentNumbers(type, seen, at, problems_);
      return true;
    }
    const FieldDescription* known = type.find(static_cast<int>(h.id));
    if (!known) {
      if (!unknown(h, type.unknown(object), at, depth)) return false;
      continue;
    }
    const std::uint64_t bit = std::uint64_t{1} << indexOf(type, *known);
    if (seen & bit)
      return fail("model.repeated", "A single field stands twice", Path{&at, known->name});
    seen |= bit;
    if (!field(h, *known, object, at, depth)) return false;
  }
}

bool Reader::message(Message& message) {
  const Path top{nullptr, "message"};
  bool have_envelope = false;
  for (Header h;;) {
    if (!header(h, top)) return false;
    if (h.wire == kStop) return true;
    const PayloadDescription* p = nullptr;
    for (const PayloadDescription& candidate : payloads())
      if (candidate.thrift_id == h.id) p = &candidate;
    if (h.id != 1 && !p) {
      if (!unknown(h, message.unknown, top, 1)) return false;
      continue;
    }
    const Path here{nullptr, p ? p->element : "envelope"};
    if (h.wire != kWireStruct) return fail("model.bad_value", "A struct is expected", here);
    if (p ? have_payload_ : have_envelope)
      return fail("model.repeated", "One envelope and one payload only", here);
    (p ? have_payload_ : have_envelope) = true;
    const bool ok = p ? structure(p->describe(), p->emplace(message.payload), here, 1)
                      : structure(describe<Envelope>(), &message.envelope, here, 1);
    if (!ok) return false;
  }
}

}  // namespace

std::string encodeThrift(const Message& message) {
  const PayloadDescription& p = payloadOf(message.payload);
  std::string out;
  out.reserve(4096);
  putHeader(out, kWireStruct, 1);
  putStruct(out, describe<Envelope>(), &message.envelope);
  putHeader(out, kWireStruct, p.thrift_id);
  putStruct(out, p.describe(), payloadObject(message.payload));
  putUnknown(out, message.unknown);
  out += static_cast<char>(kStop);
  return out;
}

Result<Message> decodeThrift(std::string_view bytes, const Limits& limits) {
  if (bytes.size() > limits.body_bytes_max)
    return Status::failure("model.too_large", "The message is larger than body_bytes_max");
  Message message;
  Reader reader(bytes, limits);
  if (!reader.message(message) || !reader.problems().empty())
    return std::move(reader.problems()).status();
  if (!reader.atEnd())
    return Status::failure("model.bad_thrift", "Bytes follow the end of the message");
  if (!reader.havePayload())
    return Status::failure("model.unknown_type", "The message holds no payload that is known");
  return message;
}

}  // namespace hub::model
