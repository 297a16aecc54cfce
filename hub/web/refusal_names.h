// What the procedure refuses, told in words: the texts of refusals carry the codes of actions, states, roles and terms, which
// here become the names that the law data give them in the caller's language. The codes stand in the problem
// document's member "refusal".
// Threads: pure.
#pragma once

#include "hub/base/status.h"
#include "hub/rules/law_book.h"
#include "hub/web/http.h"

namespace hub::web {

// The problem document of a refused action, step of a sub-order, or routing; any other failure as problem() has it.
Reply refusal(const Status& refused, const Request& request, const rules::LawBook& law);

}  // namespace hub::web
