// The README of an adapter holds a table of its settings as the adapter itself tells them.
#pragma once

#include <string>

namespace otinish::kit::testing {

// Of what the adapter says of itself (aboutToJson). Markdown: name, type, default ("required" for one
// that must be set), meaning; a row a setting, in the order of the code.
std::string settingsTable(const std::string& about_json);
// Empty if adapters/<name>/README.md holds that table, else what it lacks.
std::string readmeProblem(const std::string& about_json);

}  // namespace otinish::kit::testing
