// Asking for a part of a file, or only for one that changed (RFC 9110 §13, §14). Internal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hub/web/http.h"

namespace hub::web {

struct ByteRange {
  std::int64_t from = 0, bytes = 0;
};

enum class RangeAsked { kWhole, kPart, kNone };
struct RangeAnswer {
  RangeAsked asked = RangeAsked::kWhole;  // kNone: nothing of the file lies in the range
  ByteRange part;
};

// If-None-Match names this entity tag ("…" with its quotes), or any.
bool hasAlready(const Request& request, const std::string& etag);

// One range of bytes of a GET. Whole: no Range, one that is not well-formed, another unit, several ranges, or an
// If-Range of another file: RFC 9110 allows to answer each of them with all.
RangeAnswer rangeOf(const Request& request, const std::string& etag, std::int64_t size);

}  // namespace hub::web
