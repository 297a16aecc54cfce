#include "hub/model/unknown_paths.h"

#include "hub/model/field.h"

namespace hub::model {
namespace {

class Finder {
 public:
  explicit Finder(std::size_t most) : most_(most) {}

  void object(const TypeDescription& type, const void* object, const std::string& at) {
    for (const FieldDescription& field : type.fields) {
      if (field.kind != Kind::kStruct) continue;
      const std::size_t n = field.count(object);
      const std::string path = at + "/" + std::string(field.name);
      for (std::size_t i = 0; i < n && found_.size() < most_; ++i) {
        this->object(field.sub(), field.at(object, i),
                     field.repeated ? path + "/" + std::to_string(i) : path);
      }
    }
    add(type.unknown(const_cast<void*>(object)), at);
  }
  void add(const Unknown& unknown, const std::string& at) {
    for (const UnknownField& member : unknown) {
      if (member.family != UnknownField::Family::kJson || found_.size() >= most_) continue;
      found_.push_back(at + "/" + member.name);
    }
  }
  std::vector<std::string> take() { return std::move(found_); }

 private:
  std::size_t most_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> unknownPaths(const Message& message, std::size_t most) {
  Finder finder(most);
  finder.object(describe<Envelope>(), &message.envelope, "/envelope");
  const PayloadDescription& payload = payloadOf(message.payload);
  finder.object(payload.describe(), payloadObject(message.payload),
                "/" + std::string(payload.element));
  finder.add(message.unknown, "");
  return finder.take();
}

}  // namespace hub::model
