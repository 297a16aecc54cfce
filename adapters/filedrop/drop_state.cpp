#include "adapters/filedrop/drop_state.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/filedrop/lease.h"
#include "adapters/kit/error.h"
#include "adapters/kit/json.h"

namespace otinish {
namespace {

using nlohmann::json;

constexpr int kTextMax = 200;
constexpr int kReferenceMax = 100;

DropFile readFileState(const json& value) {
  DropFile file;
  file.stage = static_cast<DropFile::Stage>(std::clamp(value.value("s", 0), 0, 3));
  file.attempts = value.value("n", 0);
  file.taken = value.value("o", std::size_t{0});
  // Version 1.0 gave a file's items at once and wrote neither.
  file.complete = value.value(
      "e", file.stage == DropFile::Stage::kReturned || file.stage == DropFile::Stage::kSettled);
  file.refusals = value.value("r", 0);
  file.fetches = value.value("a", 0);
  file.accepted = value.value("k", 0);
  file.problems_unnamed = value.value("p", 0);
  file.told = value.value("t", false);
  file.first_seen = value.value("f", "");
  file.sha256 = value.value("h", "");
  file.size = value.value("z", std::int64_t{0});
  file.modified_ms = value.value("d", std::int64_t{0});
  const json items = value.value("i", json::object());
  for (const auto& [id, item] : items.items()) {
    DropFile::Item out;
    out.state = static_cast<DropFile::Item::State>(std::clamp(item.value("s", 0), 0, 2));
    out.code = item.value("c", "");
    out.text = item.value("x", "");
    out.correlation_id = item.value("g", "");
    out.in_reply_to = item.value("m", "");
    out.line = item.value("l", 0);
    if (out.state == DropFile::Item::State::kAccepted && out.code.empty()) {
      ++file.accepted;
    } else {
      file.items[id] = std::move(out);
    }
  }
  return file;
}

json writeItem(const DropFile::Item& item) {
  json out{{"s", static_cast<int>(item.state)}};
  if (!item.code.empty()) out["c"] = item.code;
  if (!item.text.empty()) out["x"] = item.text.substr(0, kTextMax);
  if (!item.correlation_id.empty()) out["g"] = item.correlation_id.substr(0, kReferenceMax);
  if (item.line != 0) out["l"] = item.line;
  if (!item.in_reply_to.empty()) out["m"] = item.in_reply_to.substr(0, kReferenceMax);
  return out;
}

json writeFile(const DropFile& file) {
  json out{{"s", static_cast<int>(file.stage)}, {"f", file.first_seen}, {"h", file.sha256}};
  out["e"] = file.complete;
  if (file.attempts != 0) out["n"] = file.attempts;
  if (file.taken != 0) out["o"] = file.taken;
  if (file.refusals != 0) out["r"] = file.refusals;
  if (file.fetches != 0) out["a"] = file.fetches;
  if (file.accepted != 0) out["k"] = file.accepted;
  if (file.problems_unnamed != 0) out["p"] = file.problems_unnamed;
  if (file.told) out["t"] = true;
  if (file.size != 0) out["z"] = file.size;
  if (file.modified_ms != 0) out["d"] = file.modified_ms;
  json& items = out["i"] = json::object();
  for (const auto& [id, item] : file.items) items[id] = writeItem(item);
  return out;
}

// Problems say where as MappingError writes it: "… (line 7)" at the end. 0 if they do not.
int lineIn(const std::string& text) {
  static constexpr std::string_view kMark = " (line ";
  const std::size_t at = text.rfind(kMark);
  if (at == std::string::npos || !text.ends_with(')')) return 0;
  const std::string digits = text.substr(at + kMark.size(), text.size() - at - kMark.size() - 1);
  const bool number = !digits.empty() && digits.size() < 9 &&
                      digits.find_first_not_of("0123456789") == std::string::npos;
  return number ? std::stoi(digits) : 0;
}

// What refused the item: a setting of this adapter, or the hub.
std::string ruleOf(const std::string& code, const std::string& mapping) {
  static const std::map<std::string, std::string> kSettings{
      {"adapter.too_large", "file_bytes_max"},
      {"adapter.poison_file", "attempts_max"},
      {"adapter.same_name", "same_name"},
      {"adapter.attachment_missing", "out_files_folder"},
      {"adapter.attachment_mismatch", "out_files_folder"},
      {"adapter.attachment_too_large", "attachment_bytes_max"},
      {"adapter.wrong_message", "ack_message_id"}};
  if (code.starts_with("trust.")) return "security";
  if (!code.starts_with("adapter.")) return "hub";
  const auto found = kSettings.find(code);
  return found == kSettings.end() ? mapping : found->second;
}

nlohmann::ordered_json problemJson(const std::string& id, const std::string& mapping,
                                   const DropFile::Item& item) {
  const int said = lineIn(item.text);
  nlohmann::ordered_json out{{"item", id},
                             {"code", item.code},
                             {"rule", ruleOf(item.code, mapping)},
                             {"line", said != 0 ? said : item.line},
                             {"text", item.text}};
  if (!item.correlation_id.empty()) out["correlation_id"] = item.correlation_id;
  if (!item.in_reply_to.empty()) out["in_reply_to"] = item.in_reply_to;
  return out;
}

// Forgets what needs no name any more.
void settleItem(DropFile& file, std::map<std::string, DropFile::Item>::iterator item,
                const Settled& settled) {
  item->second.state =
      settled.accepted ? DropFile::Item::State::kAccepted : DropFile::Item::State::kRefused;
  // Of one that was refused before the hub gives the code alone.
  if (!settled.accepted && (item->second.code != settled.code || !settled.text.empty())) {
    item->second.code = settled.code;
    item->second.text = settled.text;
  }
  const auto named = std::count_if(file.items.begin(), file.items.end(), [](const auto& entry) {
    return entry.second.state != DropFile::Item::State::kOpen;
  });
  if (item->second.state == DropFile::Item::State::kAccepted && item->second.code.empty()) {
    ++file.accepted;
    file.items.erase(item);
  } else if (static_cast<std::size_t>(named) > DropFile::kProblemsMax) {
    ++file.problems_unnamed;
    file.items.erase(item);
  }
}

}  // namespace

void DropFile::settleIfDone() {
  const bool open = std::any_of(items.begin(), items.end(), [](const auto& entry) {
    return entry.second.state == Item::State::kOpen;
  });
  if (complete && !open) stage = Stage::kSettled;
}

bool DropFile::bad() const {
  return problems_unnamed > 0 || std::any_of(items.begin(), items.end(), [](const auto& entry) {
           return entry.second.state == Item::State::kRefused || !entry.second.code.empty();
         });
}

DropCursor readDropCursor(const std::string& cursor) {
  DropCursor out;
  if (cursor.empty()) return out;
  try {
    const json value = kit::parseJson(cursor);
    for (const auto& [key, file] : value.at("files").items()) out.files[key] = readFileState(file);
    out.node = value.value("node", "");
  } catch (const json::exception&) {
    throw kit::MappingError("adapter.bad_cursor", "the cursor is not one of this adapter");
  }
  if (!out.node.empty() && !isNodeName(out.node)) {
    throw kit::MappingError("adapter.bad_cursor", "the cursor names no node");
  }
  return out;
}

std::string writeDropCursor(const DropCursor& cursor) {
  json files = json::object();
  for (const auto& [key, file] : cursor.files) files[key] = writeFile(file);
  json out{{"files", std::move(files)}};
  if (!cursor.node.empty()) out["node"] = cursor.node;
  // Texts were cut by bytes, possibly inside a character.
  return out.dump(-1, ' ', false, json::error_handler_t::ignore);
}

void applySettled(DropState& state, const std::vector<Settled>& settled) {
  for (auto& [key, file] : state) {
    if (file.stage != DropFile::Stage::kReturned) continue;
    for (const Settled& s : settled) {
      const auto item = file.items.find(s.item_id);
      if (item == file.items.end()) continue;
      if (item->second.state == DropFile::Item::State::kOpen) settleItem(file, item, s);
    }
    file.settleIfDone();
  }
}

std::string reasonJson(const std::string& name, const std::string& mapping, const DropFile& file) {
  nlohmann::ordered_json out;
  out["file"] = name;
  out["sha256"] = file.sha256;
  out["size"] = file.size;
  out["modified_ms"] = file.modified_ms;
  out["first_seen"] = file.first_seen;
  out["attempts"] = file.attempts;
  out["problems"] = nlohmann::ordered_json::array();
  for (const auto& [id, item] : file.items) {
    if (item.code.empty()) continue;
    out["problems"].push_back(problemJson(id, mapping, item));
  }
  if (file.problems_unnamed > 0) out["more_problems"] = file.problems_unnamed;
  out["accepted_items"] = file.accepted;
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::ignore) + "\n";
}

std::string errJson(const std::string& name, const std::string& mapping, const DropFile& file) {
  nlohmann::ordered_json out{{"file", name},  {"code", ""}, {"rule", ""},
                             {"element", ""}, {"line", 0},  {"text", ""}};
  auto problems = nlohmann::ordered_json::array();
  for (const auto& [id, item] : file.items) {
    if (item.code.empty()) continue;
    if (problems.empty()) {
      out["code"] = item.code;
      out["rule"] = ruleOf(item.code, mapping);
      out["element"] = id;
      out["line"] = lineIn(item.text);
      out["text"] = item.text;
    }
    problems.push_back(problemJson(id, mapping, item));
  }
  out["problems"] = std::move(problems);
  if (file.problems_unnamed > 0) out["more_problems"] = file.problems_unnamed;
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::ignore) + "\n";
}

}  // namespace otinish
