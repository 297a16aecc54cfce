// Who signed what an agency said, as its security profile verified it: kept beside the fact.
#pragma once

#include <string>
#include <string_view>

#include "hub/trust/profile.h"

namespace hub::exchange {

struct Evidence {
  // "wsse subject=… serial=… sha256=…", one after the other ("; ") if one call met several signers.
  std::string text;
  // Of the certificate, if there was exactly one signer.
  std::string serial, sha256;

  // As it was kept.
  static Evidence fromText(std::string text);
  // Adds a signer unless it is there; none for what is not signed.
  void add(std::string_view format, const trust::Verified& verified);
};

}  // namespace hub::exchange
