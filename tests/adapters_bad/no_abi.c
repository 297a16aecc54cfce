/* A library that is no adapter. */
#include "contracts/adapter/hub_adapter.h"

HUB_ADAPTER_EXPORT int some_library_function(void);
int some_library_function(void) { return 1; }
