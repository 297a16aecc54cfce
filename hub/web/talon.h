// The talon (receipt slip, APPC art. 64(2)) as a page and as a PDF, in Kazakh and Russian side by
// side, with a QR code that opens the tracking page or tells the number.
// Threads: pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "hub/base/status.h"
#include "hub/exchange/talon.h"

namespace hub::web {

// Where the code leads: `track_url` with "{number}" replaced by the number in ASCII
// ("…/ZhT-2026-01234567"); that number alone if `track_url` is empty (readers guess the alphabet of
// other letters).
std::string talonCode(const std::string& track_url, const std::string& reg_number);

// One self-contained page without scripts or outside references; the code is an SVG.
// Failure: "web.talon_unavailable" if the code does not fit.
Result<std::string> talonHtml(const exchange::Talon& talon, const std::string& code);
// One A5 page; the letters used are embedded, the text can be searched and copied. `font` is a
// TrueType file with the Kazakh letters (Debian: fonts-dejavu-core). Failure:
// "web.talon_unavailable" if the code does not fit or the font cannot be used.
Result<std::string> talonPdf(const exchange::Talon& talon, const std::string& code,
                             const std::string& font);

}  // namespace hub::web
