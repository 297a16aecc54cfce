// Tx over the writer connection. One object serves the units of a commit group one after the other;
// begin() and undo() mark and restore what lives in memory; the writer has the engine undo the rest.
// Threads: the writer thread only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/store/sqlite/database.h"
#include "hub/store/store.h"

namespace hub::store::sqlite {

// Counters kept in memory so that nobody has to count rows.
struct Totals {
  std::int64_t appeals = 0;
  std::int64_t unfinished = 0;  // outbox rows
};

class UnitOfWork final : public Tx {
 public:
  explicit UnitOfWork(Connection& db) : db_(db) {}

  // A new group that continues from `totals` and a journal of `journal_size` records.
  void beginGroup(const Totals& totals, std::int64_t journal_size);
  void beginUnit();
  void undoUnit();
  const Totals& totals() const { return totals_; }
  // Leaf hashes of the journal records of the group so far.
  const std::vector<Sha256>& leaves() const { return leaves_; }
  // Writes the row of the feed for the events of the group so far, if there are any.
  Status addFeed();

  // Rows in flight become pending; returns how many.
  Result<int> recoverInFlight();

  Result<RowId> addAppeal(const AppealRow& row) override;
  Status updateAppeal(const AppealRow& row) override;
  Status setAppealState(RowId appeal, std::string_view state, Instant at) override;
  Status setAppealDue(RowId appeal, std::string_view due_date, Instant updated_at) override;
  Result<std::optional<AppealRow>> findBySource(std::string_view system,
                                                std::string_view id) override;
  Result<std::optional<AppealRow>> findByHubId(std::string_view hub_id) override;
  Result<std::optional<AppealRow>> findByNumber(std::string_view reg_number) override;
  Result<std::optional<AppealRow>> findByExternalId(std::string_view destination,
                                                    std::string_view external_id) override;
  Result<std::optional<AppealRow>> findByMessageId(std::string_view message_id) override;
  Result<AppealRow> appeal(RowId id) override;
  Result<AppealTerm> appealTerm(RowId id) override;
  Status addExternalId(RowId appeal, std::string_view destination, std::string_view external_id,
                       Instant at) override;
  Result<std::int64_t> nextNumber(std::string_view series) override;
  Result<bool> hasEventOf(RowId appeal, std::string_view payload_sha256) override;
  Result<std::vector<EventRow>> events(RowId appeal) override;
  Status addEvent(const EventRow& row) override;
  Status addClock(const ClockRow& row) override;
  Status setClockStatus(RowId appeal, std::string_view name, std::string_view status) override;
  Status setClockStatusAt(RowId appeal, std::int64_t number, std::string_view status) override;
  Result<bool> closeClock(RowId appeal, std::string_view name, std::string_view today) override;
  Result<bool> supersedeClock(const ClockRow& old, const ClockRow& next) override;
  Result<std::vector<ClockRow>> clocks(RowId appeal) override;
  Result<std::string> clockDue(RowId appeal, std::string_view name) override;
  Status addCalendar(const CalendarRow& row) override;
  Status addMessage(const MessageRow& row) override;
  Result<std::vector<MessageRow>> messagesOf(RowId appeal, std::string_view type) override;
  Result<RowId> addOutbox(const OutboxRow& row) override;
  Status updateOutbox(const OutboxRow& row) override;
  Result<std::optional<OutboxRow>> findOutbox(RowId id) override;
  Result<std::optional<OutboxRow>> findOutboxByMessageId(std::string_view message_id) override;
  Result<std::vector<OutboxRow>> outboxOf(RowId appeal) override;
  Status addAttempt(const AttemptRow& row) override;
  Result<std::vector<AttemptRow>> attempts(RowId outbox) override;
  Result<int> attemptsInARow(RowId outbox, int outcome) override;
  Result<std::optional<InboxRow>> findInbox(std::string_view party,
                                            std::string_view item_id) override;
  Status putInbox(const InboxRow& row) override;
  Result<RowId> addQuarantine(const QuarantineRow& row) override;
  Result<std::optional<QuarantineRow>> findQuarantine(RowId id) override;
  Status updateQuarantine(const QuarantineRow& row) override;
  Result<int> closeQuarantine(const QuarantineClosing& closing) override;
  Result<bool> hasOpenQuarantine(std::string_view party, std::string_view subject) override;
  Result<std::vector<QuarantineRow>> waitingItems(std::string_view party,
                                                  std::string_view item_id) override;
  Status addSettled(const SettledRow& row) override;
  Status removeSettled(const std::vector<RowId>& ids) override;
  Status putCursor(const CursorRow& row) override;
  Result<std::string> cursor(std::string_view destination, std::string_view adapter) override;
  Result<std::int64_t> renameDestination(std::string_view from, std::string_view to) override;
  Result<int> removeCursors(std::string_view destination) override;
  Status addAttachment(const AttachmentRow& row) override;
  Status addSketch(const SketchRow& row) override;
  Status dropSketchesBefore(std::string_view day) override;
  Status putHint(const HintRow& row) override;
  Result<bool> addNotice(const NoticeRow& row) override;
  Status updateNotice(const NoticeRow& row) override;
  Result<std::optional<NoticeRow>> findNotice(RowId id) override;
  Result<int> overtakeNotices(RowId appeal, std::string_view channel, std::string_view kind,
                              std::int64_t seq, std::string_view code) override;
  Result<int> removeNotices(Instant made_before, int limit) override;
  Result<std::vector<SubOrderRow>> subOrders(RowId appeal) override;
  Result<std::int64_t> addSubOrder(const SubOrderRow& row) override;
  Status updateSubOrder(const SubOrderRow& row) override;
  Result<std::int64_t> addJournal(const JournalRow& row) override;

 private:
  // The end of the event chain of the appeal the unit is working on.
  struct ChainEnd {
    RowId appeal = 0;
    std::int64_t seq = 0;
    std::string sha256;
    std::optional<std::int64_t> clocks = std::nullopt;  // known of an appeal that is new
  };
  Status loadChainEnd(RowId appeal);
  Result<std::int64_t> nextClock(RowId appeal);
  // Fails with "store.not_found" if the last statement changed nothing.
  Status requireChange(const Status& status);

  Connection& db_;
  std::int64_t journal_size_ = 0;
  Totals totals_;
  std::vector<Sha256> leaves_;
  std::vector<std::int64_t> events_;  // keys of the group's events so far
  Totals unit_totals_;                // as they were when the unit began
  std::size_t unit_leaves_ = 0;
  std::size_t unit_events_ = 0;
  ChainEnd chain_;
};

}  // namespace hub::store::sqlite
