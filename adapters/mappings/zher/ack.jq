# ack/<message_id>.xml.ack: "OK;<case number>;<time>;<message_id>" → the case is in work under
# that number.
if .fields[0] != "OK" or (.fields | length) < 3 or .fields[1] == "" then
  error({code: "adapter.bad_answer", text: "not an ack line"})
else
  {
    type: "status/1",
    in_reply_to: .fields[3],
    external_id: .fields[1],
    payload: {status: "in_work", agency_number: .fields[1], at: .fields[2]}
  }
end
