// A refusal to a caller of the agencies' door that speaks SOAP: a SOAP 1.1 fault in place of the
// problem document, which its stack could not read. Internal.
#pragma once

#include "hub/web/http.h"

namespace hub::web {

// At /agency/…, with the content type text/xml or a SOAPAction.
bool speaksSoap(const Request& request);
// HTTP 500, as SOAP 1.1 §6.2 asks of every fault; its detail holds our code, the status that a
// problem would have, the text, the detail and the remedy in the caller's language.
Reply soapFault(const Status& failure, const Request& request);

}  // namespace hub::web
