// Drop folders, local or SFTP: completeness rules, companions (.p7s, .done), never overwriting,
// signatures. A file NAME with profile cms-detached travels with NAME.p7s; the companion is written
// and moved first, so that a NAME that is there always has it.
#include <algorithm>
#include <condition_variable>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>

#include "contracts/adapter/listing.h"
#include "hub/base/ids.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/transport/internal.h"

namespace hub::transport {
namespace {

using otinish::ExchangeRequest;
using otinish::ExchangeResponse;

bool endsWith(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && text.substr(text.size() - tail.size()) == tail;
}

std::string folderOf(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string nameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string temporaryOf(const std::string& path) {
  std::string folder = folderOf(path);
  std::string name = nameOf(path);
  return (folder.empty() ? "" : folder + "/") + "." + name + "." + toHex(randomBytes(4)) + ".part";
}

FilePlace::Reader readerOf(std::string_view bytes) {
  auto rest = std::make_shared<std::string_view>(bytes);
  return [rest]() -> Result<std::string> {
    auto piece = rest->substr(0, 65'536);
    rest->remove_prefix(piece.size());
    return std::string(piece);
  };
}

bool isNotFound(const Status& status) { return status.error().code == "transport.not_found"; }

class FileEndpoint final : public Endpoint {
 public:
  FileEndpoint(const EndpointConfig& config, std::unique_ptr<FilePlace> place,
               std::unique_ptr<trust::Profile> profile, AttachmentStore* attachments,
               const Limits& limits, const Clock& clock)
      : config_(config),
        place_(std::move(place)),
        profile_(std::move(profile)),
        attachments_(attachments),
        limits_(limits),
        clock_(clock),
        signed_(config.security.name == "cms-detached"),
        place_name_(placeNameOf(config.url)) {}

  ExchangeResponse exchange(const ExchangeRequest& request, Deadline deadline) override {
    if (auto status = checkPath(request.path); !status) return failedResponse(status);
    if (auto status = checkPath(request.to_path); !status) return failedResponse(status);
    // One connection per place: an SFTP session is not shared between threads.
    Turn turn(*this, deadline);
    if (!turn.mine()) {
      return failedResponse("transport.timeout", config_.name + " is busy with other calls", true);
    }
    if (auto status = place_->connect(deadline); !status) return failedResponse(status);
    ExchangeResponse response;
    response.status = 200;
    Status status = settle(act(request, &response));
    if (!status) {
      bool changed_something = request.method == "PUT" || request.method == "MOVE";
      auto failed = failedResponse(status);
      // A file that is there will not change: reading it again cannot mend its signature.
      if (request.method == "GET" && failed.code.rfind("trust.", 0) == 0) failed.retryable = false;
      failed.maybe_delivered = changed_something && failed.retryable;
      failed.headers = std::move(response.headers);
      return failed;
    }
    response.ok = true;
    return response;
  }

  Status check(Deadline deadline) override {
    Turn turn(*this, deadline);
    if (!turn.mine()) {
      return Status::failure("transport.timeout", config_.name + " is busy with other calls");
    }
    if (auto status = place_->connect(deadline); !status) return status;
    Instant begun{};
    bool partial = false;
    auto listed = listPlace("", &begun, &partial);
    // The place answers, however much lies there.
    const bool answers = listed.ok() || listed.status().error().code == "transport.listing_goes_on";
    return settle(answers ? Status() : listed.status());
  }

 private:
  // One call at a time; a caller does not wait for others longer than its own deadline.
  class Turn {
   public:
    Turn(FileEndpoint& owner, Deadline deadline) : owner_(owner) {
      std::unique_lock lock(owner_.mutex_);
      mine_ = owner_.free_.wait_until(lock, deadline, [&] { return !owner_.busy_; });
      if (mine_) owner_.busy_ = true;
    }
    ~Turn() {
      if (!mine_) return;
      {
        std::lock_guard lock(owner_.mutex_);
        owner_.busy_ = false;
      }
      owner_.free_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    bool mine() const { return mine_; }

   private:
    FileEndpoint& owner_;
    bool mine_ = false;
  };

  // A call that the deadline cut short failed in whatever it did; a broken place is connected anew.
  Status settle(Status status) {
    bool in_time = place_->endCall();
    if (!status && !in_time) {
      status = Status::failure("transport.timeout", config_.name + " did not answer in time");
    }
    std::string code = status ? std::string() : status.error().code;
    if (!in_time || code == "transport.broken" || code == "transport.timeout" ||
        code == "transport.unreachable") {
      place_->disconnect();
    }
    return status;
  }

  Status act(const ExchangeRequest& request, ExchangeResponse* response) {
    if (request.method == "LIST") return list(request, response);
    if (request.path.empty()) {
      return Status::failure("transport.bad_path", "the path names no file");
    }
    if (!attachments_ && (request.into_attachment || !request.body_attachment.empty())) {
      return Status::failure("store.not_found", "no attachment store");
    }
    if (request.method == "GET") return get(request, response);
    if (request.method == "PUT") return put(request);
    if (request.method == "MOVE") return move(request);
    if (request.method == "DELETE") return remove(request.path);
    return Status::failure("transport.unsupported_method", "method " + request.method);
  }

  bool ignored(const std::string& name) const {
    for (const auto& rule : config_.ignore) {
      bool prefix = rule == "." || rule == "~";
      if (prefix && name.rfind(rule, 0) == 0) return true;
      if (!rule.empty() && rule != "." && endsWith(name, rule)) return true;
    }
    return false;
  }

  bool isCompanion(const std::string& name) const {
    return (signed_ && endsWith(name, ".p7s")) ||
           (config_.completeness == "done_file" && endsWith(name, ".done"));
  }

  // A folder as it was at one time, for the parts that it is told in: to list it anew for each of them would
  // take a long line as long again.
  struct Listing {
    std::vector<FilePlace::Info> files;         // by name
    std::map<std::string, std::int64_t> names;  // all of them, with sizes
    int strange = 0;                            // neither files nor folders …
    std::string strange_name;                   // … and the first of them
    Instant at{};
    std::string told;  // the last one that an answer held …
    Instant told_at{};
    // What took long to list is told again for as long as this, with what was moved away taken out: else all of the
    // time would go into listing, and for each listing a few files only would be processed.
    Instant keep_until{};
    bool kept = false;     // told before
    bool partial = false;  // there are more
  };

  Status list(const ExchangeRequest& request, ExchangeResponse* response) {
    const std::string& folder = request.path;
    const std::string after = headerOf(request, otinish::kListAfter);
    auto listing = takeListing(folder, after);
    if (!listing) {
      auto fresh = listAnew(folder);
      if (!fresh) return fresh.status();
      listing = std::move(*fresh);
    }
    if (listing->partial) {
      response->headers.push_back({std::string(otinish::kListPartial), "yes"});
    }
    if (listing->kept) response->headers.push_back({std::string(otinish::kListKept), "yes"});
    if (after.empty() && listing->strange > 0) {
      response->headers.push_back(
          {std::string(otinish::kListStrange), std::to_string(listing->strange)});
      response->headers.push_back({std::string(otinish::kListStrangeName), listing->strange_name});
    }
    const auto first = std::upper_bound(
        listing->files.begin(), listing->files.end(), after,
        [](const std::string& name, const auto& info) { return name < info.name; });
    std::size_t bytes = 0;
    bool cut = false;
    for (auto info = first; info != listing->files.end(); ++info) {
      constexpr std::size_t kBesideName = 64;
      bytes += info->name.size() + kBesideName;
      if (response->files.size() >= otinish::kListedFilesMax ||
          (bytes > limits_.exchange_bytes_max / 2 && !response->files.empty())) {
        response->headers.push_back({std::string(otinish::kListMore), "yes"});
        cut = true;
        break;
      }
      const bool whole =
          info->openable && !isCompanion(info->name) && isComplete(folder, *info, *listing);
      response->files.push_back({info->name, info->size, info->modified_ms, whole});
    }
    listing->told = cut ? response->files.back().name : "";
    listing->told_at = clock_.now();
    if (cut || listing->told_at < listing->keep_until) listings_[folder] = std::move(*listing);
    return {};
  }

  // Of the walk whose last answer ended with `after`, or one that is told again. What nobody goes on with is dropped.
  std::optional<Listing> takeListing(const std::string& folder, const std::string& after) {
    constexpr auto kWalkFor = std::chrono::seconds(30);
    constexpr std::size_t kWalksMax = 4;
    const Instant now = clock_.now();
    std::erase_if(listings_, [&](const auto& kept) {
      const Listing& one = kept.second;
      return now < one.told_at || (now - one.told_at > kWalkFor && now >= one.keep_until);
    });
    auto found = listings_.extract(folder);
    while (listings_.size() >= kWalksMax) {
      listings_.erase(std::min_element(
          listings_.begin(), listings_.end(),
          [](const auto& a, const auto& b) { return a.second.told_at < b.second.told_at; }));
    }
    if (!found) return std::nullopt;
    const bool again = now < found.mapped().keep_until;
    const bool goes_on = !after.empty() && found.mapped().told == after;
    if (!again && !goes_on) return std::nullopt;
    found.mapped().kept = found.mapped().kept || !goes_on;
    return std::move(found.mapped());
  }

  // The kept listing of the file's folder, and the file's place in it.
  std::pair<Listing*, std::vector<FilePlace::Info>::iterator> placeIn(const std::string& path) {
    const auto kept = listings_.find(folderOf(path));
    if (kept == listings_.end()) return {};
    auto& files = kept->second.files;
    const auto at = std::lower_bound(
        files.begin(), files.end(), nameOf(path),
        [](const FilePlace::Info& info, const std::string& than) { return info.name < than; });
    return {&kept->second, at};
  }
  // It is there no more, so that nobody tries it again.
  void takeOut(const std::string& path) {
    const auto [kept, at] = placeIn(path);
    if (kept && at != kept->files.end() && at->name == nameOf(path)) kept->files.erase(at);
  }
  // It came by way of us, as what another hub had claimed does.
  void putIn(const std::string& path, FilePlace::Info info) {
    const auto [kept, at] = placeIn(path);
    if (!kept) return;
    info.name = nameOf(path);
    if (at != kept->files.end() && at->name == info.name)
      *at = std::move(info);
    else
      kept->files.insert(at, std::move(info));
  }

  // `begun`: when the place began to look, which is some calls ago where one has no time for the folder. What it
  // found may be as old.
  Result<std::vector<FilePlace::Info>> listPlace(const std::string& folder, Instant* begun,
                                                 bool* partial) {
    const Instant now = clock_.now();
    const auto walk = begun_.try_emplace(folder, now).first;
    *begun = std::min(walk->second, now);
    auto found = place_->list(folder, partial);
    const bool goes_on = !found && found.status().error().code == "transport.listing_goes_on";
    if (!goes_on) begun_.erase(folder);
    return found;
  }

  Result<Listing> listAnew(const std::string& folder) {
    Listing listing;
    auto found = listPlace(folder, &listing.at, isKept(folder) ? &listing.partial : nullptr);
    if (!found) return found.status();
    for (const auto& info : *found) listing.names[info.name] = info.size;
    std::erase_if(*found, [&](const FilePlace::Info& info) {
      if (ignored(info.name) || info.folder) return true;
      if (!info.regular) {
        if (listing.strange++ == 0) listing.strange_name = info.name;
        return true;
      }
      // One that waits without its file is shown: nobody else would tell of it.
      return isCompanion(info.name) &&
             !(arrives(folder) && isLoneSignature(info.name, listing.names));
    });
    std::sort(found->begin(), found->end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    forgetGone(folder, listing.names);
    showAge(folder, *found);
    listing.files = std::move(*found);
    // A file that came since is seen when the time is over. What is kept for good is asked for by those who want to
    // know of what came just now.
    constexpr auto kLong = std::chrono::seconds(2);
    constexpr auto kKeptMax = std::chrono::hours(1);
    const Instant now = clock_.now();
    const auto took = now - listing.at;
    if (arrives(folder) && took >= kLong) {
      listing.keep_until = now + std::min<Instant::duration>(4 * took, kKeptMax);
    }
    return listing;
  }

  // Of what is kept, or claimed, nobody asks whether it is complete.
  static bool arrives(const std::string& folder) {
    return !isKept(folder) && !hasPart(folder, {"processing"});
  }

  bool isComplete(const std::string& folder, const FilePlace::Info& info, const Listing& listing) {
    const auto& names = listing.names;
    const bool arrive = arrives(folder);
    bool complete = true;
    if (config_.completeness == "done_file") {
      const auto marker = names.find(info.name + ".done");
      complete = marker != names.end();
      if (complete && arrive && marker->second > 0) {
        auto said = markerOf((folder.empty() ? "" : folder + "/") + info.name);
        complete = said.ok() && (said->size < 0 || said->size == info.size);
      }
    }
    if (config_.completeness == "stable" && arrive) {
      complete = isStable(folder, info, config_.stable_ms, listing.at);
    }
    if (config_.completeness == "rename" && arrive)
      complete = isOldEnough(folder, info, listing.at);
    return complete && (!signed_ || names.count(info.name + ".p7s") > 0);
  }

  static std::string headerOf(const ExchangeRequest& request, std::string_view name) {
    for (const auto& header : request.headers) {
      if (header.name == name) return header.value;
    }
    return {};
  }

  bool isLoneSignature(const std::string& name,
                       const std::map<std::string, std::int64_t>& names) const {
    constexpr std::string_view kEnd = ".p7s";
    return signed_ && endsWith(name, kEnd) &&
           !names.count(name.substr(0, name.size() - kEnd.size()));
  }

  // What lies in a folder that an adapter looks at waits to be processed, unless it is kept there, or is
  // no message but a hub's sign of life.
  void showAge(const std::string& folder, const std::vector<FilePlace::Info>& files) {
    if (isKept(folder)) return;
    const std::int64_t now = toMs(clock_.now());
    std::int64_t oldest = now;
    const bool leases = endsWith(folder, "processing");
    for (const auto& file : files) {
      if (file.modified_ms <= 0 || (leases && endsWith(file.name, ".lease"))) continue;
      oldest = std::min<std::int64_t>(oldest, file.modified_ms);
    }
    metrics::set("hub_drop_oldest_file_seconds",
                 "Age of the oldest file that waits in a watched folder; 0 if none does.",
                 {{"place", place_name_}, {"endpoint", config_.name}, {"folder", folder}},
                 static_cast<double>(now - oldest) / 1'000);
  }

  static bool hasPart(const std::string& folder, std::initializer_list<std::string_view> names) {
    const auto parts = split(folder, '/');
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
      return std::find(names.begin(), names.end(), part) != names.end();
    });
  }
  static bool isKept(const std::string& folder) { return hasPart(folder, {"done", "error"}); }

  static std::int64_t toMs(Instant at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
  }

  // The URL without user and password.
  static std::string placeNameOf(const std::string& url) {
    auto parsed = parseUrl(url);
    if (!parsed) return {};
    return parsed->host + (parsed->port > 0 ? ":" + std::to_string(parsed->port) : "") +
           parsed->path;
  }

  // Written at least min_age_ms ago. Where the place's clock tells nothing (none, or ahead of ours), not
  // changed for so long.
  bool isOldEnough(const std::string& folder, const FilePlace::Info& info, Instant now) {
    if (config_.min_age_ms <= 0) return true;
    const std::int64_t age_ms = toMs(now) - info.modified_ms;
    if (info.modified_ms > 0 && age_ms >= 0) return age_ms >= config_.min_age_ms;
    return isStable(folder, info, config_.min_age_ms, now);
  }

  // Size and time unchanged over two looks at least `window_ms` apart, the last at `now`, which is when the
  // listing that `info` is of began.
  bool isStable(const std::string& folder, const FilePlace::Info& info, int window_ms,
                Instant now) {
    auto& seen = seen_[folder + "/" + info.name];
    if (seen.size != info.size || seen.modified_ms != info.modified_ms || seen.since == Instant{}) {
      seen = {info.size, info.modified_ms, clock_.now()};
      return false;
    }
    return now - seen.since >= std::chrono::milliseconds(window_ms);
  }

  void forgetGone(const std::string& folder, const std::map<std::string, std::int64_t>& names) {
    for (auto it = seen_.begin(); it != seen_.end();) {
      bool here = folderOf(it->first) == folder;
      if (here && !names.count(it->first.substr(folder.size() + 1)))
        it = seen_.erase(it);
      else
        ++it;
    }
  }

  Status mustBeFile(const std::string& path, std::int64_t* size = nullptr) {
    auto info = place_->info(path);
    if (!info) return info.status();
    if (size) *size = info->size;
    return mustBeRegular(*info);
  }
  static Status mustBeRegular(const FilePlace::Info& info) {
    if (info.regular) return {};
    return Status::failure("transport.symlink_refused", "not a regular file");
  }

  // A whole file in memory, at most exchange_bytes_max; a larger one is refused before it is read.
  Result<std::string> readWhole(const std::string& path) {
    std::int64_t size = 0;
    if (auto status = mustBeFile(path, &size); !status) return status;
    if (std::cmp_greater(size, limits_.exchange_bytes_max)) {
      return Status::failure("transport.too_large", "the file is larger than the limit");
    }
    std::string bytes;
    auto status = place_->read(path, [&](std::string_view piece) -> Status {
      bytes.append(piece);
      if (bytes.size() > limits_.exchange_bytes_max) {
        return Status::failure("transport.too_large", "the file is larger than the limit");
      }
      return {};
    });
    if (!status) return status;
    return bytes;
  }

  // What a done file says of its file, one of: SIZE, SHA256, both in any order, or what sha256sum writes.
  // Anything else says nothing, as an empty one does.
  struct Marker {
    std::int64_t size = -1;
    std::string sha256;
  };
  Result<Marker> markerOf(const std::string& path) {
    constexpr std::int64_t kBytesMax = 4'096;
    const std::string name = path + ".done";
    auto info = place_->info(name);
    if (!info) return info.status();
    if (!info->regular || info->size > kBytesMax) return Marker{};
    auto text = readWhole(name);
    if (!text) return text.status();
    // Of sha256sum's line the rest is the file's name.
    const std::string rest = text->size() > 64 ? text->substr(64, 2) : std::string();
    if (rest == "  " || rest == " *") text->resize(64);
    Marker said;
    std::istringstream words(*text);
    for (std::string word; words >> word;) {
      const bool digits = word.find_first_not_of("0123456789") == std::string::npos;
      const bool hex = word.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
      if (word.size() == 64 && hex && said.sha256.empty()) {
        said.sha256 = toLowerAscii(word);
      } else if (digits && word.size() <= 15 && said.size < 0) {
        said.size = std::stoll(word);
      } else {
        return Marker{};
      }
    }
    return said;
  }

  Status mustFitMarker(const std::string& path, const std::string& bytes) {
    if (config_.completeness != "done_file") return {};
    auto said = markerOf(path);
    if (!said) return isNotFound(said.status()) ? Status() : said.status();
    const bool size = said->size < 0 || std::cmp_equal(said->size, bytes.size());
    if (size && (said->sha256.empty() || said->sha256 == digestOf(bytes))) return {};
    return Status::failure("transport.done_mismatch",
                           size ? "the file is not the one whose SHA-256 its done file says"
                                : "the file has not the size that its done file says");
  }

  static std::string digestOf(std::string_view bytes) {
    Hasher hasher;
    hasher.add(bytes);
    return hasher.hex();
  }

  // What was refused can be told from another refused file of its name.
  static Status refuse(Status why, std::string_view bytes, ExchangeResponse* response) {
    response->headers.push_back({"Content-SHA256", digestOf(bytes)});
    return why;
  }

  Status get(const ExchangeRequest& request, ExchangeResponse* response) {
    trust::Context context;
    if (signed_) {
      // The file first: one that is not there at all is not an unsigned one.
      if (auto status = mustBeFile(request.path); !status) return status;
      auto companion = readWhole(request.path + ".p7s");
      if (!companion && isNotFound(companion.status())) {
        auto bytes = readWhole(request.path);
        if (bytes.ok()) (void)refuse({}, *bytes, response);
        return Status::failure("trust.signature_missing", "there is no .p7s beside the file");
      }
      if (!companion) return companion.status();
      context.signature = std::move(*companion);
    }
    if (request.into_attachment) return getIntoStore(request.path, context, response);
    auto bytes = readWhole(request.path);
    if (!bytes) return bytes.status();
    if (auto fits = mustFitMarker(request.path, *bytes); !fits) {
      return refuse(std::move(fits), *bytes, response);
    }
    auto verified = profile_->verify(*bytes, context, clock_.now());
    if (!verified) return refuse(verified.status(), *bytes, response);
    response->signer = verified->signer;
    noteVerifiedSigner(*verified);
    response->body = std::move(verified->body);
    return {};
  }

  // Streamed, and kept only if the signature fits what was streamed.
  Status getIntoStore(const std::string& path, trust::Context& context,
                      ExchangeResponse* response) {
    std::int64_t size = 0;
    if (auto status = mustBeFile(path, &size); !status) return status;
    if (std::cmp_greater(size, limits_.attachment_bytes_max)) {
      return Status::failure("exchange.attachment_too_large", "the file is larger than the limit");
    }
    auto sink = attachments_->create();
    if (!sink) return sink.status();
    Hasher hasher;
    auto status = place_->read(path, [&](std::string_view piece) {
      hasher.add(piece);
      return (*sink)->write(piece);
    });
    if (!status) return status;
    if (signed_) {
      context.body_sha256 = hasher.hex();
      auto verified = profile_->verify({}, context, clock_.now());
      if (!verified) return verified.status();
      response->signer = verified->signer;
      noteVerifiedSigner(*verified);
    }
    return finish(**sink, response);
  }

  static Status finish(AttachmentStore::Sink& sink, ExchangeResponse* response) {
    auto stored = sink.finish();
    if (!stored) return stored.status();
    response->attachment_sha256 = stored->sha256_hex;
    response->attachment_size = stored->bytes;
    return {};
  }

  Status put(const ExchangeRequest& request) {
    std::unique_ptr<MappedFile> mapped;
    std::string_view bytes = request.body;
    if (!request.body_attachment.empty()) {
      auto path = attachments_->path(request.body_attachment);
      if (!path) return path.status();
      auto opened = MappedFile::open(*path);
      if (!opened) return opened.status();
      mapped = std::move(*opened);
      bytes = mapped->bytes();
    }
    // The same file again (an attempt whose answer was lost) is a success; another one is not.
    auto there = place_->info(request.path);
    if (!there && !isNotFound(there.status())) return there.status();
    if (there.ok()) {
      if (auto same = isSame(request.path, *there, bytes); !same) return same;
      return complete(request.path, bytes);
    }
    if (auto status = place_->makeFolders(folderOf(request.path)); !status) return status;
    if (signed_) {
      // A companion without its file is what a broken attempt left.
      auto gone = place_->remove(request.path + ".p7s");
      if (!gone && !isNotFound(gone)) return gone;
      if (auto status = writeSignature(request.path, bytes); !status) return status;
    }
    if (auto status = writeRenamed(request.path, bytes); !status) return status;
    if (config_.completeness == "done_file") return writeRenamed(request.path + ".done", "");
    return {};
  }

  Status writeSignature(const std::string& path, std::string_view bytes) {
    trust::Context context;
    Hasher hasher;
    hasher.add(bytes);
    context.body_sha256 = hasher.hex();
    auto made = profile_->sign({}, context, clock_.now());
    return made ? writeRenamed(path + ".p7s", made->detached) : made.status();
  }

  // An attempt that broke after the file itself was written lacks what comes beside it.
  Status complete(const std::string& path, std::string_view bytes) {
    if (signed_) {
      auto there = place_->info(path + ".p7s");
      if (!there && !isNotFound(there.status())) return there.status();
      Status status = there.ok() ? Status() : writeSignature(path, bytes);
      if (!status) return status;
    }
    if (config_.completeness == "done_file") {
      auto there = place_->info(path + ".done");
      if (there.ok()) return {};
      return isNotFound(there.status()) ? writeRenamed(path + ".done", "") : there.status();
    }
    return {};
  }

  Status writeRenamed(const std::string& path, std::string_view bytes) {
    std::string temporary = temporaryOf(path);
    if (auto status = place_->write(temporary, readerOf(bytes)); !status) {
      (void)place_->remove(temporary).ok();
      return status;
    }
    auto status = place_->rename(temporary, path);
    if (!status) (void)place_->remove(temporary).ok();
    return status;
  }

  Status isSame(const std::string& path, const FilePlace::Info& there, std::string_view bytes) {
    Status taken = Status::failure("transport.name_taken", "another file of this name exists");
    if (!there.regular || there.size != static_cast<std::int64_t>(bytes.size())) return taken;
    Hasher mine, theirs;
    mine.add(bytes);
    auto status = place_->read(path, [&](std::string_view piece) {
      theirs.add(piece);
      return Status();
    });
    if (!status) return status;
    return mine.hex() == theirs.hex() ? Status() : taken;
  }

  Status move(const ExchangeRequest& request) {
    const std::string& from = request.path;
    const std::string& to = request.to_path;
    if (to.empty()) return Status::failure("transport.bad_path", "the new name is empty");
    auto moved = place_->info(from);
    if (!moved) {
      if (isNotFound(moved.status())) takeOut(from);
      return moved.status();
    }
    if (auto status = mustBeRegular(*moved); !status) return status;
    auto target = place_->info(to);
    if (target.ok()) return Status::failure("transport.name_taken", "the new name is taken");
    if (!isNotFound(target.status())) return target.status();
    if (auto status = place_->makeFolders(folderOf(to)); !status) return status;
    for (const char* companion : {".p7s", ".done"}) {
      if (!isCompanion(from + companion)) continue;
      auto there = place_->info(from + companion);
      // Gone already: another hub is claiming the file.
      if (!there && isNotFound(there.status()) && !requiresCompanions(request)) continue;
      auto status = there ? place_->rename(from + companion, to + companion) : there.status();
      if (!status) return status;
      if (auto* kept = placeIn(to).first) kept->names[nameOf(to) + companion] = there->size;
    }
    if (auto status = place_->rename(from, to); !status) return status;
    takeOut(from);
    putIn(to, std::move(*moved));
    return {};
  }

  static bool requiresCompanions(const ExchangeRequest& request) {
    return headerOf(request, "Companions") == "required";
  }

  Status remove(const std::string& path) {
    if (auto status = mustBeFile(path); !status) return status;
    if (auto status = place_->remove(path); !status) return status;
    takeOut(path);
    for (const char* companion : {".p7s", ".done"}) {
      if (!isCompanion(path + companion)) continue;
      auto status = place_->remove(path + companion);
      if (!status && !isNotFound(status)) return status;
    }
    return {};
  }

  struct Seen {
    std::int64_t size = -1;
    std::int64_t modified_ms = -1;
    Instant since{};
  };

  const EndpointConfig config_;
  std::unique_ptr<FilePlace> place_;
  std::unique_ptr<trust::Profile> profile_;
  AttachmentStore* attachments_;
  const Limits& limits_;
  const Clock& clock_;
  const bool signed_;
  const std::string place_name_;
  std::mutex mutex_;
  std::condition_variable free_;
  bool busy_ = false;
  std::map<std::string, Seen> seen_;
  std::map<std::string, Instant> begun_;     // looks at a folder that take several calls, by folder
  std::map<std::string, Listing> listings_;  // of walks that go on, by folder
};

}  // namespace

std::unique_ptr<Endpoint> makeFileEndpoint(const EndpointConfig& config,
                                           std::unique_ptr<FilePlace> place,
                                           std::unique_ptr<trust::Profile> profile,
                                           AttachmentStore* attachments, const Limits& limits,
                                           const Clock& clock) {
  return std::make_unique<FileEndpoint>(config, std::move(place), std::move(profile), attachments,
                                        limits, clock);
}

}  // namespace hub::transport
