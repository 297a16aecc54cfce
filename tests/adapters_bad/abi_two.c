/* Built for a contract of the future; calling anything of it would be a mistake. */
#include <stdlib.h>

#include "contracts/adapter/hub_adapter.h"

const uint32_t hub_adapter_abi = 2u;
const hub_adapter* hub_adapter_entry(void) { abort(); }
