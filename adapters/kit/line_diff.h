// Two texts side by side for people: a unified diff of lines. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace otinish::kit {

// "@@ -8,3 +8,3 @@" and lines with ' ', '-' (in `expected` alone) or '+' (in `made` alone) before them, three lines
// of context around each difference; "" if the texts are the same. At most `lines_max` lines and one that
// says how many more there are.
std::string lineDiff(std::string_view expected, std::string_view made, int lines_max = 400);

}  // namespace otinish::kit
