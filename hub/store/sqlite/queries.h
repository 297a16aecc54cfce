// Reads shared by the unit of work (writer connection) and the readers, each subject in a file of its own.
// Failure of every function: the connection's store errors.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/store/sqlite/database.h"
#include "hub/store/store.h"
#include "hub/trust/merkle_log.h"

namespace hub::store::sqlite {

// Events and terms are keyed by their appeal and their number in it: appeal << 20 + number.
constexpr int kNumberBits = 20;
constexpr std::int64_t kNumberOfAppealMax = (std::int64_t{1} << kNumberBits) - 1;
// The SQL condition that `key` is one of an appeal's; `appeal` is an expression, a bare column or parameter.
#define ROWS_OF_APPEAL(key, appeal) \
  key " >= (" appeal " << 20) AND " key " < (" appeal " + 1 << 20)"

// queries_appeals.cpp
Result<std::optional<AppealRow>> findAppealBySource(Connection& db, std::string_view system,
                                                    std::string_view id);
Result<std::optional<AppealRow>> findAppealByHubId(Connection& db, std::string_view hub_id);
Result<std::optional<AppealRow>> findAppealByNumber(Connection& db, std::string_view number);
Result<std::optional<AppealRow>> findAppealByExternalId(Connection& db,
                                                        std::string_view destination,
                                                        std::string_view external_id);
Result<std::optional<AppealRow>> findAppealByMessageId(Connection& db, std::string_view message_id);
Result<AppealRow> readAppeal(Connection& db, RowId id);
Result<AppealPage> listAppeals(Connection& db, const AppealFilter& filter, std::string_view after,
                               int limit);
Result<std::int64_t> countAppealsIn(Connection& db, std::string_view state);
struct CaseCursor {
  bool begun = false;
  Instant received_at;  // of the last row given
  RowId id = 0;
};
// At most `limit` rows after the cursor, which follows; false at the end.
Result<bool> readCases(Connection& db, const AppealFilter& filter, CaseCursor& cursor, int limit,
                       const std::function<Status(const CaseRow&)>& visit);
Result<std::vector<AppealRow>> readRefusedAppeals(Connection& db, std::optional<Instant> from,
                                                  std::optional<Instant> to, RowId after,
                                                  int limit);
Result<std::vector<AppealRow>> readAssignedOf(Connection& db, std::string_view body_bin,
                                              std::string_view after_due, RowId after, int limit);

// queries_feed.cpp
Result<FeedPage> readFeed(Connection& db, std::string_view after, int limit);
Result<std::string> readFeedEnd(Connection& db);

// queries_terms.cpp
Result<std::vector<EventRow>> readEvents(Connection& db, RowId appeal);
// By its key; without previous_sha256.
Result<std::optional<EventRow>> readEvent(Connection& db, std::int64_t key);
Result<std::vector<RowId>> readStoppedAppeals(Connection& db, RowId after, int limit);
Result<std::vector<ClockRow>> readClocks(Connection& db, RowId appeal);
Result<std::vector<ClockRow>> readOpenClocks(Connection& db, RowId after, int rows_max);
Result<std::vector<ClockRow>> readOpenClocksDue(Connection& db, std::string_view name,
                                                std::string_view due_to, const ClockRow* after,
                                                int rows_max);
Result<std::vector<MissedTerm>> readMissedTerms(Connection& db, std::optional<Instant> from,
                                                std::optional<Instant> to, std::int64_t after,
                                                int limit);
Result<std::vector<MissedTerm>> readDeemedRefusals(Connection& db, std::optional<Instant> from,
                                                   std::optional<Instant> to, std::int64_t after,
                                                   int limit);
Result<std::string> readHadOn(Connection& db, RowId appeal, std::string_view day);
Result<std::optional<CalendarRow>> readCalendar(Connection& db, int year, std::string_view version);

// queries_likeness.cpp
Result<std::vector<SketchRow>> readSketches(Connection& db, RowId after, int limit);
Result<std::vector<RowId>> readUnsketched(Connection& db, Instant since, RowId after, int limit);
Result<std::vector<HintRow>> readHints(Connection& db, RowId appeal);
Result<std::vector<HintRow>> readJudgedHints(Connection& db, RowId appeal, RowId other, int limit);

// queries_sub_orders.cpp
Result<std::vector<SubOrderRow>> readSubOrders(Connection& db, RowId appeal);
Result<std::vector<SubOrderRow>> readOpenSubOrders(Connection& db, const SubOrderFilter& filter,
                                                   const SubOrderRow* after, int limit);
Result<std::vector<SubOrderRow>> readMissedSubOrders(Connection& db, const SubOrderRow* after,
                                                     int limit);

// queries_notices.cpp
Result<std::optional<NoticeRow>> readNotice(Connection& db, RowId id);
Result<std::vector<NoticeRow>> readNoticesOf(Connection& db, RowId appeal);
Result<std::vector<NoticeRow>> readDueNotices(Connection& db, Instant now, int limit);
Result<std::optional<Instant>> readNextNotice(Connection& db);
Result<std::int64_t> countWaitingNotices(Connection& db);
Result<std::vector<NoticeRow>> readNoticeList(Connection& db, std::optional<NoticeState> state,
                                              RowId before, int limit);

// queries_messages.cpp
Result<std::vector<MessageRow>> readMessages(Connection& db, RowId appeal, bool with_bodies);
Result<std::vector<MessageRow>> readMessagesOf(Connection& db, RowId appeal, std::string_view type);
Result<std::optional<MessageRow>> readMessage(Connection& db, std::string_view message_id);
Result<std::optional<MessageRow>> readNewestMessage(Connection& db, RowId appeal,
                                                    std::string_view type);
Result<std::optional<AttachmentRow>> readAttachment(Connection& db, std::string_view sha256);

// queries_outbox.cpp
Result<std::optional<OutboxRow>> readOutbox(Connection& db, RowId id);
Result<std::optional<OutboxRow>> readOutboxByMessageId(Connection& db, std::string_view message_id);
Result<std::vector<OutboxRow>> readOutboxOf(Connection& db, RowId appeal);
Result<std::vector<OutboxRow>> readDueOutbox(Connection& db, std::string_view destination,
                                             Instant now, Instant too_far, int limit);
Result<std::optional<Instant>> readNextDue(Connection& db, std::string_view destination);
Result<std::vector<OutboxRow>> readOutboxList(Connection& db, const OutboxFilter& filter,
                                              RowId before, int limit);
Result<std::vector<RejectedCounts>> readRejectedCounts(Connection& db,
                                                       std::string_view refused_state);
Result<std::vector<OutboxCounts>> readOutboxCounts(Connection& db);
Result<std::vector<OutboxRow>> readOverdueOutbox(Connection& db, std::string_view destination,
                                                 Instant now, int limit);
Result<std::vector<OutboxCounts>> readOverdueCounts(Connection& db);
Result<std::vector<AttemptRow>> readAttempts(Connection& db, RowId outbox);

// queries_inbox.cpp
Result<std::optional<InboxRow>> readInbox(Connection& db, std::string_view party,
                                          std::string_view item_id);
Result<std::vector<std::pair<std::string, std::string>>> readExternalIds(Connection& db,
                                                                         RowId appeal);
Result<std::string> readCursor(Connection& db, std::string_view destination,
                               std::string_view adapter);
Result<std::vector<std::string>> readAliases(Connection& db);
Result<AliasUse> readAliasUse(Connection& db, std::string_view alias,
                              const std::vector<std::string>& finished);
Result<std::vector<CursorRow>> readCursors(Connection& db, std::string_view destination);
Result<std::vector<SettledRow>> readSettled(Connection& db, std::string_view destination,
                                            int limit);
Result<std::vector<QuarantineRow>> readQuarantine(Connection& db, const QuarantineFilter& filter,
                                                  RowId before, int limit);
Result<std::vector<QuarantineCounts>> readQuarantineCounts(Connection& db);
Result<std::vector<QuarantineRow>> readQuarantineOf(Connection& db, RowId appeal, int limit);
Result<bool> hasOpenQuarantine(Connection& db, std::string_view party, std::string_view subject);
Result<std::optional<QuarantineRow>> readQuarantined(Connection& db, RowId id, bool with_content);
Result<std::vector<QuarantineRow>> readWaitingOf(Connection& db, std::string_view party,
                                                 std::string_view item_id);
Result<std::vector<QuarantineRow>> readWaiting(Connection& db, std::string_view party, RowId after,
                                               int limit);

// queries_journal.cpp
Result<std::optional<JournalRow>> readJournal(Connection& db, std::int64_t position);
Result<Sha256> readNode(Connection& db, trust::MerkleNodeId node);
Result<TreeHead> readHead(Connection& db);
// The smallest head that holds the leaf at `position`; size 0 if there is none.
Result<TreeHead> readHeadAfter(Connection& db, std::int64_t position);

}  // namespace hub::store::sqlite
