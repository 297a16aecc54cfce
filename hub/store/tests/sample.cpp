#include "hub/store/tests/sample.h"

#include <cstdio>
#include <cstdlib>

#include "hub/base/ids.h"

namespace hub::store::sample {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "otinish-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<std::string> CountingSealer::seal(const TreeHead& head) {
  ++calls;
  if (fail) return Status::failure("base.internal", "the key is away");
  return "sealed:" + std::to_string(head.size) + ":" + head.root_hex;
}

Instant at(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

std::unique_ptr<Store> openOrDie(const std::string& path, Sealer* sealer) {
  SqliteOptions options;
  options.path = path;
  Result<std::unique_ptr<Store>> store = openSqlite(options, Limits(), sealer);
  if (!store) {
    std::fprintf(stderr, "%s: %s\n", store.error().code.c_str(), store.error().text.c_str());
    std::abort();
  }
  return std::move(*store);
}

AppealRow appealRow(const std::string& source_id) {
  AppealRow row;
  row.hub_id = newUuid7(at(1'780'000'000'000'000));
  row.source_system = "e-otinish";
  row.source_id = source_id;
  row.content_sha256 = sha256Hex(source_id);
  row.kind = "complaint";
  row.language = "kk";
  row.character = "individual";
  row.topic = "07";
  row.kato = "750000000";
  row.body_bin = "940140000385";
  row.destination = "moe";
  row.state = "registered";
  row.state_since = row.received_at = row.updated_at = at(1'780'000'000'000'000);
  row.due_date = "2026-06-30";
  row.procedure = "public_service";
  row.kind_special = "service_oversight";
  return row;
}

EventRow eventRow(RowId appeal, const std::string& type) {
  EventRow row;
  row.appeal = appeal;
  row.event_id = newUuid7(at(1'780'000'000'000'000));
  row.type = type;
  row.at = at(1'780'000'000'123'456);
  row.actor = "door:rest:portal";
  row.from_state = "received";
  row.to_state = "registered";
  row.text_kk = "Өтініш тіркелді";
  row.text_ru = "Обращение зарегистрировано";
  row.text_en = "The appeal is registered";
  row.payload_sha256 = sha256Hex(row.event_id);
  return row;
}

namespace {

Status addClocks(Tx& tx, RowId appeal, bool over) {
  ClockRow clock;
  clock.appeal = appeal;
  clock.rule_id = "appc-76-consider";
  clock.rule_version = "2026-01";
  clock.law = "APPC";
  clock.article = "76(1)";
  clock.day_kind = "working";
  clock.first_day = "next";
  clock.start_event = "registered";
  clock.start_at = at(1'780'000'000'000'000);
  clock.due_date = "2026-06-30";
  clock.calendar_version = "kz-2026.1";
  clock.status = over ? "met" : "running";
  clock.explanation = "15 working days from the day after registration";
  for (const char* name : {"forward", "consider"}) {
    clock.name = name;
    clock.length = clock.name == "forward" ? 3 : 15;
    Status status = tx.addClock(clock);
    if (!status) return status;
  }
  return {};
}

Status addPapers(Tx& tx, const Intake& intake, Given& given) {
  MessageRow message;
  message.message_id = newUuid7(intake.received_at);
  message.appeal = given.appeal;
  message.type = "appeal/1";
  message.direction = "in";
  message.party = "portal";
  message.at = intake.received_at;
  message.body = intake.body;
  Status status = tx.addMessage(message);
  if (!status) return status;
  OutboxRow outbox;
  outbox.message_id = message.message_id;
  outbox.destination = intake.destination;
  outbox.appeal = given.appeal;
  outbox.type = message.type;
  outbox.state = intake.outbox_state;
  outbox.created_at = outbox.next_at = intake.received_at;
  Result<RowId> queued = tx.addOutbox(outbox);
  if (!queued) return queued.status();
  JournalRow journal;
  journal.at = intake.received_at;
  journal.direction = "in";
  journal.party = message.party;
  journal.message_id = message.message_id;
  journal.type = message.type;
  journal.body_sha256 = sha256Hex(intake.body);
  journal.signature = "verified:portal";
  Result<std::int64_t> position = tx.addJournal(journal);
  if (!position) return position.status();
  given.position = *position;
  return {};
}

}  // namespace

Status addIntake(Tx& tx, const Intake& intake, Given& given) {
  Result<std::int64_t> number = tx.nextNumber("ЖТ-2026");
  if (!number) return number.status();
  given.number = *number;
  char digits[16];
  std::snprintf(digits, sizeof digits, "%08lld", static_cast<long long>(*number));
  AppealRow row = appealRow(intake.source_id);
  row.source_system = intake.source_system;
  row.destination = intake.destination;
  row.state = intake.state;
  row.reg_number = given.reg_number = std::string("ЖТ-2026-") + digits;
  row.received_at = row.state_since = row.updated_at = intake.received_at;
  row.registered_at = intake.received_at;
  given.hub_id = row.hub_id;
  Result<RowId> id = tx.addAppeal(row);
  if (!id) return id.status();
  given.appeal = *id;
  Status status = tx.addExternalId(*id, "portal", "EXT-" + intake.source_id, intake.received_at);
  for (const char* type : {"received", "registered", "routed"}) {
    if (status) status = tx.addEvent(eventRow(*id, type));
  }
  if (status) status = addClocks(tx, *id, intake.state == "executed");
  if (status) status = addPapers(tx, intake, given);
  return status;
}

}  // namespace hub::store::sample
