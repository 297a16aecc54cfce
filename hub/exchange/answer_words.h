// What an adapter's answer says of itself, for who delivers and who collects.
// Threads: any; ownText() is of the thread that called the adapter.
#pragma once

#include <string>
#include <string_view>

#include "contracts/adapter/verbs.h"

namespace hub::exchange {

std::string_view nameOf(otinish::Outcome outcome);  // "RETRY", for logs and metrics
std::string codeOr(const otinish::Answer& answer, const char* fallback);

// What the hub itself says of a failure: of the exchange that failed, or of the adapter's process. The words
// of an agency may name a person, under whatever code a mapping gives them: they stand with the delivery, for
// who may read it, and in no log.
std::string ownText(const otinish::Answer& answer);

bool isTooLarge(std::string_view code);

// The other side's answer was not what it should be, whatever outcome the adapter made of that: one
// that may have taken the message all the same is asked again.
bool isUnreadable(std::string_view code);

// The other side answered, in words that were read, that it cannot take this message, and nobody listed what that means:
// a fault of the message or of the settings. The channel is well, and there is nothing in it to find out. Only an
// adapter that is driven by mappings (`adapter`: its name) says so by a code that is not the hub's: its mapping read it.
// Any other one that fails with a code of its own may have failed for whatever reason.
bool isAnswered(const otinish::Answer& answer, std::string_view adapter);

// So many files that one call has no time for them all: the next goes on with them, after the message or before it.
bool goesOn(std::string_view code);

// The agency has the message of an earlier attempt; none was sent now.
inline constexpr std::string_view kCaseFound = "adapter.case_found";

// Nobody asked the agency: the adapter put the message off by itself, for a number or a name that is not free yet, or
// none of its processes was free. That says nothing about the agency's health.
bool isPutOff(const otinish::Answer& answer);

// A try after which the body has nothing: it was not reached, there was nothing to send or nothing was sent yet, or it
// said no itself.
bool broughtNothing(otinish::Outcome outcome, std::string_view code);

}  // namespace hub::exchange
