// JSON → model: a SAX reader that fills structs by the field descriptions; no document tree is
// built.
#include <algorithm>
#include <deque>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "hub/base/text.h"
#include "hub/model/charset.h"
#include "hub/model/codec.h"
#include "hub/model/codec_common.h"

namespace hub::model {
namespace {

using Json = nlohmann::json;

// One open object or array. An array frame works for the owner's field; its items are the slots.
struct Frame {
  const TypeDescription* type = nullptr;  // null: the message object itself
  void* object = nullptr;
  bool array = false;
  const FieldDescription* field = nullptr;  // pending member, or what an array holds
  std::uint64_t seen = 0;
  std::size_t hint = 0;
  std::string key;  // pending unknown member or message member
  Path at;
};

int lineAt(std::string_view document, std::size_t position) {
  auto end = document.begin() + static_cast<long>(std::min(position, document.size()));
  return 1 + static_cast<int>(std::count(document.begin(), end, '\n'));
}

const TypeDescription& onlyUnknown() {
  static const TypeDescription kType = [] {
    TypeDescription type;
    type.unknown = [](void* object) -> Unknown& { return *static_cast<Unknown*>(object); };
    return type;
  }();
  return kType;
}

// Where brackets stand deeper than `depth_max`; the reader is not told where it reads.
int lineOfDepth(std::string_view document, int depth_max) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++i;
    if (in_string) continue;
    if (c == '}' || c == ']') --depth;
    if ((c == '{' || c == '[') && ++depth > depth_max) return lineAt(document, i);
  }
  return 0;
}

class Reader final : public nlohmann::json_sax<Json> {
 public:
  // `members_bytes`: what was kept of unknown members so far.
  Reader(std::string_view document, const Limits& limits, const PayloadDescription* bare,
         std::size_t& members_bytes)
      : document_(document), limits_(limits), bare_(bare), members_bytes_(members_bytes) {}
  // Unknown members only, of an object of their own.
  void readInto(Unknown& members, const Path& at) {
    members_only_ = &members;
    members_at_ = at;
  }
  // Gives up, and says so, where the bare payload turns out to be a message.
  void stopAtEnvelope() { stops_at_envelope_ = true; }
  bool sawEnvelope() const { return whole_; }

  bool null() override {
    if (skipping()) return skip("null");
    if (frames_.empty()) return refuse("model.bad_json", "An object is expected");
    if (top().array || !top().field) wrongType();  // a null single member is an absent one
    return true;
  }
  bool boolean(bool value) override {
    if (skipping()) return skip(value ? "true" : "false");
    void* slot = scalar(Kind::kBool);
    if (slot) *static_cast<bool*>(slot) = value;
    return true;
  }
  bool number_integer(std::int64_t value) override {
    if (skipping()) return skip(std::to_string(value));
    return integer(value, true);
  }
  bool number_unsigned(std::uint64_t value) override {
    if (skipping()) return skip(std::to_string(value));
    const bool fits = value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return integer(fits ? static_cast<std::int64_t>(value) : 0, fits);
  }
  bool number_float(double value, const std::string& text) override {
    if (skipping()) return skip(text);
    void* slot = scalar(Kind::kDouble);
    if (slot) *static_cast<double*>(slot) = value;
    return true;
  }
  bool string(std::string& value) override {
    if (skipping()) {
      std::string quoted;
      appendJsonText(quoted, value);
      return skip(quoted);
    }
    if (frames_.empty()) return refuse("model.bad_json", "An object is expected");
    const FieldDescription* field = top().field;
    const bool text = field && field->kind != Kind::kInt && field->kind != Kind::kDouble &&
                      field->kind != Kind::kBool && field->kind != Kind::kStruct;
    void* slot = text ? take() : nullptr;
    if (!text)
      wrongType();
    else if (slot && !storeString(*field, value, *static_cast<std::string*>(slot)))
      wrongType();
    return true;
  }
  bool binary(Json::binary_t&) override { return refuse("model.bad_json", "Not JSON"); }

  bool start_object(std::size_t) override {
    if (++depth_ > limits_.json_depth_max) return refuseDepth();
    if (skipping()) return open('{');
    if (frames_.empty()) return openRoot();
    Frame& parent = top();
    if (!parent.type) return openMessageMember(parent);
    if (!parent.field || parent.field->kind != Kind::kStruct) return beginRefused('{');
    const FieldDescription* field = parent.field;
    Path at = valuePath();
    void* slot = take();
    if (!slot) return beginRefused('{');
    Frame frame;
    frame.type = &field->sub();
    frame.object = slot;
    frame.at = at;
    return push(std::move(frame));
  }
  bool key(std::string& name) override {
    if (skipping()) {
      if (collect(name.size())) raw_.levels.back().key = name;
      return true;
    }
    if (stops_at_envelope_ && frames_.size() == 1 && name == "envelope") {
      whole_ = true;
      return false;
    }
    Frame& frame = top();
    frame.key = name;
    frame.field = nullptr;
    if (!frame.type) return messageKey(frame);
    frame.field = findField(*frame.type, name, frame.hint);
    if (!frame.field) {
      beginUnknown(name);
      return true;
    }
    const std::uint64_t bit = std::uint64_t{1} << indexOf(*frame.type, *frame.field);
    if (frame.seen & bit)
      problems_.add("model.repeated", "A member stands twice", Path{&frame.at, frame.field->name});
    if (frame.seen & bit) beginDiscard();
    frame.seen |= bit;
    return true;
  }
  bool end_object() override {
    --depth_;
    if (skipping()) return close();
    if (top().type) reportAbsentNumbers(*top().type, top().seen, top().at, problems_);
    frames_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    if (++depth_ > limits_.json_depth_max) return refuseDepth();
    if (skipping()) return open('[');
    if (frames_.empty()) return refuse("model.bad_json", "An object is expected");
    Frame& parent = top();
    if (parent.array || !parent.field || !parent.field->repeated) return beginRefused('[');
    Frame frame;
    frame.type = parent.type;
    frame.object = parent.object;
    frame.array = true;
    frame.field = parent.field;
    frame.at = Path{&parent.at, parent.field->name};
    return push(std::move(frame));
  }
  bool end_array() override {
    --depth_;
    if (skipping()) return close();
    frames_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    failed_at_ = position;
    return false;
  }

  Message message;
  bool havePayload() const { return have_payload_; }
  std::size_t failedAt() const { return failed_at_; }
  Problems& problems() { return problems_; }

 private:
  // Re-writes the value of an unknown member as it comes by, objects with their members by name: JSON
  // knows no order, and the same content must read the same.
  struct Raw {
    struct Level {
      bool object = false;
      std::string key, text;                                   // of an array: the items
      std::vector<std::pair<std::string, std::string>> parts;  // of an object
    };
    std::string text;  // once `levels` is empty
    std::vector<Level> levels;
    void open(bool object) {
      levels.emplace_back();
      levels.back().object = object;
    }
    void value(std::string_view written) {
      if (levels.empty()) {
        text = written;
      } else if (Level& level = levels.back(); level.object) {
        level.parts.emplace_back(std::move(level.key), written);
      } else {
        if (!level.text.empty()) level.text += ',';
        level.text += written;
      }
    }
    void close() {
      Level level = std::move(levels.back());
      levels.pop_back();
      if (!level.object) return value("[" + level.text + "]");
      std::stable_sort(level.parts.begin(), level.parts.end(),
                       [](const auto& x, const auto& y) { return x.first < y.first; });
      std::string out = "{";
      for (const auto& [name, written] : level.parts) {
        if (out.size() > 1) out += ',';
        appendJsonText(out, name);
        out.append(1, ':').append(written);
      }
      value(out + "}");
    }
  };

  Frame& top() { return frames_.back(); }
  bool skipping() const { return skip_; }
  bool refuse(std::string_view code, std::string_view text) {
    problems_.add(code, text, frames_.empty() ? Path{nullptr, ""} : frames_.back().at);
    return false;
  }
  bool refuseDepth() {
    problems_.add("model.too_deep", "Nested too deep",
                  frames_.empty() ? Path{nullptr, ""} : frames_.back().at,
                  lineOfDepth(document_, limits_.json_depth_max));
    return false;
  }
  bool push(Frame frame) {
    frames_.push_back(std::move(frame));
    return true;
  }

  Path valuePath() {
    Frame& frame = top();
    if (!frame.array) return Path{&frame.at, frame.field ? frame.field->name : frame.key};
    // Arrays are fields: the item's path hangs below the object that holds the array.
    return Path{frame.at.parent, frame.field->name,
                static_cast<long>(frame.field->count(frame.object))};
  }
  void wrongType() {
    problems_.add("model.bad_value", "Not a value of this field's type", valuePath());
  }
  // The slot for one value of the pending field; null after an error.
  void* take() {
    Frame& frame = top();
    const FieldDescription& field = *frame.field;
    if (field.repeated && !frame.array) {
      wrongType();
      return nullptr;
    }
    if (frame.array && field.count(frame.object) >= limits_.list_items_max) {
      problems_.add("model.too_many", "More items than list_items_max", valuePath());
      return nullptr;
    }
    return field.append(frame.object);
  }
  void* scalar(Kind kind) {
    if (frames_.empty() || !top().field || top().field->kind != kind) {
      if (frames_.empty())
        problems_.add("model.bad_json", "An object is expected", Path{nullptr, ""});
      else
        wrongType();
      return nullptr;
    }
    return take();
  }
  bool integer(std::int64_t value, bool fits) {
    const bool real = !frames_.empty() && top().field && top().field->kind == Kind::kDouble;
    if (!fits) {
      if (frames_.empty()) return refuse("model.bad_json", "An object is expected");
      wrongType();
      return true;
    }
    void* slot = scalar(real ? Kind::kDouble : Kind::kInt);
    if (slot && real) *static_cast<double*>(slot) = static_cast<double>(value);
    if (slot && !real) *static_cast<std::int64_t*>(slot) = value;
    return true;
  }

  bool openRoot() {
    Frame frame;
    if (members_only_) {
      frame.type = &onlyUnknown();
      frame.object = members_only_;
      frame.at = members_at_;
    } else if (bare_) {
      frame.type = &bare_->describe();
      frame.object = bare_->emplace(message.payload);
      frame.at = Path{nullptr, bare_->element};
      message.envelope.type = bare_->type;
      have_payload_ = true;
    }
    return push(std::move(frame));
  }
  bool messageKey(Frame& frame) {
    const PayloadDescription* p = payloadByElement(frame.key);
    const bool envelope = frame.key == "envelope";
    const bool twice = (envelope && have_envelope_) || (p && have_payload_);
    if (twice) {
      problems_.add("model.repeated", "One envelope and one payload only",
                    Path{nullptr, frame.key});
      beginDiscard();
    } else if (!p && !envelope) {
      beginUnknown(frame.key);
    }
    return true;
  }
  bool openMessageMember(Frame& frame) {
    const PayloadDescription* p = payloadByElement(frame.key);
    Frame next;
    if (p) {
      have_payload_ = true;
      next.type = &p->describe();
      next.object = p->emplace(message.payload);
      next.at = Path{nullptr, p->element};
    } else {
      have_envelope_ = true;
      next.type = &describe<Envelope>();
      next.object = &message.envelope;
      next.at = Path{nullptr, "envelope"};
    }
    return push(std::move(next));
  }

  void begin(Unknown* into, std::string_view name) {
    skip_ = true;
    skip_depth_ = 0;
    into_ = into;
    raw_ = Raw{};
    raw_name_ = name;
    if (into) collect(name.size());
  }
  void beginUnknown(std::string_view name) {
    Frame& frame = top();
    Unknown& into = frame.type ? frame.type->unknown(frame.object) : message.unknown;
    const Path at{&frame.at, name};
    if (into.size() >= limits_.list_items_max) {
      problems_.add("model.too_many", "More unknown members than list_items_max", frame.at);
    } else if (std::any_of(into.begin(), into.end(), [&](auto& u) { return u.name == name; })) {
      problems_.add("model.repeated", "A member stands twice", at);
    } else {
      return begin(&into, name);
    }
    beginDiscard();
  }
  void beginDiscard() { begin(nullptr, {}); }
  // False once the document holds more of what is unknown than is kept.
  bool collect(std::size_t bytes) {
    members_bytes_ += bytes;
    if (!into_ || members_bytes_ <= kMembersBytesMax) return into_ != nullptr;
    problems_.add("model.too_large", "More unknown members than are kept", top().at);
    into_ = nullptr;
    return false;
  }
  // A whole object or array where another kind of value belongs.
  bool beginRefused(char bracket) {
    wrongType();
    beginDiscard();
    return open(bracket);
  }
  bool open(char bracket) {
    ++skip_depth_;
    if (collect(2)) raw_.open(bracket == '{');
    return true;
  }
  bool close() {
    if (into_) raw_.close();
    return --skip_depth_ > 0 || finishSkip();
  }
  bool skip(std::string_view text) {
    if (collect(text.size())) raw_.value(text);
    return skip_depth_ > 0 || finishSkip();
  }
  bool finishSkip() {
    skip_ = false;
    if (!into_) return true;
    UnknownField field{UnknownField::Family::kJson, raw_name_, std::move(raw_.text)};
    const auto place =
        std::upper_bound(into_->begin(), into_->end(), field,
                         [](const auto& x, const auto& y) { return x.name < y.name; });
    into_->insert(place, std::move(field));
    return true;
  }

  const std::string_view document_;
  const Limits& limits_;
  const PayloadDescription* bare_;
  Unknown* members_only_ = nullptr;
  Path members_at_;
  std::deque<Frame> frames_;  // paths point into it, so it must not move its elements
  int depth_ = 0;
  bool have_payload_ = false;
  bool have_envelope_ = false;
  bool skip_ = false;
  int skip_depth_ = 0;
  Unknown* into_ = nullptr;
  std::size_t& members_bytes_;
  bool stops_at_envelope_ = false;
  bool whole_ = false;
  Raw raw_;
  std::string raw_name_;
  std::size_t failed_at_ = 0;
  Problems problems_;
};

Status syntaxError(std::string_view document, std::size_t position) {
  const int line = lineAt(document, position);
  if (position > document.size() && !trim(document).empty())
    return Status::failure("model.truncated", "The document ends too early", {}, line);
  return Status::failure("model.bad_json", "Not well-formed JSON", {}, line);
}

}  // namespace

Status readMembers(std::string_view text, const Limits& limits, const Path& at, Unknown& into,
                   std::size_t& members_bytes) {
  Reader reader(text, limits, nullptr, members_bytes);
  reader.readInto(into, at);
  const bool whole = Json::sax_parse(text.begin(), text.end(), &reader);
  if (!whole && reader.problems().empty()) return syntaxError(text, reader.failedAt());
  return reader.problems().empty() ? Status() : std::move(reader.problems()).status();
}

namespace {

Result<Message> decode(std::string_view document, const Limits& limits, std::string_view bare_type,
                       bool message_too) {
  if (document.size() > limits.body_bytes_max)
    return Status::failure("model.too_large", "The document is larger than body_bytes_max");
  if (auto utf8 = checkUtf8(document, "JSON is UTF-8"); !utf8) return utf8;
  const PayloadDescription* bare = bare_type.empty() ? nullptr : payloadByType(bare_type);
  if (!bare_type.empty() && !bare)
    return Status::failure("model.unknown_type", "No such message type");
  std::size_t members_bytes = 0;
  Reader reader(document, limits, bare, members_bytes);
  if (message_too) reader.stopAtEnvelope();
  const bool whole = Json::sax_parse(document.begin(), document.end(), &reader);
  if (reader.sawEnvelope()) return decode(document, limits, {}, false);
  if (!whole && reader.problems().empty()) return syntaxError(document, reader.failedAt());
  if (!reader.problems().empty()) return std::move(reader.problems()).status();
  if (!reader.havePayload())
    return Status::failure("model.unknown_type", "The object holds no payload that is known");
  return std::move(reader.message);
}

}  // namespace

Result<Message> decodeJson(std::string_view document, const Limits& limits,
                           std::string_view bare_type) {
  return decode(document, limits, bare_type, false);
}

Result<Message> decodeJsonOrMessage(std::string_view document, const Limits& limits,
                                    std::string_view bare_type) {
  return decode(document, limits, bare_type, true);
}

}  // namespace hub::model
