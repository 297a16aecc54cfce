# err/<message_id>.xml.err: {message_id, code, rule, element, line, text} → the committee refused the
# file. Under DUPLICATE… the id came before with other content: the case is there, so a person looks at it, since
# a refusal would send the appeal to another body as well.
if ((.error.code // "") | tostring | startswith("DUPLICATE")) then
  error({code: "adapter.bad_answer", text: "the id came before with other content: the case is there"})
elif (.error.code // "") == "" then
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
