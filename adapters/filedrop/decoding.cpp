#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "adapters/filedrop/run.h"
#include "adapters/kit/csv.h"
#include "adapters/kit/error.h"
#include "adapters/kit/json.h"
#include "adapters/kit/outcome.h"

namespace otinish {

using filedrop::idOf;
using filedrop::kCorrelationIdSlot;
using filedrop::kMessageIdSlot;
using kit::MappingError;
using nlohmann::json;

namespace {

constexpr std::size_t kUuidSize = 36;

// UUIDs of a name, in its order.
std::vector<std::string> uuidsIn(const std::string& name) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at + kUuidSize <= name.size();) {
    const std::string part = name.substr(at, kUuidSize);
    std::string shape = part;
    std::replace_if(
        shape.begin(), shape.end(), [](unsigned char c) { return std::isxdigit(c) != 0; }, 'x');
    const bool found = shape == "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (found) out.push_back(part);
    at += found ? kUuidSize : 1;
  }
  return out;
}

// A program gives {type, payload, …}, or {problem_code, problem_text, …} for what it refuses: the
// references beside it then say which appeal that was about.
Inbound itemOf(const json& mapped) {
  Inbound item;
  item.type = kit::textMember(mapped, "type");
  item.form = "json";
  item.correlation_id = kit::textMember(mapped, "correlation_id");
  item.in_reply_to = kit::textMember(mapped, "in_reply_to");
  item.external_id = kit::textMember(mapped, "external_id");
  item.reg_number = kit::textMember(mapped, "reg_number");
  item.problem_code = kit::textMember(mapped, "problem_code");
  if (!item.problem_code.empty()) {
    item.problem_text = kit::scrub(kit::textMember(mapped, "problem_text"));
    return item;
  }
  const auto payload = mapped.find("payload");
  if (item.type.empty() || payload == mapped.end() || !payload->is_object()) {
    throw MappingError("adapter.bad_mapping", "the program gave no type or no payload");
  }
  item.body = payload->dump();
  return item;
}

}  // namespace

// The setting whose mapping reads a file of this name; "" if none does.
std::string FiledropAdapter::mappingOf(const Box& box, const std::string& name) const {
  if (box.kind != Kind::kOut) return box.kind == Kind::kErr ? "err_mapping" : "ack_mapping";
  if (!csv_mapping_.empty() && kit::globMatch(csv_pattern_, name)) return "csv_mapping";
  if (!xml_mapping_.empty() && kit::globMatch(xml_pattern_, name)) return "xml_mapping";
  return {};
}

FiledropAdapter::Part FiledropAdapter::decode(const Box& box, const std::string& name,
                                              const std::string& bytes, std::size_t from,
                                              std::size_t count) const {
  try {
    if (bytes.empty()) throw MappingError("adapter.empty_file", "the file is empty");
    const std::string mapping = mappingOf(box, name);
    if (box.kind != Kind::kOut) return {{decodeAck(box, name, bytes)}, 1};
    if (mapping == "csv_mapping") return decodeCsv(name, bytes, from, count);
    if (mapping == "xml_mapping") return decodeXml(name, bytes, from, count);
    throw MappingError("adapter.unknown_file", "no mapping is configured for a file of this name");
  } catch (const MappingError& e) {
    return {
        {kit::problemItem(problemId(box, name, kit::sha256Hex(bytes)), e.code(), e.what(), bytes)},
        from + 1};
  }
}

// Of a whole file; says which folder's mapping it is for.
std::string FiledropAdapter::problemId(const Box& box, const std::string& name,
                                       const std::string& sha256) const {
  return (box.kind == Kind::kOut ? "" : box.folder + "/") + idOf(name, 0, sha256);
}

// What a problem item of this id kept, as its file would give it now: a record with its header, or the
// whole file.
FiledropAdapter::Part FiledropAdapter::decodeAgain(const std::string& id,
                                                   const std::string& raw) const {
  const std::size_t hash = id.rfind('#', id.rfind('@'));
  if (hash == std::string::npos) {
    throw MappingError("adapter.unknown_file", "the item's id names no file");
  }
  const int row = std::atoi(id.c_str() + hash + 1);
  std::string name = id.substr(0, hash);
  for (const Box& box : boxes_) {
    if (box.kind == Kind::kOut || !name.starts_with(box.folder + "/")) continue;
    name.erase(0, box.folder.size() + 1);
    return decode(box, name, raw, 0, filedrop::kAnswerItemsMax);
  }
  if (row > 0 && !csv_mapping_.empty() && kit::globMatch(csv_pattern_, name)) {
    // Converted to UTF-8 before it was kept.
    const kit::CsvTable table = tableOf(raw);
    if (table.records.size() != 1) {
      throw MappingError("adapter.bad_csv", "not one record with its header");
    }
    return {{decodeRecord(name, id, table, table.records[0], row)}, 1};
  }
  for (const Box& box : boxes_) {
    if (box.kind == Kind::kOut) return decode(box, name, raw, 0, filedrop::kAnswerItemsMax);
  }
  throw MappingError("adapter.unknown_file", "no folder is configured to collect from");
}

Answer FiledropAdapter::receive(kit::Host& host, const NativeRequest& request) {
  if (request.method != kTranslate) return Adapter::receive(host, request);
  try {
    Answer answer = kit::done();
    DropFile file;
    Part part = decodeAgain(request.path, kit::wholeRaw(request));
    if (part.items.size() < part.total) {
      throw MappingError("adapter.too_large", "the file holds more items than one answer takes");
    }
    kit::TimeBudget time(host);
    for (Inbound& item : part.items) {
      if (fetchFiles(host, time, file, item, part.native) != Fetched::kOk) {
        return kit::failed(Outcome::kRetry, "adapter.attachment_missing",
                           "an attachment cannot be fetched yet");
      }
      answer.items.push_back(std::move(item));
    }
    return answer;
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kRejected, e.code(), e.what());
  }
}

// Throws "adapter.bad_csv" if a column is missing that the settings name.
kit::CsvTable FiledropAdapter::tableOf(const std::string& text) const {
  kit::CsvTable table = kit::readCsv(text, csv_separator_, csv_quotes_);
  for (const std::string& column : csv_columns_) {
    if (std::find(table.header.begin(), table.header.end(), column) == table.header.end()) {
      throw MappingError("adapter.bad_csv", "the header has no column " + column, 1);
    }
  }
  return table;
}

FiledropAdapter::Part FiledropAdapter::decodeCsv(const std::string& name, const std::string& bytes,
                                                 std::size_t from, std::size_t count) const {
  return partOf(name, kit::sha256Hex(bytes),
                std::make_shared<const kit::CsvTable>(tableOf(kit::toUtf8(bytes, csv_charset_))),
                from, count);
}

FiledropAdapter::Part FiledropAdapter::partOf(const std::string& name, const std::string& sha256,
                                              std::shared_ptr<const kit::CsvTable> table,
                                              std::size_t from, std::size_t count) const {
  std::vector<Inbound> items;
  std::vector<int> lines;
  const std::size_t end = std::min(table->records.size(), from + count);
  for (std::size_t at = from; at < end; ++at) {
    const kit::CsvRecord& record = table->records[at];
    items.push_back(decodeRecord(name, idOf(name, record.row, sha256), *table, record, record.row));
    lines.push_back(record.line);
  }
  const std::size_t total = table->records.size();
  return {std::move(items), total, {}, std::move(lines), std::move(table)};
}

// `row`: of the record in its file.
Inbound FiledropAdapter::decodeRecord(const std::string& name, const std::string& id,
                                      const kit::CsvTable& table, const kit::CsvRecord& record,
                                      int row) const {
  // With the header, a record says what its fields are.
  const auto kept = [&] { return table.header_raw + "\n" + record.raw; };
  try {
    if (!record.problem.empty()) throw MappingError("adapter.bad_row", record.problem, record.line);
    json fields = json::object();
    for (std::size_t i = 0; i < table.header.size(); ++i)
      fields[table.header[i]] = record.fields[i];
    const json input{{"file", name}, {"row", row}, {"fields", std::move(fields)}};
    Inbound item = itemOf(kit::parseJson(csv_mapping_.apply(input.dump())));
    item.item_id = id;
    if (!item.problem_code.empty()) {
      item.raw = kept();
      item.problem_text = MappingError("", item.problem_text, record.line).what();
    }
    return item;
  } catch (const MappingError& e) {
    const MappingError placed = e.line() > 0 ? e : MappingError(e.code(), e.what(), record.line);
    return kit::problemItem(id, placed.code(), placed.what(), kept());
  }
}

FiledropAdapter::Part FiledropAdapter::decodeXml(const std::string& name, const std::string& bytes,
                                                 std::size_t from, std::size_t count) const {
  kit::StringMap with = scalars_;
  with["file"] = name;
  kit::NeutralAnswer neutral =
      kit::readAnswer(xml_mapping_.applyToTree(kit::XmlDocument::parse(bytes), with));
  auto& all = neutral.answer.items;
  if (all.empty()) {
    throw MappingError("adapter.bad_mapping", "the stylesheet found no item in the file");
  }
  const std::string sha256 = kit::sha256Hex(bytes);
  Part part;
  part.total = all.size();
  for (std::size_t at = from; at < std::min(all.size(), from + count); ++at) {
    all[at].item_id = idOf(name, static_cast<int>(at) + 1, sha256);
    if (!all[at].problem_code.empty() && all[at].raw.empty()) {
      all[at].raw = kit::problemItem({}, {}, {}, bytes).raw;
    }
    part.items.push_back(std::move(all[at]));
  }
  if (part.total == 1) part.native = bytes;
  return part;
}

Inbound FiledropAdapter::decodeAck(const Box& box, const std::string& name,
                                   const std::string& bytes) const {
  json input{{"file", name}};
  const std::string text = kit::toUtf8(bytes, "UTF-8");
  if (box.kind == Kind::kErr) {
    input["error"] = kit::parseJson(text);
  } else {
    input["fields"] = kit::readCsvLine(text.substr(0, text.find('\n')), ';');
  }
  const auto& program = box.kind == Kind::kErr ? err_mapping_ : ack_mapping_;
  Inbound item = itemOf(kit::parseJson(program.apply(input.dump())));
  const bool problem = !item.problem_code.empty();
  if (!problem || !item.in_reply_to.empty()) checkMessage(item, name);
  if (problem) item.raw = bytes;
  item.item_id = box.folder + "/" + idOf(name, 1, kit::sha256Hex(bytes));
  return item;
}

// Whether a message's name tells its message_id and nothing else, so that it can be told apart.
bool FiledropAdapter::namesMessage() const {
  const std::size_t slot = in_name_.find(kMessageIdSlot);
  return slot != std::string::npos && in_name_.find('{') == slot &&
         in_name_.find('{', slot + 1) == std::string::npos;
}

// The message an ack or err file is named after: its name starts with the name we gave the message.
// "" if it is named after none.
std::string FiledropAdapter::namedMessage(const std::string& name) const {
  if (!namesMessage()) return namedId(name, kMessageIdSlot);
  const std::size_t slot = in_name_.find(kMessageIdSlot);
  const std::string before = in_name_.substr(0, slot);
  const std::string after = in_name_.substr(slot + kMessageIdSlot.size());
  const std::size_t end = after.empty() ? name.size() : name.find(after, before.size());
  if (!name.starts_with(before) || end == std::string::npos) return {};
  return name.substr(before.size(), end - before.size());
}

// The id that stands in a slot of in_name, among the others: ours are UUIDs. "" if there is none.
std::string FiledropAdapter::namedId(const std::string& name, std::string_view slot) const {
  const std::size_t at = in_name_.find(slot);
  if (at == std::string::npos) return {};
  std::size_t earlier = 0;
  for (const std::string_view other : {kMessageIdSlot, kCorrelationIdSlot}) {
    earlier += other != slot && in_name_.find(other) < at ? 1U : 0U;
  }
  const std::vector<std::string> ids = uuidsIn(name);
  return earlier < ids.size() ? ids[earlier] : std::string();
}

// Whoever may write into the folder can give an old, rightly signed file another name.
void FiledropAdapter::checkMessage(Inbound& item, const std::string& name) const {
  if (item.in_reply_to.empty() && ack_message_id_required_) {
    throw MappingError("adapter.wrong_message", "the content names no message");
  }
  if (!namesMessage()) return;
  const std::string named = namedMessage(name);
  if (item.in_reply_to.empty()) item.in_reply_to = named;
  if (named.empty() || item.in_reply_to != named) {
    throw MappingError("adapter.wrong_message",
                       "the content names another message than the file name");
  }
}

}  // namespace otinish
