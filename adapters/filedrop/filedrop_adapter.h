// File drop adapter: an agency that exchanges files over a folder (local or SFTP), driven by
// settings.
//
// The endpoint writes atomically, signs, verifies and judges completeness; this adapter owns the
// order of things, so that no file is lost, read half, or processed twice in effect:
//   list → sort → claim by MOVE to processing/ → read → items (the hub commits them with the
//   cursor) → next collect: settled → ack or err file → MOVE to done/ or error/ (with a reason
//   file).
// What was returned and how far it got stands in the cursor, which the hub commits with the items:
//   - a file in processing/ that the cursor does not know was claimed by a call that died: read
//   again
//     (the hub recognises the item ids, which hold the content's digest);
//   - a file with more items than one answer may hold is given in parts, the cursor says how far;
//   what the hub has committed is never read again, and is settled over as many calls as it takes;
//   - a file that is settled but could not be moved is only moved later, never read again, and the
//   answer says so beside what it collected;
//   - a file that cannot be read attempts_max times is poison: it goes to error/ as a problem item; so
//   is one that ended the process so often (trials.h), which is read last and alone meanwhile;
//   - an answer that the hub did not commit is noticed by the next call, which is given the old
//   cursor: the files in it are then given one item an answer, and an item that the hub refuses
//   attempts_max times becomes a problem item.
// Several hubs may share the folder: each claims into processing/<its node>, by a rename, which one of
// them wins; what a dead one claimed goes back after its lease (lease.h). A hub without the setting
// `node` makes itself a name and has it committed before its first claim. Hubs that do not share a
// database do not know each other's items: what one handed on before it died, another may hand on
// again, under the same item ids.
// The agency's ack and err files about what we delivered are read in the same way. Which message
// they are about is said by their content, which is signed; their name, which is not, must agree.
//
// What is done or refused stays until retention (done_days, error_days) ends; the names and digests of
// what was done are remembered longer, in done/known/ (known.h).
//
// Threads: constant after configure but for what mutex_ guards, so verbs may overlap.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "adapters/filedrop/drop_state.h"
#include "adapters/kit/adapter.h"
#include "adapters/kit/csv.h"
#include "adapters/kit/jq_mapping.h"
#include "adapters/kit/settings.h"
#include "adapters/kit/steps.h"
#include "adapters/kit/time_budget.h"

namespace otinish {

class FiledropAdapter final : public kit::Adapter {
 public:
  using NowMs = std::function<std::int64_t()>;  // Unix time, milliseconds
  FiledropAdapter();
  explicit FiledropAdapter(NowMs now_ms) : now_ms_(std::move(now_ms)) {}
  static About about();
  Answer configure(kit::Host& host, const Configuration& configuration) override;
  Answer probe(kit::Host& host) override;
  Answer deliver(kit::Host& host, const Message& message) override;
  Answer collect(kit::Host& host, const CollectRequest& request) override;
  // Kept items only: nobody pushes files.
  Answer receive(kit::Host& host, const NativeRequest& request) override;

 private:
  enum class Kind { kOut, kAck, kErr };
  struct Box {
    Kind kind = Kind::kOut;
    std::string folder;
  };
  // Where the search for what retention has ended goes on.
  struct Sweep {
    std::int64_t due_ms = 0;
    std::string after;  // name; "": from the start
  };
  struct Run;   // one collect call
  struct Part;  // items of a file from some place on
  // What the last collect call gave, to notice that the hub did not commit it.
  struct Offer {
    std::string cursor;           // it was given
    std::set<std::string> files;  // whose items it returned
  };

  // A file that is given in parts, as it was read for the first of them: the next parts need not read it again.
  struct Opened {
    std::string key, sha256;
    std::int64_t size = 0, modified_ms = 0;
    std::shared_ptr<const kit::CsvTable> table;
  };

  void readFormats(const kit::Settings& settings);
  // What an operator should know of defaults that apply here; "" if nothing.
  std::string defaultsThatChanged(const kit::Settings& settings) const;
  ExchangeResponse move(kit::Host& host, const std::string& from, const std::string& to) const;
  ExchangeResponse put(kit::Host& host, const std::string& path, std::string body) const;
  ExchangeResponse get(kit::Host& host, const std::string& path) const;
  ExchangeResponse remove(kit::Host& host, const std::string& path) const;

  const std::set<std::string>* namesIn(Run& run, const std::string& folder) const;

  enum class Before { kNever, kSame, kOther, kUnknown };

  // So many listings are well past what one collect gets through.
  static constexpr int kListingsMax = 20;
  // By name, from behind `after`; filedrop::isCut if even so not all of it.
  ExchangeResponse list(kit::Host& host, const std::string& folder, const std::string& after = {},
                        int listings_max = kListingsMax) const;
  std::string claimFolder(const Box& box, const std::string& node) const;
  ExchangeResponse claim(kit::Host& host, const FileEntry& entry, const std::string& from,
                         const std::string& to) const;
  bool keepLease(Run& run, const Box& box, bool* given_back) const;
  void dropLeases(Run& run, const Box& box, const std::vector<FileEntry>& listed,
                  const std::string& node) const;
  bool giveBack(Run& run, const Box& box, const std::string& node) const;
  void watchAge(Run& run, const Box& box, const std::vector<FileEntry>& waiting) const;
  Before doneBefore(Run& run, const Box& box, const std::string& name,
                    const std::string& sha256) const;
  Before knownBefore(Run& run, const Box& box, const std::string& name,
                     const std::string& sha256) const;
  bool keepsKnown() const { return same_name_ != "process" || done_days_ > 0; }
  bool remember(kit::Host& host, const Box& box, const std::string& name,
                const std::string& sha256) const;
  void retire(Run& run, const Box& box) const;
  void retireFrom(Run& run, const Box& box, bool done) const;
  bool retireOne(Run& run, const Box& box, const FileEntry& entry, bool done) const;
  void forget(Run& run, const Box& box) const;
  bool isDue(const std::string& folder, std::string* after) const;
  void nextDue(const std::string& folder, const std::string& after) const;
  bool collectBox(Run& run, const Box& box) const;
  bool notYetListed(Run& run, const Box& box, const ExchangeResponse& listing) const;
  void finish(Run& run, const Box& box, const std::set<std::string>& in_processing) const;
  bool finishOne(Run& run, const Box& box, const std::string& name, DropFile& file) const;
  bool tell(Run& run, const Box& box, const std::string& name, DropFile& file) const;
  void tellTroubles(Run& run) const;
  std::vector<FileEntry> strays(Run& run, const Box& box,
                                const std::vector<FileEntry>& listed) const;
  std::vector<FileEntry> candidates(std::vector<FileEntry> entries) const;
  std::vector<FileEntry> ready(Run& run, const Box& box, std::vector<FileEntry> entries,
                               bool looked_at) const;
  bool readFile(Run& run, const Box& box, const FileEntry& entry) const;
  bool mayReadOn(Run& run) const;
  std::map<std::string, int> trials(Run& run, const Box& box,
                                    const std::vector<FileEntry>& claimed) const;
  void endTrials(Run& run, const Box& box, const std::string& name_digest, int number) const;
  bool tryFile(Run& run, const Box& box, const FileEntry& entry, int begun) const;
  Inbound unread(const Box& box, const FileEntry& entry, const ExchangeResponse& response,
                 DropFile& file) const;
  bool lastWasRefused(Run& run, const CollectRequest& request);
  bool give(Run& run, const Box& box, const std::string& name, DropFile& file, Part part) const;
  std::string mappingOf(const Box& box, const std::string& name) const;
  Part decode(const Box& box, const std::string& name, const std::string& bytes, std::size_t from,
              std::size_t count) const;
  Part decodeCsv(const std::string& name, const std::string& bytes, std::size_t from,
                 std::size_t count) const;
  Part partOf(const std::string& name, const std::string& sha256,
              std::shared_ptr<const kit::CsvTable> table, std::size_t from,
              std::size_t count) const;
  // Nothing unless it is the same file, as far as the listing tells.
  std::shared_ptr<const kit::CsvTable> openedBefore(const std::string& key, const DropFile& file,
                                                    const FileEntry& entry) const;
  void keepOpen(const std::string& key, const DropFile& file, const FileEntry& entry,
                std::shared_ptr<const kit::CsvTable> table) const;
  Inbound decodeRecord(const std::string& name, const std::string& id, const kit::CsvTable& table,
                       const kit::CsvRecord& record, int row) const;
  kit::CsvTable tableOf(const std::string& text) const;
  Part decodeAgain(const std::string& id, const std::string& raw) const;
  std::string problemId(const Box& box, const std::string& name, const std::string& sha256) const;
  Part decodeXml(const std::string& name, const std::string& bytes, std::size_t from,
                 std::size_t count) const;
  Inbound decodeAck(const Box& box, const std::string& name, const std::string& bytes) const;
  bool namesMessage() const;
  std::string namedMessage(const std::string& name) const;
  std::string namedId(const std::string& name, std::string_view slot) const;
  void checkMessage(Inbound& item, const std::string& name) const;
  // What became of an item's attachments: the hub has them, or the item says what is wrong; they cannot be
  // fetched for the time being; the call has no time for the rest.
  enum class Fetched { kOk, kLater, kCut };
  Fetched fetchFiles(kit::Host& host, kit::TimeBudget& time, DropFile& file, Inbound& item,
                     const std::string& native) const;

  std::map<std::string, kit::XsltMapping> requests_;  // by message type
  kit::XsltMapping xml_mapping_;
  kit::JqMapping csv_mapping_, ack_mapping_, err_mapping_;
  kit::StringMap scalars_;
  std::vector<Box> boxes_;
  std::string endpoint_, in_folder_, in_name_, files_folder_, out_files_folder_;
  std::string csv_pattern_, csv_charset_, xml_pattern_;
  char csv_separator_ = ';';
  kit::CsvQuotes csv_quotes_ = kit::CsvQuotes::kOneLine;
  std::vector<std::string> csv_columns_;
  bool by_modified_ = true;
  bool stop_on_error_ = false;
  bool ack_message_id_required_ = true;
  int attempts_max_ = 5;
  int incomplete_looks_max_ = 300;
  int attachment_rounds_max_ = 60;
  std::int64_t file_bytes_max_ = 0;
  std::int64_t lease_s_ = 600;
  std::int64_t oldest_warn_s_ = 3600;
  std::string same_name_, node_;
  std::int64_t done_days_ = 0, error_days_ = 0, duplicate_days_ = 0;
  NowMs now_ms_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::int64_t> warned_ms_;  // by what, of which folder
  mutable std::map<std::string, Sweep> sweeps_;            // by folder
  Offer offer_;
  mutable Opened opened_;
  mutable kit::Steps steps_;  // files sent of a message, or fetched of an item
};

}  // namespace otinish
