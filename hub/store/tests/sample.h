// Shared by the store's tests and benchmarks: a temporary data folder and the unit of work the hub
// runs when an appeal comes in.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "hub/store/sqlite_store.h"

namespace hub::store::sample {

// A folder under $TMPDIR or /tmp, removed at the end.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

class CountingSealer final : public Sealer {
 public:
  Result<std::string> seal(const TreeHead& head) override;
  std::int64_t calls = 0;  // writer thread; read it when the store is closed or idle
  bool fail = false;
};

Instant at(std::int64_t micros);
std::unique_ptr<Store> openOrDie(const std::string& path, Sealer* sealer = nullptr);

// What an intake commits: appeal with its number, external id, body, three events, two clocks, an
// outbox row and a journal record. `given` gets the appeal's id and number.
struct Intake {
  std::string source_system = "e-otinish";
  std::string source_id;
  std::string destination = "moe";
  std::string state = "registered";
  std::string body;
  Instant received_at = at(1'780'000'000'000'000);
  OutboxState outbox_state = OutboxState::kPending;
};
struct Given {
  RowId appeal = 0;
  std::string hub_id;
  std::string reg_number;
  std::int64_t number = 0;
  std::int64_t position = 0;
};
Status addIntake(Tx& tx, const Intake& intake, Given& given);

AppealRow appealRow(const std::string& source_id);
EventRow eventRow(RowId appeal, const std::string& type);

}  // namespace hub::store::sample
