#include "adapters/soap/soap_adapter.h"

OTINISH_ADAPTER(otinish::SoapAdapter)
