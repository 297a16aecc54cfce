// hubctl's commands that look appeals up: one, many, what happened to one or all.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runShow(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runList(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runEvents(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
// Of all appeals; with --follow until it is interrupted.
int runFeed(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
