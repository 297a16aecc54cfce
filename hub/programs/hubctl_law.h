// hubctl's commands about the law data: with --law FOLDER they need no hub.
#pragma once

#include <iosfwd>
#include <string>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"

namespace hub::ctl {

// The law folder to work with here: --law, else OTINISH_LAW, else config/law of this folder unless a
// hub was named (--url, OTINISH_URL); "" means: ask the hub.
std::string lawFolder(const Arguments& arguments);

// Clocks of one appeal, by the data of `folder`.
int deadlineHere(const std::string& folder, const Arguments& arguments, const std::string& language,
                 std::ostream& out, std::ostream& err);
// --batch FILE ("-": standard input), here or at the hub. Exit code 1 if a row was refused.
int deadlineBatch(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int routeBatch(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int lawCheck(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);
int lawDiff(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err);

}  // namespace hub::ctl
