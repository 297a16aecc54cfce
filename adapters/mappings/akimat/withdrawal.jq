# Canonical withdrawal → body of POST /api/v1/cases/{caseId}/withdrawal.
def present: with_entries(select(.value != null));
{
  externalId: .envelope.message_id,
  reason: .withdrawal.reason,
  withdrawnAt: .withdrawal.withdrawn_at
}
| present
