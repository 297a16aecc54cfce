// hubctl's commands that look appeals up: one, many, what happened to one.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runShow(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runList(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runEvents(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
