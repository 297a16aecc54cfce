// What the hub itself said of the last exchange that an adapter made on this thread. Threads: each its own.
#pragma once

#include "hub/base/status.h"

namespace hub::exchange {

// Without a code if that exchange did not fail, or none was made. Empties it.
Error takeLastFailure();

}  // namespace hub::exchange
