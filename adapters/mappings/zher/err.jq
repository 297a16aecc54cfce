# err/<message_id>.xml.err: {message_id, code, rule, element, line, text} → the committee refused the file. That it
# refuses what the message says, and not the way it came, is said by the codes of the table `err` alone: such an appeal
# goes to a person who directs it to another body. Under any other code (a signature, a schema, a file that did not
# arrive) a person looks at the item and at the delivery, which is a dead letter. Of an id that came before with other
# content the case is there: that delivery goes on waiting for its answer.
(.error.code // "" | tostring) as $code
| ([$code, .error.rule, .error.element, .error.text] | map(select(. != null and . != "")) | map(tostring) | join("; ")) as $words
| if $code == "" then
    error({code: "adapter.bad_answer", text: "an err file without code"})
  elif $code == "DUPLICATE_MESSAGE" then
    {in_reply_to: .error.message_id, problem_code: "adapter.message_known", problem_text: $words}
  elif $settings.err[$code] == null then
    {in_reply_to: .error.message_id, problem_code: "adapter.refused_by_agency", problem_text: $words}
  else
    {type: "status/1", in_reply_to: .error.message_id, payload: {status: $settings.err[$code], note: $words}}
  end
