// What the reports of supervision share: which cases they are limited to, and how they answer. Internal.
#pragma once

#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/web/json_writer.h"
#include "hub/web/parameters.h"
#include "hub/web/router.h"

namespace hub::web {

// The BIN of a body that was named by BIN or by alias; one of earlier tables is taken, too, if they stand in the
// register or an appeal was its. "web.bad_parameter" with what is nearest.
Result<std::string> binOf(const Doors& doors, const rules::LawBook& law, const std::string& body,
                          Date today);

// "" for no limit.
struct CaseLimits {
  std::string body, executor, region;
  bool takes(const store::AppealRow& row, const rules::LawBook& law, Date today) const;
};
// The parameters body, executor and region. "web.bad_parameter".
Result<CaseLimits> limitsOf(const Doors& doors, const Parameters& parameters,
                            const rules::LawBook& law, Date today);

// The parameter format. "web.bad_parameter".
Result<bool> wantsCsv(const Parameters& parameters);
Reply csvReply(std::string text, const char* name);
Reply jsonReply(JsonWriter& writer);

}  // namespace hub::web
