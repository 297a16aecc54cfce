// What the options of hubctl's commands mean.
#pragma once

#include <string>

namespace hub::ctl {

// One sentence; "" for an option that is not explained (a test finds it).
std::string optionMeaning(const std::string& command, const std::string& option);

// The option by which a part of a request was given that the hub calls `field` ("?received_from" is --from,
// "/registered_at" is --registered).
std::string optionOf(const std::string& field);

}  // namespace hub::ctl
