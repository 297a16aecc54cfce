// Identifiers and digests: UUIDv7 (RFC 9562), SHA-256, base64, hex, constant-time comparison.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/status.h"
#include "hub/base/time.h"

namespace hub {

// A new UUIDv7: time-ordered, 74 random bits from the operating system. Any thread.
std::string newUuid7(Instant now);
// True for the canonical 36-character lower-case form of any UUID version.
bool isUuid(std::string_view text);

using Sha256 = std::array<std::uint8_t, 32>;
Sha256 sha256(std::string_view bytes);
// Lower-case hex of SHA-256(bytes): the form in which digests are stored and shown.
std::string sha256Hex(std::string_view bytes);
std::string toHex(std::string_view bytes);
std::string toBase64(std::string_view bytes);
// Strict RFC 4648 alphabet; white space is skipped. Failure: "base.bad_base64".
Result<std::string> fromBase64(std::string_view text);
std::string toBase64Url(std::string_view bytes);  // no padding
Result<std::string> fromBase64Url(std::string_view text);
// Takes time that depends on the lengths only.
bool equalConstantTime(std::string_view a, std::string_view b);
// n bytes from the operating system's generator. Aborts if there is none.
std::string randomBytes(std::size_t n);

}  // namespace hub
