# {status, type, body} of GET /api/v1/cases?externalId=… → the case that was opened under that id, if there is one.
{external_id: ((.body.items // [])[0] // {} | .caseId)}
