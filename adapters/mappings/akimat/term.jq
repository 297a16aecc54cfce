# Canonical status → body of POST /api/v1/cases/{caseId}/term. The akimat is told of a changed term
# only.
def present: with_entries(select(.value != null));
def refuse($code; $text): error({code: $code, text: $text});
.status as $s
| if $s.status != "term_changed" then
    refuse("adapter.unknown_code"; "the akimat is not told of the status \($s.status)")
  elif ($s.until // "") == "" then
    refuse("adapter.mapping_failed"; "a changed term without its date")
  else
    {
      externalId: .envelope.message_id,
      dueDate: $s.until,
      changedAt: $s.at,
      note: $s.note
    }
  end
| present
