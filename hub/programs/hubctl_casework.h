// hubctl's commands that work on an appeal: routing, actions of the procedure, executors, notices.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runRoute(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runActions(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runAct(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runSimilar(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runExecutors(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runRebalance(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runNotified(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
