# Canonical appeal → body of POST /api/v1/cases.
def full_name: [.family, .given, .patronymic] | map(select(. != null)) | join(" ");
def present: with_entries(select(.value != null));
def party: {
    type: (if .type == "person" then "person" else "company" end),
    iin, bin,
    fullName: (.org_name // ((.names // {}) | full_name)),
    phone: (.phone // [])[0],
    email: (.email // [])[0],
    address: .postal_address
  } | present;
.envelope as $envelope
| .appeal as $a
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
    citizen: ($a.applicant[0] | party),
    # All whom the appeal names; the count may be higher, as of the signatures below a petition.
    coApplicants: ($a.applicant[1:] | map(party)),
    applicantsCount: ([$a.applicants_count // 0, ($a.applicant | length)] | max),
    representative: (if $a.representative then ($a.representative.party | party)
      + {authority: ($a.representative.authority_doc | {type, number, issuedAt: .issued_at, validUntil: .valid_until, issuedBy: .issued_by} | present)}
      else null end),
    place: ((($a.place // [])[0] // {}) | {kato, address} | present),
    topic: ((($a.topic // []) | (map(select(.primary)) + .)[0]) // {} | [.section, .category, .subcategory] | map(select(. != null)) | join("/")),
    attachments: (($a.attachments // []) | map({id, name, mime, size, sha256}))
  }
| present
