# {status, type, body} → outcome. The decision on an appeal comes later; supplements, withdrawals and
# changed terms are done when they are taken. Statuses not named here are judged by the table in
# settings.yaml.
if .status == 200 or .status == 201 then
  if (.body.caseId // "") == "" then
    error({code: "adapter.bad_answer", text: "the answer has no caseId"})
  elif .type == "appeal/1" then
    {outcome: "PENDING", external_id: .body.caseId}
  else
    {outcome: "DONE"}
  end
else
  (.body | if type == "object" then .error else null end) as $error
  | if .status == 422 and .type == "appeal/1" and ($error | type) == "object" and $error.code == "NOT_COMPETENT" then
      # Not ours: the message is right, the way it was sent is not. Of an appeal alone, and as the API says it: what follows
      # a case stays with it. The message is a person's free text and may name people, so the code goes on.
      {outcome: "REJECTED", code: "adapter.not_competent", text: $error.code}
    elif ($error | type) == "object" then
      {code: "adapter.refused_by_agency", text: ([$error.code, $error.field] | map(select(. != null)) | join(" "))}
      + if .status == 404 and .type != "appeal/1" and $error.code == "CASE_UNKNOWN" then
          {outcome: "REJECTED"}
        else
          {}
        end
    else
      {}
    end
end
