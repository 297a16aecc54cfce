// Sub-orders of a case to other bodies: what was asked, and the steps of each.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runSubOrders(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runSubOrder(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
