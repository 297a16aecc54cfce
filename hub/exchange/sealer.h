// How the journal's tree heads are signed.
#pragma once

#include <memory>
#include <string>

#include "hub/store/store.h"
#include "hub/trust/profile.h"

namespace hub::exchange {

// The sealer of the journal: signs "otinish tree head" texts with a key of the keyring.
std::unique_ptr<store::Sealer> makeSealer(trust::Keyring& keys, std::string key);
// The text a tree head's signature covers.
std::string treeHeadText(const store::TreeHead& head);

}  // namespace hub::exchange
