/* Has the contract's number and nothing else. */
#include "contracts/adapter/hub_adapter.h"

const uint32_t hub_adapter_abi = HUB_ADAPTER_ABI;
