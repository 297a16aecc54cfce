// Who signed, as clients read it. A certificate's subject names the official who holds it, his IIN too: of it, all see the
// organisation alone. Pure.
#pragma once

#include <string>
#include <string_view>

namespace hub::web {

// `evidence` as exchange::Evidence keeps it. Of each subject the organisation (O), its BIN (OU, serialNumber) and the
// country stay, of all else the names of the attributes; the format, the certificate's serial and SHA-256 stay whole.
std::string shownEvidence(std::string_view evidence);

}  // namespace hub::web
