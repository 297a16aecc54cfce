# Canonical appeal → body of POST /api/v1/cases.
def full_name: [.family, .given, .patronymic] | map(select(. != null)) | join(" ");
def present: with_entries(select(.value != null));
.envelope as $envelope
| .appeal as $a
| ($a.applicant[0]) as $who
| ($a.clocks // []) as $clocks
| {
    externalId: $envelope.message_id,
    correlationId: $a.hub_id,
    registrationNumber: $a.reg_number,
    receivedAt: $a.received_at,
    registeredAt: $a.registered_at,
    dueDate: ((($clocks | map(select(.purpose == "consider")) | last) // ($clocks | last) // {}) | .due_date),
    kind: $a.kind,
    language: $a.language,
    title: $a.summary,
    text: $a.subject_text,
    citizen: ({
      type: (if $who.type == "person" then "person" else "company" end),
      iin: $who.iin,
      bin: $who.bin,
      fullName: ($who.org_name // (($who.names // {}) | full_name)),
      phone: ($who.phone // [])[0],
      email: ($who.email // [])[0],
      address: $who.postal_address
    } | present),
    coApplicants: ((($a.applicants_count // ($a.applicant | length)) - 1) | if . < 0 then 0 else . end),
    place: ((($a.place // [])[0] // {}) | {kato, address} | present),
    topic: ((($a.topic // []) | (map(select(.primary)) + .)[0]) // {} | [.section, .category, .subcategory] | map(select(. != null)) | join("/")),
    attachments: (($a.attachments // []) | map({id, name, mime, size, sha256}))
  }
| present
