// Every limit of the hub, units in the name. config/hub.yaml shows and overrides those under
// `limits:`. A limit that is reached is an error with a code, never a silent cut.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hub {

struct Limits {
  std::size_t body_bytes_max = 2 * 1024 * 1024;            // one message body at any door
  std::size_t attachment_bytes_max = 100 * 1024 * 1024;    // one attachment
  int xml_depth_max = 32;                                  // element nesting
  int json_depth_max = 32;                                 // object/array nesting
  std::size_t xml_nodes_max = 50'000;                      // elements + attributes of one document
  std::size_t text_chars_max = 100'000;                    // subject_text, decision text
  std::size_t list_items_max = 1'000;                      // any repeated field
  int call_ms_max = 30'000;                                // one adapter call
  std::size_t adapter_answer_bytes_max = 8 * 1024 * 1024;  // one answer of an adapter
  std::size_t exchange_bytes_max = 8 * 1024 * 1024;        // one transport response in memory
  int collect_messages_max = 100;                          // messages of one collect call
  int http_threads_max = 128;                              // connections served at once
  int http_keep_alive_ms_max = 15'000;                     // idle connection
  int http_header_fields_max = 64;
  int outbox_attempts_before_escalation = 10;              // then an operator is told
  std::int64_t retry_ms_first = 1'000;                     // back-off base
  std::int64_t retry_ms_max = 900'000;                     // back-off cap
  std::int64_t outbox_rows_max = 10'000'000;               // unfinished rows; then intake says 503
  std::int64_t free_disk_bytes_min = 256LL * 1024 * 1024;  // below: intake says 503
};

}  // namespace hub
