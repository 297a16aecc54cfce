#include "adapters/filedrop/drop_state.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/kit/error.h"
#include "adapters/kit/json.h"

namespace otinish {
namespace {

using nlohmann::json;

constexpr int kTextMax = 200;

DropFile readFileState(const json& value) {
  DropFile file;
  file.stage = static_cast<DropFile::Stage>(std::clamp(value.value("s", 0), 0, 3));
  file.attempts = value.value("n", 0);
  file.told = value.value("t", false);
  file.first_seen = value.value("f", "");
  file.sha256 = value.value("h", "");
  const json items = value.value("i", json::object());
  for (const auto& [id, item] : items.items()) {
    DropFile::Item out;
    out.state = static_cast<DropFile::Item::State>(std::clamp(item.value("s", 0), 0, 2));
    out.code = item.value("c", "");
    out.text = item.value("x", "");
    file.items[id] = std::move(out);
  }
  return file;
}

json writeItem(const DropFile::Item& item) {
  json out{{"s", static_cast<int>(item.state)}};
  if (!item.code.empty()) out["c"] = item.code;
  if (!item.text.empty()) out["x"] = item.text.substr(0, kTextMax);
  return out;
}

}  // namespace

bool DropFile::bad() const {
  return std::any_of(items.begin(), items.end(), [](const auto& entry) {
    return entry.second.state == Item::State::kRefused || !entry.second.code.empty();
  });
}

DropState readDropState(const std::string& cursor) {
  DropState state;
  if (cursor.empty()) return state;
  try {
    const json value = kit::parseJson(cursor);
    for (const auto& [key, file] : value.at("files").items()) state[key] = readFileState(file);
  } catch (const json::exception&) {
    throw kit::MappingError("adapter.bad_cursor", "the cursor is not one of this adapter");
  }
  return state;
}

std::string writeDropState(const DropState& state) {
  json files = json::object();
  for (const auto& [key, file] : state) {
    json items = json::object();
    for (const auto& [id, item] : file.items) items[id] = writeItem(item);
    files[key] = {{"s", static_cast<int>(file.stage)},
                  {"n", file.attempts},
                  {"t", file.told},
                  {"f", file.first_seen},
                  {"h", file.sha256},
                  {"i", std::move(items)}};
  }
  // Texts were cut by bytes, possibly inside a character.
  return json{{"files", std::move(files)}}.dump(-1, ' ', false, json::error_handler_t::ignore);
}

void applySettled(DropState& state, const std::vector<Settled>& settled) {
  std::map<std::string, const Settled*> by_id;
  for (const Settled& s : settled) by_id[s.item_id] = &s;
  for (auto& [key, file] : state) {
    if (file.stage != DropFile::Stage::kReturned) continue;
    bool open = false;
    for (auto& [id, item] : file.items) {
      const auto found = by_id.find(id);
      if (found != by_id.end()) {
        const Settled& s = *found->second;
        item.state =
            s.accepted ? DropFile::Item::State::kAccepted : DropFile::Item::State::kRefused;
        if (!s.accepted) {
          item.code = s.code;
          item.text = s.text;
        }
      }
      open = open || item.state == DropFile::Item::State::kOpen;
    }
    if (!open) file.stage = DropFile::Stage::kSettled;
  }
}

std::string reasonJson(const std::string& name, const DropFile& file) {
  nlohmann::ordered_json out;
  out["file"] = name;
  out["sha256"] = file.sha256;
  out["first_seen"] = file.first_seen;
  out["attempts"] = file.attempts;
  out["problems"] = nlohmann::ordered_json::array();
  int accepted = 0;
  for (const auto& [id, item] : file.items) {
    if (item.code.empty() && item.state == DropFile::Item::State::kAccepted) ++accepted;
    if (item.code.empty()) continue;
    out["problems"].push_back({{"item", id}, {"code", item.code}, {"text", item.text}});
  }
  out["accepted_items"] = accepted;
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::ignore) + "\n";
}

std::string errJson(const DropFile& file) {
  nlohmann::ordered_json out{
      {"code", ""}, {"rule", ""}, {"element", ""}, {"line", 0}, {"text", ""}};
  for (const auto& [id, item] : file.items) {
    if (item.code.empty()) continue;
    out["code"] = item.code;
    out["element"] = id;
    out["text"] = item.text;
    break;
  }
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::ignore) + "\n";
}

}  // namespace otinish
