# Canonical appeal → body of POST /api/v1/cases.
def full_name: [.family, .given, .patronymic] | map(select(. != null)) | join(" ");
def present: with_entries(select(.value != null));
# The akimat wants a name of everybody. Who is known by a number alone is named by it.
def party: {
    type: (if .type == "person" then "person" else "company" end),
    iin, bin,
    fullName: (.org_name // (.names | if . then full_name else null end) // .iin // .bin),
    phone: (.phone // [])[0],
    email: (.email // [])[0],
    address: .postal_address,
    actualAddress: .actual_address
  } | present;
def where: {kato, address, lat, lon} | present;
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
    place: ((($a.place // [])[0] // {}) | where),
    otherPlaces: (($a.place // [])[1:] | if . == [] then null else map(where) end),
    # What a complaint attacks (APPC 93(2)).
    contested: ($a.contested | if . then {subject: .act_or_action, number: .doc_no, date,
      bodyBin: .body.bin, body: .body.name, official} | present else null end),
    urgent: $a.urgent_flag,
    confidentiality: $a.confidentiality,
    answerChannels: $a.answer_channel,
    outgoing: ({number: $a.outgoing_number, date: $a.outgoing_date} | present | if . == {} then null else . end),
    topic: ((($a.topic // []) | (map(select(.primary)) + .)[0]) // {} | [.section, .category, .subcategory] | map(select(. != null)) | join("/")),
    attachments: (($a.attachments // []) | map({id, name, mime, size, sha256}))
  }
| present
