// hubctl's commands that need no hub: golden tests of mappings, the error catalogue, the version.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runMapTest(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runErrors(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runVersion(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
