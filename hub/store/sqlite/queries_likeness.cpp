// Reads of what makes appeals alike: sketches, hints.
#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

namespace hub::store::sqlite {

Result<std::vector<SketchRow>> readSketches(Connection& db, RowId after, int limit) {
  Statement s = db.statement(
      "SELECT appeal, applicant, topic, kato, day, sketch FROM sketch WHERE appeal > ? "
      "ORDER BY appeal LIMIT ?");
  return takeAll(s.bind(after, limit), [](Statement& c) {
    SketchRow row;
    row.appeal = c.integer();
    row.applicant = c.integer();
    row.topic = c.text();
    row.kato = c.text();
    row.day = c.text();
    row.sketch = c.text();
    return row;
  });
}

Result<std::vector<RowId>> readUnsketched(Connection& db, Instant since, RowId after, int limit) {
  Statement s = db.statement(
      "SELECT id FROM appeal WHERE id > ? AND received_at >= ? AND instr(reg_number, '/') = 0 "
      "AND NOT EXISTS (SELECT 1 FROM sketch WHERE sketch.appeal = appeal.id) ORDER BY id LIMIT ?");
  return takeAll(s.bind(after, since, limit), [](Statement& c) { return c.integer(); });
}

namespace {

HintRow takeHint(Statement& c) {
  HintRow row;
  row.appeal = c.integer();
  row.other = c.integer();
  row.nature = c.text();
  row.percent = c.number();
  row.at = c.instant();
  row.verdict = c.text();
  row.judged_by = c.text();
  row.judged_at = c.optionalInstant();
  return row;
}

}  // namespace

// The condition of the partial index hint_judged, word for word.
Result<std::vector<HintRow>> readJudgedHints(Connection& db, RowId appeal, RowId other, int limit) {
  Statement s = db.statement(
      "SELECT appeal, other, nature, percent, at, verdict, judged_by, judged_at FROM hint "
      "INDEXED BY hint_judged WHERE verdict <> '' AND (appeal, other) > (?1, ?2) "
      "ORDER BY appeal, other LIMIT ?3");
  return takeAll(s.bind(appeal, other, limit), takeHint);
}

Result<std::vector<HintRow>> readHints(Connection& db, RowId appeal) {
  Statement s = db.statement(
      "SELECT appeal, other, nature, percent, at, verdict, judged_by, judged_at FROM hint "
      "WHERE appeal = ?1 UNION ALL SELECT appeal, other, nature, percent, at, verdict, "
      "judged_by, judged_at FROM hint WHERE other = ?1 ORDER BY 1 DESC, 2 DESC LIMIT 200");
  return takeAll(s.bind(appeal), takeHint);
}

}  // namespace hub::store::sqlite
