// An adapter's description of itself as JSON (the form it has over the C border) and the check of a
// destination's settings against it. Pure; any thread.
#pragma once

#include <string_view>

#include "contracts/adapter/verbs.h"
#include "hub/base/status.h"

namespace hub::hosting {

inline constexpr std::size_t kAboutBytesMax = 256 * 1024;
inline constexpr int kAboutDepthMax = 8;

// Field names as in adapter.thrift, struct About; unknown fields are ignored, since About may grow.
// Failure: "hosting.bad_about" (not JSON, too large or deep, wrong kinds, see checkAbout).
Result<otinish::About> aboutFromJson(std::string_view json);

// Name present, form xml or json, known verbs and setting kinds, no setting twice, choices exactly
// for an enum. Failure: "hosting.bad_about".
Status checkAbout(const otinish::About& about);

// Every key of settings_json is one of about.settings, mandatory ones are present, values have
// their kind, a named file was handed over. All errors at once, `field` = "/settings/<name>":
// "hosting.unknown_setting", "hosting.missing_setting", "hosting.bad_setting".
Status checkSettings(const otinish::About& about, const otinish::Configuration& configuration);

// Whether the destination's settings give this one a value of their own.
bool givesSetting(const otinish::Configuration& configuration, std::string_view name);

}  // namespace hub::hosting
