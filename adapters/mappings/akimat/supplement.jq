# Canonical supplement → body of POST /api/v1/cases/{caseId}/supplements.
def present: with_entries(select(.value != null));
.supplement as $s
| {
    externalId: .envelope.message_id,
    text: $s.text,
    language: $s.language,
    submittedAt: $s.submitted_at,
    attachments: (($s.attachments // []) | map({id, name, mime, size, sha256}))
  }
| present
