// Whether a document is UTF-8. Any thread.
#pragma once

#include <string_view>

#include "hub/base/status.h"

namespace hub::model {

// Failure, with the line: "model.bad_charset" and `what` ("JSON is UTF-8"); "model.truncated" if all is UTF-8
// but the document ends inside a letter, as about every second cut of a Kazakh or Russian text does.
Status checkUtf8(std::string_view document, std::string_view what);

}  // namespace hub::model
