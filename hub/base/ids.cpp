#include "hub/base/ids.h"

#include <openssl/evp.h>
#include <sys/random.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace hub {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrlAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode64(std::string_view bytes, const char* alphabet, bool pad) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  std::size_t to = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    auto byte = [&](std::size_t k) -> std::uint32_t {
      return k < left ? static_cast<std::uint8_t>(bytes[i + k]) : 0U;
    };
    const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    out[to++] = alphabet[group >> 18];
    out[to++] = alphabet[group >> 12 & 63];
    if (left > 1) out[to++] = alphabet[group >> 6 & 63];
    if (left > 2) out[to++] = alphabet[group & 63];
  }
  if (!pad) out.resize(to);
  return out;
}

constexpr std::array<std::int8_t, 256> valuesOf(const char* alphabet) {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (int i = 0; i < 64; ++i) {
    values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr std::array<std::int8_t, 256> kValues = valuesOf(kAlphabet);
constexpr std::array<std::int8_t, 256> kUrlValues = valuesOf(kUrlAlphabet);

Result<std::string> decode64(std::string_view text, bool url) {
  Status bad = Status::failure("base.bad_base64", "not base64");
  const auto& values = url ? kUrlValues : kValues;
  std::string out(text.size() / 4 * 3, '\0');
  std::size_t at = 0;
  // Whole groups without white space or padding, as far as they go; three bytes each.
  for (; text.size() - at * 4 >= 4; ++at) {
    std::int32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::int32_t value = values[static_cast<std::uint8_t>(text[at * 4 + i])];
      group = group < 0 || value < 0 ? -1 : (group << 6 | value);
    }
    if (group < 0) break;
    out[at * 3] = static_cast<char>(group >> 16 & 255);
    out[at * 3 + 1] = static_cast<char>(group >> 8 & 255);
    out[at * 3 + 2] = static_cast<char>(group & 255);
  }
  out.resize(at * 3);
  std::uint32_t group = 0;
  std::size_t count = 0, padding = 0;
  for (char c : text.substr(at * 4)) {
    if (!url && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = values[static_cast<std::uint8_t>(c)];
    if (value < 0 || padding > 0) return bad;
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (++count % 4 == 0) {
      out += static_cast<char>(group >> 16 & 255);
      out += static_cast<char>(group >> 8 & 255);
      out += static_cast<char>(group & 255);
      group = 0;
    }
  }
  std::size_t rest = count % 4;
  bool padding_fits = url ? padding == 0 : padding == (4 - rest) % 4;
  if (rest == 1 || !padding_fits) return bad;
  if (rest == 2) {
    out += static_cast<char>(group >> 4 & 255);
  } else if (rest == 3) {
    out += static_cast<char>(group >> 10 & 255);
    out += static_cast<char>(group >> 2 & 255);
  }
  return out;
}

}  // namespace

std::string randomBytes(std::size_t n) {
  std::string bytes(n, '\0');
  std::size_t done = 0;
  while (done < n) {
    ssize_t got = getrandom(bytes.data() + done, n - done, 0);
    if (got <= 0) std::abort();
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string newUuid7(Instant now) {
  // One system call serves many ids: the pool is per thread, so no lock.
  thread_local std::string pool;
  thread_local std::size_t used = 0;
  if (used + 10 > pool.size()) {
    pool = randomBytes(640);
    used = 0;
  }
  std::uint8_t b[16];
  auto millis = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  for (int i = 0; i < 6; ++i) b[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  for (std::size_t i = 6; i < 16; ++i) b[i] = static_cast<std::uint8_t>(pool[used++]);
  b[6] = static_cast<std::uint8_t>((b[6] & 0x0f) | 0x70);
  b[8] = static_cast<std::uint8_t>((b[8] & 0x3f) | 0x80);
  std::string text;
  text.reserve(36);
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[b[i] >> 4];
    text += kHex[b[i] & 15];
  }
  return text;
}

bool isUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < 36; ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    char c = text[i];
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

Sha256 sha256(std::string_view bytes) {
  Sha256 digest;
  unsigned int size = 0;
  // Fetched once: the implicit fetch of EVP_sha256() costs more than hashing a short text.
  static EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local struct Holder {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Holder() { EVP_MD_CTX_free(context); }
  } holder;
  if (EVP_DigestInit_ex2(holder.context, md, nullptr) != 1 ||
      EVP_DigestUpdate(holder.context, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(holder.context, digest.data(), &size) != 1) {
    std::abort();
  }
  return digest;
}

std::string sha256Hex(std::string_view bytes) {
  auto digest = sha256(bytes);
  return toHex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string toHex(std::string_view bytes) {
  std::string out(bytes.size() * 2, '0');
  std::size_t to = 0;
  for (char c : bytes) {
    const auto b = static_cast<std::uint8_t>(c);
    out[to++] = kHex[b >> 4];
    out[to++] = kHex[b & 15];
  }
  return out;
}

std::string toBase64(std::string_view bytes) { return encode64(bytes, kAlphabet, true); }
Result<std::string> fromBase64(std::string_view text) { return decode64(text, false); }
std::string toBase64Url(std::string_view bytes) { return encode64(bytes, kUrlAlphabet, false); }
Result<std::string> fromBase64Url(std::string_view text) { return decode64(text, true); }

bool equalConstantTime(std::string_view a, std::string_view b) {
  std::size_t difference = a.size() ^ b.size();
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference |= static_cast<std::size_t>(static_cast<std::uint8_t>(a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace hub
