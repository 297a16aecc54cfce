// The published description, held against every answer that a test gets: what a client may meet stands in it.
// Threads: as each test, one.
#pragma once

#include <string>

#include "hub/web/tests/raw_client.h"

namespace hub::web::testing {

// What the answer `status` to a request of these bytes lacks in the description; "" if it stands there, and of what is no
// request for one of its operations.
std::string notPublished(const std::string& bytes, int status);
// The same of the whole answer: its media type, and, of JSON, that the body is what its schema says and has no member
// that the schema does not name.
std::string notPublished(const std::string& bytes, const Response& response);

}  // namespace hub::web::testing
