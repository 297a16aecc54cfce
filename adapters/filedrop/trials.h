// A file that ends the adapter's process (a mapping that never ends, or takes all memory) takes with it
// whatever the call had to tell, the count of its attempts too. So before a file is read that the last call
// may have ended at, a small file beside it in processing/<node>/ says for which time; one that is read to
// the end takes it away. Its name says all. Pure functions.
#pragma once

#include <optional>
#include <string>

namespace otinish {

struct Trial {
  std::string name_digest;  // of the file's name, as in known.h
  int number = 0;           // 1-based
};

std::string trialName(const Trial& trial);
// nullopt: the name is not a trial's.
std::optional<Trial> trialOf(const std::string& name);

}  // namespace otinish
