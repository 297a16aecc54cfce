# One change (polled or pushed) → item with a canonical status or decision.
def present: with_entries(select(.value != null and .value != ""));
def refuse($code; $text): error({code: $code, text: $text});
def status_item:
  ($settings.status[.status // ""] // refuse("adapter.unknown_code"; "status is not in the table")) as $status
  | {type: "status/1",
     payload: ({status: $status, agency_number: .caseId, at: .changedAt, until: .extendedUntil, note: .note} | present)};
def decision_item:
  .decision as $d
  | (.kind // "") as $kind
  | ($d.result // "") as $result
  | ($settings.outcome[$kind + "/" + $result] // $settings.outcome[$result]
     // refuse("adapter.unknown_code"; "result is not in the table")) as $outcome
  | {type: "decision/1",
     payload: ({
       external_ids: [{system: "akimat", id: ($d.number // .changeId)}],
       official: ([$d.official.name, $d.official.post] | map(select(. != null)) | join(", ")),
       decided_at: $d.decidedAt,
       outcome: $outcome,
       answer_character: $settings.character[$result],
       text: $d.text,
       reasons: $d.reasons,
       legal_refs: ($d.legalRefs // []),
       appeal_route: (if $d.appealRoute.termMonths then {term_months: $d.appealRoute.termMonths} else null end),
       language: $d.language,
       attachments: (($d.attachments // []) | map({id, name, mime, size, sha256}))
     } | present)};
(if (.changeId // "") == "" then refuse("adapter.bad_answer"; "a change without changeId")
elif .type == "status" then status_item
elif .type == "decision" then decision_item
else refuse("adapter.unknown_item"; "an unknown type of change")
end) as $item
| $item + {item_id: .changeId, external_id: .caseId, in_reply_to: .externalId}
