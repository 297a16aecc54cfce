// The parts of enterSandbox (hub/hosting/sandbox.h). Internal to hub/hosting.
#pragma once

#include "hub/hosting/sandbox.h"

namespace hub::hosting {

// Success without doing anything on a kernel without Landlock. Needs no_new_privs.
// Failure: "hosting.start_failed".
Status wallOffFiles(const Sandbox& sandbox);

}  // namespace hub::hosting
