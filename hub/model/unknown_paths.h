// Members of a JSON document that the descriptions do not know: kept, but perhaps only misspelt.
#pragma once

#include <string>
#include <vector>

#include "hub/model/types.h"

namespace hub::model {

// Their paths, as errors name fields ("/appeal/applicant/0/iinn"), in the order of the descriptions; at
// most `most`. Elements of a foreign namespace in XML are meant and do not count. Any thread.
std::vector<std::string> unknownPaths(const Message& message, std::size_t most = 100);

}  // namespace hub::model
