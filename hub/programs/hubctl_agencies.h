// hubctl's commands about the agencies and their adapters, and whether intake is open.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runStatus(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runAgencies(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runAdapterList(const Arguments& arguments, Client& client, std::ostream& out,
                   std::ostream& err);
int runAdapterCheck(const Arguments& arguments, Client& client, std::ostream& out,
                    std::ostream& err);
int runCursorShow(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runCursorReset(const Arguments& arguments, Client& client, std::ostream& out,
                   std::ostream& err);

}  // namespace hub::ctl
