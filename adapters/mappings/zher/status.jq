# One row of status-*.csv → item with a canonical status.
def present: with_entries(select(.value != null and .value != ""));
.fields as $f
| ($settings.status[$f.status] // error({code: "adapter.unknown_code", text: "status is not in the table"})) as $status
| if $status == "extended" and $f.until == "" then
    error({code: "adapter.bad_row", text: "an extension without its date"})
  else . end
| {
    type: "status/1",
    external_id: $f.case_no,
    in_reply_to: $f.our_ref,
    payload: ({status: $status, agency_number: $f.case_no, at: $f.changed_at, until: $f.until, note: $f.note} | present)
  }
