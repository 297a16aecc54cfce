// The calls that delivering and collecting have in common. Internal.
#pragma once

#include <string>

#include "adapters/kit/adapter.h"
#include "adapters/kit/settings.h"

namespace otinish {

// The call of a row {method, path}, its path filled in.
ExchangeRequest callOf(const std::string& endpoint, const kit::StringMap& row,
                       const kit::StringMap& values);
// The body in UTF-8: of the charset that the answer declares. Failure: MappingError "adapter.bad_charset".
std::string bodyOf(const ExchangeResponse& response);
// With code and text if it is not taken.
Answer statusAnswer(Outcome outcome, const ExchangeResponse& response);

}  // namespace otinish
