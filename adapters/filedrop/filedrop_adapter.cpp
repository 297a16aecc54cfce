#include "adapters/filedrop/filedrop_adapter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "adapters/filedrop/lease.h"
#include "adapters/filedrop/run.h"
#include "adapters/kit/checks.h"
#include "adapters/kit/error.h"
#include "adapters/kit/outcome.h"
#include "contracts/adapter/listing.h"

namespace otinish {

using filedrop::digestsIn;
using filedrop::isListed;
using filedrop::isSignature;
using kit::MappingError;
using kit::StringMap;

namespace {

constexpr std::int64_t kDaysMax = 36'500;
constexpr std::int64_t kSecondsMax = kDaysMax * 24 * 3600;

// A folder of the drop; "": nowhere.
std::string folderOf(const kit::Settings& settings, const std::string& name,
                     bool may_be_empty = true) {
  const std::string folder = settings.text(name);
  kit::checkFolder(name, folder, may_be_empty);
  return folder;
}

// A registration number may hold what no file name may: that travels as %2F does in a URL.
std::string asName(const std::string& number) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : number) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte != 0x7F && c != '/' && c != '\\' && c != '%' &&
                       (c != '.' || !out.empty());
    if (plain)
      out += c;
    else
      out += {'%', kHex[byte / 16], kHex[byte % 16]};
  }
  return out;
}

// What keeps a file out of the agency's folder is no refusal of the agency: a name is free again when it
// has taken what lies there.
Answer notWritten(const ExchangeResponse& response) {
  Answer answer = kit::fromExchangeFailure(response);
  if (filedrop::isTaken(response)) answer.outcome = Outcome::kRetry;
  return answer;
}

}  // namespace

FiledropAdapter::FiledropAdapter() : FiledropAdapter(&filedrop::nowMs) {}

void FiledropAdapter::readFormats(const kit::Settings& settings) {
  const std::string separator = settings.text("csv_separator");
  if (separator.size() != 1 || separator == "\"" || separator == "\n") {
    kit::refuseSetting("csv_separator", "one byte is expected, and neither \" nor a line break");
  }
  csv_separator_ = separator.front();
  const std::string quotes = settings.text("csv_quotes");
  csv_quotes_ = quotes == "none"         ? kit::CsvQuotes::kNone
                : quotes == "multi_line" ? kit::CsvQuotes::kMultiLine
                                         : kit::CsvQuotes::kOneLine;
  if (const std::string columns = settings.text("csv_columns"); !columns.empty()) {
    csv_columns_ = kit::readCsvLine(columns, csv_separator_);
  }
  csv_pattern_ = settings.text("csv_pattern");
  csv_charset_ = settings.text("csv_charset");
  kit::checkCharset("csv_charset", csv_charset_);
  xml_pattern_ = settings.text("xml_pattern");
  csv_mapping_ = kit::programOf(settings, "csv_mapping");
  ack_mapping_ = kit::programOf(settings, "ack_mapping");
  err_mapping_ = kit::programOf(settings, "err_mapping");
  xml_mapping_ = kit::stylesheetOf(settings, "xml_mapping");
  for (const auto& [type, name] : StringMap{{"appeal/1", "request"},
                                            {"supplement/1", "request_supplement"},
                                            {"withdrawal/1", "request_withdrawal"},
                                            {"status/1", "request_status"}}) {
    auto sheet = kit::stylesheetOf(settings, name);
    if (!sheet.empty()) requests_[type] = std::move(sheet);
  }
}

// docs/upgrade.md tells what they were before.
std::string FiledropAdapter::defaultsThatChanged(const kit::Settings& settings) const {
  std::string said;
  const auto say = [&](const char* name, const char* meaning) {
    if (settings.isGiven(name)) return;
    said += (said.empty() ? "" : "; ") + std::string(name) + " is not set and is " +
            settings.text(name) + ": " + meaning;
  };
  if (!boxes_.empty()) say("order", "files are read oldest first, not by name");
  if (!csv_mapping_.empty()) {
    say("csv_quotes", "a quoted field ends on its line, and no line break stands in one");
  }
  return said.empty() ? said : said + "; this default is new: docs/upgrade.md";
}

Answer FiledropAdapter::configure(kit::Host&, const Configuration& configuration) {
  try {
    const kit::Settings settings(configuration, about());
    scalars_ = settings.scalars();
    endpoint_ = settings.text("endpoint");
    in_folder_ = folderOf(settings, "in_folder", false);
    in_name_ = settings.text("in_name");
    kit::checkFileName("in_name", in_name_, {"message_id", "correlation_id", "reg_number"});
    files_folder_ = folderOf(settings, "files_folder", false);
    out_files_folder_ = folderOf(settings, "out_files_folder");
    by_modified_ = settings.text("order") == "modified";
    stop_on_error_ = settings.flag("stop_on_error");
    attempts_max_ = static_cast<int>(settings.number("attempts_max", 1, 1000));
    incomplete_looks_max_ = static_cast<int>(settings.number("incomplete_looks_max", 1, 1'000'000));
    attachment_rounds_max_ =
        static_cast<int>(settings.number("attachment_rounds_max", 1, 1'000'000));
    ack_message_id_required_ = settings.text("ack_message_id") == "required";
    file_bytes_max_ = settings.number("file_bytes_max", 1, INT64_MAX);
    same_name_ = settings.text("same_name");
    node_ = settings.text("node");
    lease_s_ = settings.number("node_lease_s", 60, kSecondsMax);
    oldest_warn_s_ = settings.number("oldest_warn_s", 0, kSecondsMax);
    if (!node_.empty() && !isNodeName(node_)) {
      kit::refuseSetting("node", "1 to 40 letters, digits, '-' and '_' are expected");
    }
    done_days_ = settings.number("done_days", 0, kDaysMax);
    error_days_ = settings.number("error_days", 0, kDaysMax);
    duplicate_days_ = settings.number("duplicate_days", 0, kDaysMax);
    readFormats(settings);
    const auto add = [&](Kind kind, const char* name) {
      if (!settings.text(name).empty()) boxes_.push_back({kind, settings.text(name)});
    };
    for (const char* name : {"ack_folder", "err_folder", "out_folder"}) folderOf(settings, name);
    if (!ack_mapping_.empty()) add(Kind::kAck, "ack_folder");
    if (!err_mapping_.empty()) add(Kind::kErr, "err_folder");
    if (!csv_mapping_.empty() || !xml_mapping_.empty()) add(Kind::kOut, "out_folder");
    Answer answer = kit::done();
    answer.text = defaultsThatChanged(settings);
    return answer;
  } catch (const MappingError& e) {
    return kit::misconfigured(e);
  }
}

ExchangeResponse FiledropAdapter::list(kit::Host& host, const std::string& folder,
                                       const std::string& after, int listings_max) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "LIST";
  request.path = folder;
  std::string last = after;
  std::vector<FileEntry> files;
  std::vector<Header> first_headers;
  for (int listings = 1;; ++listings) {
    request.headers.clear();
    if (!last.empty()) request.headers.push_back({std::string(kListAfter), last});
    ExchangeResponse page = host.exchange(request);
    if (!page.ok) return page;
    const bool goes_on = filedrop::isCut(page) && !page.files.empty() && listings < listings_max;
    if (goes_on) last = page.files.back().name;
    files.insert(files.end(), std::make_move_iterator(page.files.begin()),
                 std::make_move_iterator(page.files.end()));
    if (listings == 1) first_headers = page.headers;
    if (goes_on) continue;
    page.files = std::move(files);
    // What the first said of the whole folder; whether the listing was cut, the last one says.
    for (const Header& header : first_headers) {
      const bool strange = header.name == kListStrange || header.name == kListStrangeName;
      if (strange && listings > 1) page.headers.push_back(header);
    }
    return page;
  }
}

ExchangeResponse FiledropAdapter::move(kit::Host& host, const std::string& from,
                                       const std::string& to) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "MOVE";
  request.path = from;
  request.to_path = to;
  return host.exchange(request);
}

ExchangeResponse FiledropAdapter::put(kit::Host& host, const std::string& path,
                                      std::string body) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "PUT";
  request.path = path;
  request.body = std::move(body);
  return host.exchange(request);
}

ExchangeResponse FiledropAdapter::get(kit::Host& host, const std::string& path) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "GET";
  request.path = path;
  return host.exchange(request);
}

ExchangeResponse FiledropAdapter::remove(kit::Host& host, const std::string& path) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "DELETE";
  request.path = path;
  return host.exchange(request);
}

Answer FiledropAdapter::probe(kit::Host& host) {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "LIST";
  request.path = in_folder_;
  const ExchangeResponse response = host.exchange(request);
  // However much lies there, it answers: the agency may just not fetch its files.
  const bool large =
      response.code == "transport.listing_goes_on" || response.code == "transport.folder_too_large";
  if (!response.ok && !large) {
    return isListed(response) ? kit::done() : kit::fromExchangeFailure(response);
  }
  // That a folder can be read says nothing of whether a file can be put there, by a name of its own.
  const std::string trial = in_folder_ + "/.hub-probe";
  const ExchangeResponse written = put(host, trial, "probe\n");
  // It stayed from an earlier probe: deliveries take nothing away, so that the hub need not be allowed to.
  if (!written.ok && written.code != "transport.name_taken") {
    return kit::fromExchangeFailure(written);
  }
  remove(host, trial);
  return kit::done();
}

Answer FiledropAdapter::deliver(kit::Host& host, const Message& message) {
  const auto sheet = requests_.find(message.type);
  if (sheet == requests_.end()) {
    return kit::failed(Outcome::kUnsupported, "adapter.unsupported_type",
                       "no stylesheet is configured for this message type");
  }
  StringMap with = scalars_;
  with["message_id"] = message.message_id;
  with["correlation_id"] = message.correlation_id;
  with["external_id"] = message.external_id;
  with["reg_number"] = message.reg_number;
  std::string name;
  std::string file;
  try {
    StringMap names = with;
    names["reg_number"] = asName(message.reg_number);
    name = kit::fillFileName(in_name_, names);
    file = sheet->second.apply(kit::XmlDocument::parse(message.body), with);
  } catch (const MappingError& e) {
    return kit::undeliverable(e);
  }
  // Attachments first: the message is the sign that all is there.
  kit::TimeBudget time(host);
  const std::string work = "sent " + message.message_id;
  kit::Steps::Done sent = steps_.take(work);
  if (!sent.empty()) {
    // Between two attempts somebody may have tidied the folder.
    const ExchangeResponse listed = list(host, files_folder_);
    if (!isListed(listed) && listed.retryable) {
      // Of what is not told nobody knows that it is gone: sent again at each attempt, it would never come to an end.
      const std::size_t done = sent.size();
      steps_.keep(work, std::move(sent));
      // A long listing is no trouble of the place: the next attempt goes on with it.
      const bool goes_on = listed.code == "transport.listing_goes_on";
      return goes_on ? kit::filesGoOn(done) : kit::fromExchangeFailure(listed);
    }
    std::set<std::string> there;
    for (const FileEntry& entry : listed.files) there.insert(entry.name);
    std::erase_if(sent, [&](const auto& step) { return !there.contains(step.first); });
  }
  for (const std::string& digest : digestsIn(message.body)) {
    if (sent.contains(digest)) continue;
    if (!time.mayGoOn(kit::TimeBudget::kForFiles)) {
      Answer answer = kit::filesGoOn(sent.size());
      steps_.keep(work, std::move(sent));
      return answer;
    }
    ExchangeRequest request;
    request.endpoint = endpoint_;
    request.method = "PUT";
    request.path = files_folder_ + "/" + digest;
    request.body_attachment = digest;
    const ExchangeResponse response = host.exchange(request);
    if (!response.ok) {
      steps_.keep(work, std::move(sent));
      return notWritten(response);
    }
    sent[digest] = "sent";
  }
  const ExchangeResponse response = put(host, in_folder_ + "/" + name, std::move(file));
  if (!response.ok) {
    steps_.keep(work, std::move(sent));
    return notWritten(response);
  }
  Answer answer;
  answer.outcome = Outcome::kPending;
  return answer;
}

Answer FiledropAdapter::collect(kit::Host& host, const CollectRequest& request) {
  if (boxes_.empty()) {
    return kit::failed(Outcome::kUnsupported, "adapter.no_verb", "collecting is not configured");
  }
  const kit::TimeBudget time(host);
  Run run{host, time, time, {}, {}, kit::done(), 1, {}, {}, 0, false, {}, {}};
  run.limit = static_cast<std::size_t>(std::clamp(request.limit, 1, filedrop::kAnswerItemsMax));
  DropCursor cursor;
  try {
    cursor = readDropCursor(request.cursor);
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kMisconfigured, e.code(), e.what());
  }
  applySettled(cursor.files, request.settled);
  const bool nameless = node_.empty() && cursor.node.empty();
  if (nameless) cursor.node = makeNodeName();
  run.node = node_.empty() ? cursor.node : node_;
  run.state = std::move(cursor.files);
  // A name and the count of refusals are of use only once they are committed.
  if (nameless || lastWasRefused(run, request)) {
    run.answer.more = true;
    run.answer.cursor = writeDropCursor({cursor.node, std::move(run.state)});
    return run.answer;
  }
  for (const Box& box : boxes_) {
    if (!collectBox(run, box)) return run.answer;
  }
  for (const Box& box : boxes_) {
    if (!run.answer.more) retire(run, box);
  }
  run.answer.cursor = writeDropCursor({cursor.node, std::move(run.state)});
  tellTroubles(run);
  const std::lock_guard lock(mutex_);
  offer_ = {request.cursor, std::move(run.offered)};
  return run.answer;
}

// A hub that cannot commit anything (its disk is full) does not commit these counts either, so an
// outage of the hub never turns an item into a problem.
bool FiledropAdapter::lastWasRefused(Run& run, const CollectRequest& request) {
  const std::lock_guard lock(mutex_);
  const Offer last = std::exchange(offer_, {});
  // One that has no room for an item now says so, and refuses nothing.
  if (last.files.empty() || last.cursor != request.cursor || request.no_room) return false;
  for (const std::string& key : last.files) {
    DropFile& file = run.state[key];
    if (file.first_seen.empty()) file.first_seen = kit::nowRfc3339();
    ++file.refusals;
  }
  run.host.log(kit::LogLevel::kWarning, "filedrop.answer_refused",
               std::to_string(last.files.size()) + " files");
  return true;
}

// False: the answer has no room, or the call no time, for another file; the next call goes on.
bool FiledropAdapter::mayReadOn(Run& run) const {
  if (!run.full() && run.time.mayGoOn(kit::TimeBudget::kForFiles)) return true;
  run.closed = run.answer.more = true;
  return false;
}

// The place goes on with the listing when it is asked again, or a person has to tidy the folder: others do not wait for
// it.
bool FiledropAdapter::notYetListed(Run& run, const Box& box,
                                   const ExchangeResponse& listing) const {
  const bool goes_on = listing.code == "transport.listing_goes_on";
  if (!goes_on && listing.code != "transport.folder_too_large") return false;
  run.note(goes_on ? "adapter.folder_not_listed" : listing.code, box.folder, listing.text, "", 0);
  return true;
}

// False: the folder cannot be listed, and run.answer says why.
bool FiledropAdapter::collectBox(Run& run, const Box& box) const {
  ExchangeResponse waiting = list(run.host, box.folder);
  if (waiting.code == "transport.not_found") {
    // No folder: nothing to claim, and none is made in the agency's place to hold our lease.
    finish(run, box, {});
    return true;
  }
  // Until it is listed what was claimed goes on, and others see that this hub is alive.
  bool told = !notYetListed(run, box, waiting);
  if (told && !waiting.ok) {
    run.answer = kit::fromExchangeFailure(waiting);
    return false;
  }
  bool given_back = false;
  if (!keepLease(run, box, &given_back)) return false;
  if (given_back && told) {
    waiting = list(run.host, box.folder);
    told = !notYetListed(run, box, waiting);
  }
  const ExchangeResponse claimed = list(run.host, claimFolder(box, run.node));
  if (notYetListed(run, box, claimed)) return true;
  if ((told && !isListed(waiting)) || !isListed(claimed)) {
    run.answer = kit::fromExchangeFailure(isListed(claimed) ? waiting : claimed);
    return false;
  }
  std::set<std::string> in_processing;
  for (const FileEntry& e : claimed.files) in_processing.insert(e.name);
  finish(run, box, in_processing);

  const auto begun = trials(run, box, claimed.files);
  const auto begunOf = [&](const FileEntry& entry) {
    const auto found = begun.find(entry.name);
    return found == begun.end() ? 0 : found->second;
  };
  // What may end the process comes behind the others, and what did so twice behind all that waits.
  constexpr int kTwice = 2;
  auto to_read = candidates(claimed.files);
  std::vector<FileEntry> last;
  if (!stop_on_error_) {
    std::stable_sort(to_read.begin(), to_read.end(), [&](const FileEntry& a, const FileEntry& b) {
      return begunOf(a) < begunOf(b);
    });
    const auto twice = std::find_if(to_read.begin(), to_read.end(),
                                    [&](const FileEntry& e) { return begunOf(e) >= kTwice; });
    last.assign(twice, to_read.end());
    to_read.erase(twice, to_read.end());
  }
  // True: the call goes on with the next file.
  const auto readClaimed = [&](const FileEntry& entry) {
    const auto known = run.state.find(box.folder + "/" + entry.name);
    // The hub has all of it, or it was moved just now: never read again.
    if (run.moved.contains(box.folder + "/" + entry.name)) return true;
    if (known != run.state.end() && known->second.complete) return true;
    // What the others gave must not be lost with it.
    if (begunOf(entry) > 0 && !run.answer.items.empty()) run.closed = true;
    if (!mayReadOn(run)) return false;
    return tryFile(run, box, entry, begunOf(entry)) || !stop_on_error_;
  };
  if (!std::all_of(to_read.begin(), to_read.end(), readClaimed)) return true;
  if (!told) {
    std::all_of(last.begin(), last.end(), readClaimed);
    return true;
  }
  if (const auto strange = kit::headerOf(waiting.headers, kListStrange); !strange.empty()) {
    run.note("adapter.not_a_file", box.folder, "a link, a pipe or the like is never read",
             kit::headerOf(waiting.headers, kListStrangeName), std::atoi(strange.c_str()));
  }
  const bool looked_at = kit::headerOf(waiting.headers, kListKept) != "yes";
  auto candidates_waiting = candidates(waiting.files);
  watchAge(run, box, candidates_waiting);
  for (FileEntry& stray : strays(run, box, waiting.files)) {
    candidates_waiting.push_back(std::move(stray));
  }
  for (const FileEntry& entry : ready(run, box, candidates_waiting, looked_at)) {
    if (isSignature(entry.name)) {
      run.note("adapter.signature_alone", box.folder, "its file never came", entry.name);
      DropFile& known = run.state[box.folder + "/" + entry.name];
      known.stage = DropFile::Stage::kWaiting;
      known.attempts = incomplete_looks_max_;
      continue;
    }
    if (!mayReadOn(run)) return true;
    // Its predecessor of the same name is still being processed.
    if (run.state.contains(box.folder + "/" + entry.name)) continue;
    const ExchangeResponse moved = claim(run.host, entry, box.folder, claimFolder(box, run.node));
    if (!moved.ok) {
      // Gone: another hub was quicker.
      const bool late = moved.code == "transport.not_found";
      if (late) run.host.log(kit::LogLevel::kDebug, "filedrop.claim_failed", moved.code);
      if (!late) run.note("adapter.file_not_claimed", box.folder, moved.code, entry.name);
      if (stop_on_error_) return true;
      continue;
    }
    if (!readFile(run, box, entry) && stop_on_error_) return true;
  }
  std::all_of(last.begin(), last.end(), readClaimed);
  return true;
}

}  // namespace otinish
