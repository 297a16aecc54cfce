#include "hub/exchange/former_aliases.h"

#include <algorithm>
#include <map>
#include <set>

#include "hub/base/log.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {

Status renameFormerAliases(store::Store& store, const std::vector<AgencyConfig>& agencies) {
  std::set<std::string> taken;
  std::map<std::string, std::string> renamed;
  for (const auto& agency : agencies) taken.insert(agency.adapter.alias);
  for (const auto& agency : agencies) {
    for (const auto& former : agency.former_aliases) {
      if (!taken.insert(former).second) {
        return Status::failure("exchange.alias_still_used", "the former alias " + former + " of " +
                                                                agency.adapter.alias +
                                                                " is that of an agency, or of two");
      }
      renamed[former] = agency.adapter.alias;
    }
  }
  if (renamed.empty()) return {};
  auto known = store.aliases();
  if (!known) return known.status();
  for (const auto& alias : *known) {
    const auto to = renamed.find(alias);
    if (to == renamed.end()) continue;
    logInfo("alias.renaming", {{"from", alias}, {"agency", to->second}});
    std::int64_t appeals = 0;
    auto status = store.write([&](store::Tx& tx) -> Status {
      auto moved = tx.renameDestination(alias, to->second);
      if (!moved) return moved.status();
      appeals = *moved;
      return {};
    });
    if (!status) return status;
    logInfo(
        "audit.alias_renamed",
        {{"from", alias}, {"agency", to->second}, {"appeals", static_cast<long long>(appeals)}});
  }
  return {};
}

std::vector<std::string> servedAliases(const std::vector<AgencyConfig>& agencies) {
  std::vector<std::string> served;
  for (const auto& agency : agencies) {
    served.push_back(agency.adapter.alias);
    served.insert(served.end(), agency.former_aliases.begin(), agency.former_aliases.end());
  }
  return served;
}

Result<std::vector<store::AliasUse>> forgottenAliases(store::Store& store,
                                                      const std::vector<AgencyConfig>& agencies) {
  const auto served = servedAliases(agencies);
  auto known = store.aliases();
  if (!known) return known.status();
  std::vector<store::AliasUse> forgotten;
  for (const auto& alias : *known) {
    if (std::find(served.begin(), served.end(), alias) != served.end()) continue;
    auto use = store.aliasUse(alias, finalStates());
    if (!use) return use.status();
    if (use->any()) forgotten.push_back(std::move(*use));
  }
  return forgotten;
}

std::string described(const store::AliasUse& use) {
  std::string what;
  const auto add = [&](std::int64_t count, const char* of) {
    if (count > 0) what += (what.empty() ? "" : ", ") + std::to_string(count) + " " + of;
  };
  add(use.appeals, "open appeals");
  add(use.deliveries, "deliveries");
  add(use.kept, "kept messages");
  if (use.cursor) what += (what.empty() ? "" : ", ") + std::string("a collect cursor");
  return "the store holds " + what + " of " + use.alias +
         ", which is no agency: if an agency got another alias, give it former_aliases: [" +
         use.alias + "]; else direct the appeals elsewhere";
}

}  // namespace hub::exchange
