#include "adapters/kit/given.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "adapters/kit/text.h"

namespace otinish::kit {
namespace {

// Of its hex digits: enough to tell two versions of one item apart.
constexpr std::size_t kDigits = 16;

}  // namespace

std::string GivenItems::digestOf(const Inbound& item) {
  std::string all;
  for (const std::string& part :
       {item.type, item.correlation_id, item.in_reply_to, item.external_id, item.reg_number,
        item.problem_code, item.problem_code.empty() ? item.body : item.raw}) {
    all += std::to_string(part.size()) + ":" + part;
  }
  return sha256Hex(all).substr(0, kDigits);
}

GivenItems GivenItems::read(const nlohmann::json& value) {
  GivenItems given;
  if (value.is_object()) {
    value.get_to(given.items_);
  } else {
    for (const auto& id : value) given.items_[id.get<std::string>()];
  }
  return given;
}

nlohmann::json GivenItems::write() const { return nlohmann::json(items_); }

bool GivenItems::has(const std::string& id, const std::string& digest) const {
  return items_.contains(id) && !wasOther(id, digest);
}

bool GivenItems::wasOther(const std::string& id, const std::string& digest) const {
  const auto found = items_.find(id);
  if (found == items_.end() || found->second.empty()) return false;
  return !found->second.starts_with(digest) && found->second.size() < kDigits + kMendsMax;
}

void GivenItems::add(const std::string& id, const std::string& digest) {
  const auto [at, fresh] = items_.try_emplace(id, digest);
  if (fresh || at->second.starts_with(digest)) return;
  const std::size_t mends = at->second.size() > kDigits ? at->second.size() - kDigits : 0;
  at->second = digest + std::string(mends + 1, '+');
}

void GivenItems::keepFirst(std::size_t count) {
  if (items_.size() <= count) return;
  items_.erase(std::next(items_.begin(), static_cast<std::ptrdiff_t>(count)), items_.end());
}

}  // namespace otinish::kit
