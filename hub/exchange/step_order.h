// Whether a step that a body tells of is behind what it told before: news may overtake one another on the way (a
// retry, pushes side by side).
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/time.h"

namespace hub::exchange {

struct ToldStatus {
  std::string status;
  std::string at;  // when the body says that it was; "" if it does not say
  Instant came;
};

// `status`, of which the body tells now, is a step of the procedure, or of a withdrawal, or news after a notice
// of defects; `told`: what it told of the appeal before. Steps are ordered by the times that the body names;
// where these do not tell, by the procedure: defects, notice of the hearing, hearing.
bool cameLate(const ToldStatus& status, const std::vector<ToldStatus>& told);

}  // namespace hub::exchange
