// hubctl's commands about the law data and what it yields. With --law FOLDER, deadlines and batches need
// no hub.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runDeadline(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
// --batch FILE ("-": standard input), here or at the hub. Exit code 1 if a row was refused.
int routeBatch(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runLawReload(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int lawCheck(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int lawDiff(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
