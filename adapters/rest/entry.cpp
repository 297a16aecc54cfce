#include "adapters/rest/rest_adapter.h"

OTINISH_ADAPTER(otinish::RestAdapter)
