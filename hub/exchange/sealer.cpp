#include "hub/exchange/sealer.h"

#include <utility>

#include "hub/base/ids.h"
#include "hub/base/time.h"

namespace hub::exchange {
namespace {

class KeySealer final : public store::Sealer {
 public:
  KeySealer(trust::Keyring& keys, std::string key) : keys_(keys), key_(std::move(key)) {}
  Result<std::string> seal(const store::TreeHead& head) override {
    auto signature = keys_.signRaw(key_, treeHeadText(head));
    if (!signature) return signature.status();
    return toBase64(*signature);
  }

 private:
  trust::Keyring& keys_;
  std::string key_;
};

}  // namespace

std::string treeHeadText(const store::TreeHead& head) {
  return "otinish tree head\nsize " + std::to_string(head.size) + "\nroot " + head.root_hex +
         "\nat " + formatInstant(head.at) + "\n";
}

std::unique_ptr<store::Sealer> makeSealer(trust::Keyring& keys, std::string key) {
  return std::make_unique<KeySealer>(keys, std::move(key));
}

}  // namespace hub::exchange
