#include "adapters/filedrop/run.h"

#include <chrono>

#include "adapters/kit/outcome.h"
#include "adapters/kit/text.h"
#include "contracts/adapter/listing.h"

namespace otinish::filedrop {

std::set<std::string> digestsIn(const std::string& document) {
  static constexpr std::string_view kTag = "sha256>";
  std::set<std::string> out;
  for (std::size_t at = document.find(kTag); at != std::string::npos;
       at = document.find(kTag, at + 1)) {
    const std::string digest = document.substr(at + kTag.size(), 64);
    if (kit::isSha256Hex(digest)) out.insert(digest);
  }
  return out;
}

std::string idOf(const std::string& name, int row, const std::string& sha256) {
  return name + "#" + std::to_string(row) + "@" + sha256.substr(0, 12);
}

std::vector<std::string> freeNames(const std::string& name, const std::string& mark) {
  // A name may have 255 bytes, and the hub's own are longer than the file's: ".p7s", ".reason.json",
  // and for a moment ".NAME.12345678.part".
  constexpr std::size_t kNameBytesMax = 255 - 12 - 4 - 15;
  std::vector<std::string> names;
  for (int suffix = 0; suffix <= kSuffixesMax + 1; ++suffix) {
    const std::string end = suffix == 0              ? std::string()
                            : suffix <= kSuffixesMax ? "." + std::to_string(suffix)
                                                     : "." + mark;
    if (name.size() + end.size() <= kNameBytesMax) {
      names.push_back(name + end);
      continue;
    }
    const std::string tail = "~" + kit::sha256Hex(name).substr(0, 12) + end;
    std::size_t kept = kNameBytesMax - tail.size();
    while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xC0U) == 0x80U) --kept;
    names.push_back(name.substr(0, kept) + tail);
  }
  return names;
}

std::string markOf(const std::string& when, const std::string& sha256) {
  std::string mark;
  for (const char c : when) {
    if (c != '-' && c != ':') mark += c;
  }
  return mark + "-" + (sha256.empty() ? "unread" : sha256.substr(0, 12));
}

bool isTaken(const ExchangeResponse& response) {
  return !response.ok && response.code == "transport.name_taken";
}

bool isPartial(const ExchangeResponse& listing) {
  return kit::headerOf(listing.headers, kListPartial) == "yes";
}

bool isListed(const ExchangeResponse& response) {
  return response.ok ? !isPartial(response) : response.code == "transport.not_found";
}

bool isCut(const ExchangeResponse& listing) {
  return kit::headerOf(listing.headers, kListMore) == "yes";
}

bool isSignature(const std::string& name) { return name.ends_with(".p7s"); }

std::int64_t nowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace otinish::filedrop

namespace otinish {

using filedrop::kWarnEveryMs;

void FiledropAdapter::Run::note(const std::string& code, const std::string& folder,
                                const std::string& cause, const std::string& name, int files) {
  for (Trouble& known : troubles) {
    if (known.code == code && known.folder == folder) {
      known.files += files;
      return;
    }
  }
  troubles.push_back({code, folder, cause, name, files});
}

// A line for each kind, once in ten minutes: what keeps one file back often keeps back all of them, at
// every look. Names are the agency's choice and may tell of a person: they stand in the answer, in no log.
void FiledropAdapter::tellTroubles(Run& run) const {
  const std::int64_t now = now_ms_();
  for (const auto& trouble : run.troubles) {
    {
      const std::lock_guard lock(mutex_);
      std::int64_t& warned = warned_ms_[trouble.code + " " + trouble.folder];
      if (now - warned < kWarnEveryMs) continue;
      warned = now;
    }
    run.host.log(
        kit::LogLevel::kWarning, "filedrop." + trouble.code.substr(trouble.code.find('.') + 1),
        trouble.folder + ": " +
            (trouble.files > 0 ? std::to_string(trouble.files) + " files: " : std::string()) +
            trouble.cause);
  }
  if (run.troubles.empty()) return;
  const auto& first = run.troubles.front();
  run.answer.code = first.code;
  run.answer.text = first.folder + ": " +
                    (first.files > 0 ? std::to_string(first.files) + " files wait for it, first " +
                                           first.first + ": "
                                     : std::string()) +
                    first.cause;
}

}  // namespace otinish
