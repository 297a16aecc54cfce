// hubctl's commands that hand in appeals and files, and fetch the proofs of acceptance.
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runSubmit(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runAttach(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runReceipt(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runTalon(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
