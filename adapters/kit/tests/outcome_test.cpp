#include "adapters/kit/outcome.h"

#include <gtest/gtest.h>

namespace otinish::kit {
namespace {

constexpr std::int64_t kNow = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

std::int64_t after(const std::string& value) {
  return retryAfterMs({{"Date", "x"}, {"retry-after", value}}, kNow);
}

TEST(RetryAfter, IsReadInBothForms) {
  EXPECT_EQ(after("120"), 120'000);
  EXPECT_EQ(after("0"), 0);
  EXPECT_EQ(after("Sun, 06 Nov 1994 08:50:37 GMT"), 60'000);
  EXPECT_EQ(after("Mon, 07 Nov 1994 08:49:37 GMT"), 24 * 3'600'000);
  EXPECT_EQ(retryAfterMs({}, kNow), 0);
}

TEST(RetryAfter, WhatIsOverOrNotToBeReadIsNoHint) {
  for (const char* value : {"", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:00:00 GMT",
                            "soon", "-5", "1.5", "1994-11-06T09:49:37Z", "Sun, 06 Nov"}) {
    EXPECT_EQ(after(value), 0) << value;
  }
  EXPECT_EQ(after("99999999999999999999"), 999'999'999'000) << "the hub has a limit of its own";
}

TEST(RetryAfter, GoesWithAFailedExchange) {
  ExchangeResponse response;
  response.code = "adapter.http_status";
  response.retryable = true;
  response.headers = {{"Retry-After", "9"}};
  EXPECT_EQ(fromExchangeFailure(response).retry_after_ms, 9'000);
}

}  // namespace
}  // namespace otinish::kit
