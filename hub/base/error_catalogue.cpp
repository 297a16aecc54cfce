#include "hub/base/error_catalogue.h"

#include <unordered_map>

namespace hub {

const std::vector<ErrorEntry>& errorCatalogue() {
  static const std::vector<ErrorEntry> entries = {
#define OTINISH_ERROR(code, status, en, ru, kk, remedy_en, remedy_ru, remedy_kk) \
  {code, status, en, ru, kk, remedy_en, remedy_ru, remedy_kk},
#include "hub/base/errors/adapters.inc"
#include "hub/base/errors/base.inc"
#include "hub/base/errors/exchange.inc"
#include "hub/base/errors/hosting.inc"
#include "hub/base/errors/model.inc"
#include "hub/base/errors/notify.inc"
#include "hub/base/errors/programs.inc"
#include "hub/base/errors/rules.inc"
#include "hub/base/errors/store.inc"
#include "hub/base/errors/transport.inc"
#include "hub/base/errors/trust.inc"
#include "hub/base/errors/web.inc"
#undef OTINISH_ERROR
  };
  return entries;
}

const ErrorEntry* findError(std::string_view code) {
  static const auto index = [] {
    std::unordered_map<std::string_view, const ErrorEntry*> map;
    for (const auto& entry : errorCatalogue()) map.emplace(entry.code, &entry);
    return map;
  }();
  auto it = index.find(code);
  return it == index.end() ? nullptr : it->second;
}

std::string_view errorText(std::string_view code, std::string_view language) {
  const ErrorEntry* entry = findError(code);
  if (!entry) return code;
  if (language == "kk") return entry->kk;
  if (language == "ru") return entry->ru;
  return entry->en;
}

std::string_view errorRemedy(std::string_view code, std::string_view language) {
  const ErrorEntry* entry = findError(code);
  if (!entry) return {};
  if (language == "kk") return entry->remedy_kk;
  if (language == "ru") return entry->remedy_ru;
  return entry->remedy_en;
}

}  // namespace hub
