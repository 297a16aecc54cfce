/* Exports no symbol of its own: both come from a library it is linked with. */
#include "contracts/adapter/hub_adapter.h"

HUB_ADAPTER_EXPORT int borrowed(void);
int borrowed(void) { return (int)hub_adapter_abi; }
