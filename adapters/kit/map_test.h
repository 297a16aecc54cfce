// Golden tests of a mapping folder: `hubctl map test FOLDER…`.
//
// A mapping folder holds map.yaml, the mappings, and golden/<mapping>.<case>.in.(xml|json) with
// golden/<mapping>.<case>.out.(xml|json|txt):
//   mappings:
//     request: {file: request.xslt, canonical: in, parameters: {now: 2026-11-23T05:00:00Z}}
//     item:    {file: item.jq, canonical: out}
//   tables: settings.yaml        # optional: takes `tables` from there
// A stylesheet gets its parameters; a case may add its own in
// golden/<mapping>.<case>.parameters.yaml. A mapping that must refuse an input has
// golden/<mapping>.<case>.out.txt with "refused: <code>". `canonical` says which side is canonical:
// fields of it that no mapping file names are reported as lost (a hint for people, not a failure), and what comes `out` must be
// what the hub takes. A mapping called `response` gives names of outcomes that there are.
#pragma once

#include <functional>
#include <iosfwd>
#include <set>
#include <string>
#include <vector>

#include "contracts/adapter/verbs.h"

namespace otinish::kit {

struct MapTestFailure {
  std::string about;    // input of the case, mapping, file of golden/ or folder
  std::string golden;   // the file that says what was expected; "" if none does
  std::string why;      // one line
  std::string because;  // text of a mapping that failed
  std::string diff;     // line_diff.h: the golden file against what was made
};

struct MapTestResult {
  int passed = 0;
  int failed = 0;
  int updated = 0;
  std::vector<MapTestFailure> failures;
  std::set<std::string> lost_fields;  // canonical fields in golden inputs that no mapping names
  bool ok() const { return failed == 0; }
};

// Runs every golden case of the folder and writes each failure, with the lines that differ, to `out`. `update` rewrites the expected files instead. A case that does not end in time is a
// failure, and so is a file of golden/ that belongs to no case. Never throws: a folder that cannot
// be read is a failure with a line. Forks: one thread at a time.
// `check` says why the hub would refuse what a mapping with `canonical: out` made, "" if it would not: such a case fails.
using CanonicalCheck = std::function<std::string(const Inbound&)>;
MapTestResult runMapTests(const std::string& folder, bool update, std::ostream& out,
                          int case_ms_max = 20'000, const CanonicalCheck& check = {});

// settings.yaml of a mapping folder as an adapter's configuration: settings as JSON, and the files
// that its "file" settings name. Failure: MappingError "adapter.bad_setting".
Configuration readSettingsFolder(const std::string& folder, const About& about);

}  // namespace otinish::kit
