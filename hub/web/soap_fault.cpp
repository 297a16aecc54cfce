#include "hub/web/soap_fault.h"

#include "hub/base/detail_phrases.h"
#include "hub/base/error_catalogue.h"
#include "hub/base/text.h"

namespace hub::web {
namespace {

constexpr std::string_view kDoor = "/agency/";

std::string element(std::string_view name, std::string_view text) {
  if (text.empty()) return {};
  const std::string tag(name);
  return "<" + tag + ">" + escapeXml(text) + "</" + tag + ">";
}

}  // namespace

bool speaksSoap(const Request& request) {
  if (!request.target.starts_with(kDoor)) return false;
  if (request.header("SOAPAction")) return true;
  const std::string* type = request.header("Content-Type");
  return type && toLowerAscii(trim(type->substr(0, type->find(';')))) == "text/xml";
}

Reply soapFault(const Status& failure, const Request& request) {
  const Error& first = failure.error();
  const ErrorEntry* entry = findError(first.code);
  Reply reply;
  reply.status = 500;
  reply.meant_status = entry ? entry->http_status : 500;
  reply.type = "text/xml; charset=utf-8";
  const std::string_view side = reply.meant_status < 500 ? "Client" : "Server";
  reply.body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>"
      "<soapenv:Fault>" +
      element("faultcode", "soapenv:" + std::string(side)) + "<faultstring xml:lang=\"" +
      request.language + "\">" + escapeXml(errorText(first.code, request.language)) +
      "</faultstring><detail><problem xmlns=\"urn:otinish:problem:1\">" +
      element("code", first.code) + element("status", std::to_string(reply.meant_status)) +
      element("field", first.field) + element("detail", detailIn(first.text, request.language)) +
      element("remedy", errorRemedy(first.code, request.language)) +
      element("instance", "urn:uuid:" + request.request_id) +
      "</problem></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>\n";
  return reply;
}

}  // namespace hub::web
