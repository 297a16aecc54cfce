// hubctl's commands of supervision: terms, discipline, misrouted appeals, registration cards.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runOverdue(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runStopped(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runDiscipline(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runRepeats(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runMisrouted(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runCards(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
