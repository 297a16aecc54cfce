#include "hub/notify/report_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

#include "hub/base/ids.h"

namespace hub::notify {

std::string reportToken(std::string_view secret, store::RowId notice) {
  const std::string text = "sms-report/1 " + std::to_string(notice);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* made = ::HMAC(::EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                            digest.data(), &size);
  if (made == nullptr) std::abort();  // without SHA-256 nothing of the hub works
  return toHex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace hub::notify
