// Writes the published contracts from the field descriptions.
#pragma once

#include <string>

namespace hub::model {

std::string makeXsd();
std::string makeJsonSchema();
std::string makeThriftIdl();

}  // namespace hub::model
