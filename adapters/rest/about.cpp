#include "adapters/rest/rest_adapter.h"

namespace otinish {

About RestAdapter::about() {
  About a;
  a.name = "rest";
  a.version = "1.0.0";
  a.form = "json";
  a.delivers = {"appeal/1", "supplement/1", "withdrawal/1", "status/1"};
  a.verbs = {"deliver", "collect", "receive", "translate"};
  a.thread_safe = true;
  a.settings = {
      {"endpoint", "string", false, "main", "Name of the endpoint to call.", {}, false},
      {"operations",
       "table",
       true,
       "",
       "Message type to {method, path}; path takes {message_id}, {correlation_id}, {external_id}, "
       "{reg_number}.",
       {},
       false},
      {"headers",
       "table",
       false,
       R"({"Idempotency-Key":"{message_id}"})",
       "Header name to value template, on every delivery. What logs the hub in stands with the "
       "endpoint in hub.yaml.",
       {},
       false},
      {"content_type",
       "string",
       false,
       "application/json",
       "Content-Type of deliveries. If it is no JSON, as application/x-www-form-urlencoded, the "
       "request programs give one text, "
       "which is sent as it is.",
       {},
       false},
      {"request", "file", true, "", "jq program: canonical appeal to request body.", {}, false},
      {"request_supplement",
       "file",
       false,
       "",
       "The same for supplements; without it they are unsupported.",
       {},
       false},
      {"request_withdrawal",
       "file",
       false,
       "",
       "The same for withdrawals; without it they are unsupported.",
       {},
       false},
      {"request_status",
       "file",
       false,
       "",
       "The same for statuses the hub tells, as a changed term; without it they are unsupported.",
       {},
       false},
      {"response",
       "file",
       false,
       "",
       "jq program: {status, type, headers, body} to {outcome, external_id, code, text}; fields it "
       "leaves "
       "null come from `statuses`.",
       {},
       false},
      {"statuses",
       "table",
       false,
       "{}",
       "HTTP status pattern (409, 4*) to outcome; the longest match wins.",
       {},
       false},
      {"knows_repeats",
       "bool",
       false,
       "false",
       "The system knows a message that came before by its key: one whose answer could not be "
       "understood is sent again, "
       "five attempts. Else it is held for a person, since it may have been taken, unless `find` "
       "can ask.",
       {},
       false},
      {"find",
       "table",
       false,
       "{}",
       "{method, path, none}: asked before an appeal is sent again, for a system that opens a "
       "second "
       "case for the same key; path as in `operations`, none: HTTP status pattern that says there "
       "is "
       "no case.",
       {},
       false},
      {"found",
       "file",
       false,
       "",
       "jq program: {status, type, message_id, reg_number, headers, body} of the answer to `find` "
       "to "
       "{external_id}, or {none: true} "
       "where the answer says that there is no case. It should look whether the case is of this "
       "message.",
       {},
       false},
      {"attachments_up",
       "table",
       false,
       "{}",
       "{method, path} for each attachment of a delivery; path also takes {sha256}.",
       {},
       false},
      {"collect",
       "table",
       false,
       "{}",
       "{path, items, next, more}: call with {limit} and {cursor}, and the names of the fields of "
       "its answer; first_path is used while there is no cursor. With paging: page it is {path, "
       "items, more, pages_max, "
       "newest_first}: call with {page} and {limit}, from page 1 in each round, pages_max (20) at "
       "most.",
       {},
       false},
      {"page",
       "file",
       false,
       "",
       "jq program: the answer to a collect call to {items, next, more}, where these are no fields "
       "of the answer itself. A list "
       "that is null is empty.",
       {},
       false},
      {"item",
       "file",
       false,
       "",
       "jq program: one change to {item_id, type, external_id, in_reply_to, payload}, or to "
       "{problem_code, problem_text, …}.",
       {},
       false},
      {"item_id",
       "string",
       false,
       "id",
       "Field of a change that identifies it, for changes that cannot be mapped.",
       {},
       false},
      {"attachments_down",
       "table",
       false,
       "{}",
       "{path} to fetch an attachment of an item; takes {id} and {sha256}.",
       {},
       false},
      {"attachment_rounds_max",
       "int",
       false,
       "60",
       "Collect rounds an item waits for an attachment that cannot be fetched for the time being.",
       {},
       false},
      {"reply", "file", false, "", "jq program: a pushed change to the reply body.", {}, false},
      {"probe", "table", false, "{}", "{method, path} of a harmless call.", {}, false},
      {"probed",
       "file",
       false,
       "",
       "jq program: the answer to `probe` as `response` gets one, type probe, to {outcome, code, "
       "text}. Without it the HTTP "
       "status alone speaks, also of a system that answers 200 to a wrong token.",
       {},
       false},
      {"tables", "table", false, "{}", "Code tables, $settings in the programs.", {}, false},
  };
  return a;
}

}  // namespace otinish
