// How LIST tells of a large folder: so many files an answer at most, by name; the answer that was cut says
// so in a header, and the request that names the last one it got is given those behind it. A file that
// comes or goes between two answers is told or not, any other once. The hub keeps its look at the folder
// for those who go on within half a minute, so that it lists a folder once, not once for each part. What took long
// to list it tells again for some time ("Kept: yes"), without what was moved or deleted by way of it.
#pragma once

#include <cstddef>
#include <string_view>

namespace otinish {

// Also bounded by bytes: a listing is no larger than half of what an exchange may carry.
inline constexpr std::size_t kListedFilesMax = 10'000;
// Of the request: only what is called behind this name.
inline constexpr std::string_view kListAfter = "After";
// Of the answer, with the value "yes": there are more, behind the last one.
inline constexpr std::string_view kListMore = "More";
// Of the answer, with the value "yes": the folder was looked at for an earlier request. What is incomplete in it
// may be complete by now.
inline constexpr std::string_view kListKept = "Kept";
// Of the answer, with the value "yes": a folder where things are kept for good (done, error) holds more than the hub
// lists; these are some of them. Any other folder of that size is refused ("transport.folder_too_large").
inline constexpr std::string_view kListPartial = "Partial";
// Of the answer that begins a listing: how many entries are neither files nor folders (links, pipes), which are
// never read, and the name of one.
inline constexpr std::string_view kListStrange = "Strange";
inline constexpr std::string_view kListStrangeName = "Strange-Name";

}  // namespace otinish
