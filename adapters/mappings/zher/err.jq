# err/<message_id>.xml.err: {message_id, code, rule, element, line, text} → the committee refused the
# file.
if (.error.code // "") == "" then
  error({code: "adapter.bad_answer", text: "an err file without code"})
else
  {
    type: "status/1",
    in_reply_to: .error.message_id,
    payload: {
      status: "refused",
      note: ([.error.code, .error.rule, .error.element, .error.text] | map(select(. != null and . != "")) | map(tostring) | join("; "))
    }
  }
end
