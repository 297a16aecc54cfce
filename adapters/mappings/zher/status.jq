# One row of status-*.csv → item with a canonical status.
def present: with_entries(select(.value != null and .value != ""));
.fields as $f
| {external_id: $f.case_no, in_reply_to: $f.our_ref} as $about
| $settings.status[$f.status] as $status
| if $status == null then
    $about + {problem_code: "adapter.unknown_code", problem_text: "status is not in the table"}
  elif $status == "extended" and $f.until == "" then
    $about + {problem_code: "adapter.bad_row", problem_text: "an extension without its date"}
  else
    {type: "status/1"} + $about + {
      payload: ({status: $status, agency_number: $f.case_no, at: $f.changed_at, until: $f.until, note: $f.note} | present)
    }
  end
