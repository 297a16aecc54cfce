// What `configure` looks at before any message goes: a wrong setting must not show first in a delivery, where
// it would look as if the agency had refused an appeal. Pure, any thread. Every failure is MappingError
// "adapter.bad_setting" with the text "setting WHERE: WHY", WHERE being the setting, or "setting.key" inside a
// table: the hub reads it there and adds the file and the line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/kit/text.h"

namespace otinish::kit {

[[noreturn]] void refuseSetting(const std::string& where, const std::string& why);
// "where.key".
std::string settingAt(const std::string& where, const std::string& key);

// A template of fillTemplate and its like: every {name} is one of `names`.
void checkTemplate(const std::string& where, std::string_view pattern,
                   const std::vector<std::string>& names);
// A folder inside a file endpoint: plain names with '/' between them. Empty: "must be given" unless allowed.
void checkFolder(const std::string& where, std::string_view folder, bool may_be_empty);
// The template of a file's name, in no folder of its own.
void checkFileName(const std::string& where, std::string_view pattern,
                   const std::vector<std::string>& names);
// A charset that toUtf8 knows.
void checkCharset(const std::string& where, const std::string& charset);
// A method of an HTTP endpoint.
void checkMethod(const std::string& where, std::string_view method);
// The name of an outcome.
void checkOutcome(const std::string& where, std::string_view name);
// A pattern of HTTP statuses: digits, '*' and '?'.
void checkStatusPattern(const std::string& where, std::string_view pattern);
// What an operator should know of a table of outcomes that makes a refusal by the body of every code it does not name
// otherwise, all of `examples`, as tables did before docs/upgrade.md said so; "" if it does not.
std::string refusesUnlisted(const std::string& where, const StringMap& outcomes,
                            const std::vector<std::string>& examples);
// No other key than `known`.
void checkKeys(const std::string& where, const StringMap& row,
               const std::vector<std::string>& known);

}  // namespace otinish::kit
