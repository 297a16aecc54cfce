# {status, message_id, body} of GET /api/v1/cases?externalId=… → the case that was opened under that id, or {none: true}.
# Looks for it itself: a system that does not know the parameter gives every case it has. An answer without the
# list says nothing of cases, whatever its status: refused, so that no second case is opened on its strength.
.message_id as $id
| (.body | if type == "object" then .items else null end) as $items
| if ($items | type) != "array" then
    error({code: "adapter.bad_answer", text: "the answer has no list of cases"})
  else
    [$items[] | select(.externalId == $id)] as $ours
    | if ($ours | length) == 0 then {none: true}
      elif ($ours[0].caseId // "") == "" then error({code: "adapter.bad_answer", text: "a case without caseId"})
      else {external_id: $ours[0].caseId}
      end
  end
