// hubctl's commands about what applicants are told by SMS.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runNotices(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runNoticesRetry(const Arguments& arguments, Client& client, std::ostream& out,
                    std::ostream& err);

}  // namespace hub::ctl
