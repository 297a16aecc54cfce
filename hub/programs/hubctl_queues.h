// hubctl's commands about messages on their way (outbox) and those that could not be taken (quarantine).
#pragma once

#include <iosfwd>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

int runOutbox(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runRetry(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runQuarantine(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int runQuarantineShow(const Arguments& arguments, Client& client, std::ostream& out,
                      std::ostream& err);
int runQuarantineReplay(const Arguments& arguments, Client& client, std::ostream& out,
                        std::ostream& err);
int runQuarantineResolve(const Arguments& arguments, Client& client, std::ostream& out,
                         std::ostream& err);

}  // namespace hub::ctl
