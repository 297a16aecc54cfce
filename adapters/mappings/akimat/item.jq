# One change (polled or pushed) → item with a canonical status or decision. What is refused still says
# which appeal it is about.
def present: with_entries(select(.value != null and .value != ""));
def problem($code; $text): {problem_code: $code, problem_text: $text};
def status_item:
  $settings.status[.status // ""] as $status
  | if $status == null then problem("adapter.unknown_code"; "status is not in the table")
    else {type: "status/1",
      payload: ({status: $status, agency_number: .caseId, at: .changedAt, until: .extendedUntil, note: .note} | present)}
    end;
def decision_item:
  .decision as $d
  | (.kind // "") as $kind
  | ($d.result // "") as $result
  | ($settings.outcome[$kind + "/" + $result] // $settings.outcome[$result]) as $outcome
  | if $outcome == null then problem("adapter.unknown_code"; "result is not in the table")
    else {type: "decision/1",
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
     } | present)}
    end;
(if (.changeId // "") == "" then problem("adapter.bad_answer"; "a change without changeId")
elif .type == "status" then status_item
elif .type == "decision" then decision_item
else problem("adapter.unknown_item"; "an unknown type of change")
end) as $item
| $item + {item_id: .changeId, external_id: .caseId, in_reply_to: .externalId}
