#include "hub/web/http.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "hub/base/detail_phrases.h"
#include "hub/base/error_catalogue.h"
#include "hub/base/text.h"
#include "hub/web/json_writer.h"
#include "hub/web/soap_fault.h"

namespace hub::web {
namespace {

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// q in thousandths; a malformed weight counts as 0, so that it never wins.
int weightOf(std::string_view parameters) {
  for (const auto& part : split(parameters, ';')) {
    std::string_view item = trim(part);
    if (item.size() < 3 || (item[0] != 'q' && item[0] != 'Q') || item[1] != '=') continue;
    std::string digits(item.substr(2));
    if (digits.size() > 5 || digits.find_first_not_of("0123456789.") != std::string::npos) return 0;
    return std::min(1000,
                    static_cast<int>(std::lround(std::strtod(digits.c_str(), nullptr) * 1000)));
  }
  return 1000;
}

void writeErrors(JsonWriter& json, const Status& failure, const std::string& language) {
  json.beginArray("errors");
  for (const Error& error : failure.errors()) {
    json.beginObject().text("code", error.code).textIf("field", error.field);
    if (error.line > 0) json.number("line", error.line);
    json.text("text", errorText(error.code, language))
        .textIf("detail", detailIn(error.text, language))
        .endObject();
  }
  json.endArray();
}

// RFC 9110 §11.6.1: every 401 names what would help. At the agencies' door that is a signature, no key.
constexpr std::string_view kAgencyDoor = "/agency/";

void addHeadersOfStatus(Reply& reply, const Request& request) {
  const int status = reply.meant_status > 0 ? reply.meant_status : reply.status;
  if (reply.status == 401) {
    const bool agency = request.target.starts_with(kAgencyDoor);
    reply.headers.push_back(
        {"WWW-Authenticate",
         std::string(agency ? "MessageSignature" : "Bearer") + " realm=\"otinish\""});
  }
  if (status == 503) reply.headers.push_back({"Retry-After", "5"});
}

bool isTokenChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

// Each takes its part off the front; false if the text does not begin so.
bool takeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool takeToken(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && isTokenChar(text[length])) ++length;
  text.remove_prefix(length);
  return length > 0;
}

void takeSpaces(std::string_view& text) {
  while (takeChar(text, ' ')) {
  }
}

bool takeQuoted(std::string_view& text) {
  if (!takeChar(text, '"')) return false;
  while (!text.empty()) {
    const char c = text.front();
    if (c < 0x20 || c > 0x7e) return false;
    text.remove_prefix(1);
    if (c == '"') return true;
    if (c == '\\' && !text.empty() && text.front() >= 0x20 && text.front() <= 0x7e) {
      text.remove_prefix(1);
    }
  }
  return false;
}

}  // namespace

bool isMediaType(std::string_view text) {
  if (text.size() > 255) return false;
  if (!takeToken(text) || !takeChar(text, '/') || !takeToken(text)) return false;
  while (true) {
    takeSpaces(text);
    if (text.empty()) return true;
    if (!takeChar(text, ';')) return false;
    takeSpaces(text);
    if (!takeToken(text) || !takeChar(text, '=')) return false;
    if (!takeQuoted(text) && !takeToken(text)) return false;
  }
}

Result<std::string> Body::readAll(std::size_t bytes_max) {
  auto tooLarge = [&] {
    return Status::failure("web.body_too_large",
                           "the body is larger than " + std::to_string(bytes_max) + " bytes");
  };
  if (announced() && *announced() > bytes_max) return tooLarge();
  std::string all;
  if (announced()) all.reserve(static_cast<std::size_t>(*announced()));
  std::array<char, 16 * 1024> piece;
  for (;;) {
    auto got = read(piece.data(), piece.size());
    if (!got.ok()) return got.status();
    if (*got == 0) return all;
    if (all.size() + *got > bytes_max) return tooLarge();
    all.append(piece.data(), *got);
  }
}

const std::string* Request::header(std::string_view name) const {
  const std::string wanted = toLowerAscii(name);
  for (const auto& h : headers) {
    if (toLowerAscii(h.name) == wanted) return &h.value;
  }
  return nullptr;
}

Result<std::string> decodePercent(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      int high = i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return Status::failure("web.bad_request", "a percent sign is not followed by two digits");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return Status::failure("web.bad_request", "a control character in the target");
    }
    out += c;
  }
  if (!isUtf8(out)) return Status::failure("web.bad_request", "the target is not UTF-8");
  return out;
}

std::string encodePercent(std::string_view text) {
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> parseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  if (query.empty()) return out;
  for (const auto& part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    auto name = decodePercent(std::string_view(part).substr(0, equals));
    if (!name.ok()) return name.status();
    std::string value;
    if (equals != std::string::npos) {
      auto decoded = decodePercent(std::string_view(part).substr(equals + 1));
      if (!decoded.ok()) return decoded.status();
      value = std::move(decoded).value();
    }
    out.emplace_back(std::move(name).value(), std::move(value));
  }
  return out;
}

std::string chooseLanguage(std::string_view accept_language, std::string_view target) {
  std::string best = target.starts_with(kAgencyDoor) ? "ru" : "en";
  int best_weight = 0;
  for (const auto& part : split(accept_language, ',')) {
    const std::string_view item = trim(part);
    const auto semicolon = item.find(';');
    const std::string tag = toLowerAscii(trim(item.substr(0, semicolon)));
    const std::string language = tag.substr(0, tag.find('-'));
    if (language != "kk" && language != "ru" && language != "en") continue;
    const int weight =
        semicolon == std::string_view::npos ? 1000 : weightOf(item.substr(semicolon + 1));
    if (weight > best_weight) {
      best = language;
      best_weight = weight;
    }
  }
  return best;
}

Result<std::string> checkMediaType(const Request& request,
                                   const std::vector<std::string_view>& allowed) {
  const std::string* encoding = request.header("Content-Encoding");
  if (encoding && toLowerAscii(trim(*encoding)) != "identity") {
    return Status::failure("web.content_encoding", "send the body uncompressed",
                           "Content-Encoding");
  }
  const std::string* type = request.header("Content-Type");
  const auto parts = split(type ? *type : std::string(), ';');
  const std::string media = toLowerAscii(trim(parts.empty() ? std::string() : parts[0]));
  if (std::find(allowed.begin(), allowed.end(), media) == allowed.end()) {
    std::string list;
    for (auto a : allowed) (list += list.empty() ? "" : ", ") += a;
    return Status::failure("web.media_type", "send " + list, "Content-Type");
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::string parameter = toLowerAscii(trim(parts[i]));
    std::erase(parameter, '"');
    if (parameter.starts_with("charset=") && parameter != "charset=utf-8" &&
        parameter != "charset=utf8") {
      return Status::failure("web.charset", "send UTF-8", "Content-Type");
    }
  }
  return media;
}

Reply problem(const Status& failure, const Request& request, const Refusal* refused, int status) {
  if (speaksSoap(request)) {
    Reply fault = soapFault(failure, request);
    addHeadersOfStatus(fault, request);
    return fault;
  }
  const Error& first = failure.error();
  const ErrorEntry* entry = findError(first.code);
  Reply reply;
  reply.status = status > 0 ? status : entry ? entry->http_status : 500;
  if (reply.status < 400 || reply.status > 599) reply.status = 500;
  reply.type = "application/problem+json";
  reply.headers.push_back({"Content-Language", request.language});
  JsonWriter json;
  json.beginObject()
      .text("type", "urn:otinish:error:" + first.code)
      .text("title", errorText(first.code, request.language))
      .number("status", reply.status)
      .text("code", first.code)
      .textIf("detail", detailIn(first.text, request.language))
      .text("instance", "urn:uuid:" + request.request_id);
  json.textIf("remedy", errorRemedy(first.code, request.language));
  writeErrors(json, failure, request.language);
  if (refused != nullptr) {
    json.beginObject("refusal").text("action", refused->action).text("state", refused->state);
    json.beginArray("allowed");
    for (const auto& action : refused->allowed) json.text({}, action);
    json.endArray();
    if (!refused->first.empty()) {
      json.beginArray("first");
      for (const auto& step : refused->first) {
        json.beginObject().text("action", step.action).text("role", step.role).endObject();
      }
      json.endArray();
    }
    if (!refused->outcomes.empty()) {
      json.beginArray("outcomes");
      for (const auto& outcome : refused->outcomes) json.text({}, outcome);
      json.endArray();
    }
    json.endObject();
  }
  json.endObject();
  reply.body = json.take();
  addHeadersOfStatus(reply, request);
  return reply;
}

}  // namespace hub::web
