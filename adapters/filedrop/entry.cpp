#include "adapters/filedrop/filedrop_adapter.h"

OTINISH_ADAPTER(otinish::FiledropAdapter)
