// The law data as rows of named fields, as they stand in the files of config/law: what a comparison of
// two states of the law needs. Nothing is left out because nobody thought of it: every key of every file
// is a field of some row, a new key of a later wording too. For lawDiff.
// Threads: pure but for reading the files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/base/status.h"

namespace hub::rules {

struct LawRow {
  std::string what;   // "table", "rule", "body", "procedure row", "clock" …; see law_rows.cpp
  std::string which;  // "appc-2025-12-29/A7", "object", "land/boundary"; not always unique
  // Field → value as written, lists as [a, b]; a field within a field as "names.kk", "not_for.complaint".
  // A row that is one value has it under "".
  std::map<std::string, std::string> fields;
};

// The versions of the rule tables by file: "rules/appc-2025-12-29.yaml" → "appc-2025-12-29". Failure: as
// lawRows.
using TableNames = std::map<std::string, std::string>;
Result<TableNames> tableNames(const std::string& folder);

// Reads the files that LawBook::load reads and does not check them; a file that is not there has no rows.
// `shown_as`: the names by which the tables' rows are told.
// Failure: "rules.data_unreadable", "rules.data_syntax" with the line.
Result<std::vector<LawRow>> lawRows(const std::string& folder, const TableNames& shown_as);

}  // namespace hub::rules
