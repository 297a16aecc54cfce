// The feed: events of all appeals in the order of their commits. A cursor is "<commit>.<events of it that
// were read>".
#include <algorithm>
#include <charconv>

#include "hub/store/sqlite/queries.h"

namespace hub::store::sqlite {
namespace {

struct FeedCursor {
  std::int64_t commit = 0;
  std::int64_t read = 0;
};

std::string textOf(const FeedCursor& cursor) {
  return std::to_string(cursor.commit) + "." + std::to_string(cursor.read);
}

// Takes a number from the front of the text; false if there is none.
bool takeNumber(std::string_view& text, std::int64_t& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

Status badCursor() {
  return Status::failure("store.bad_cursor", "not a cursor of this feed", "/after");
}

Result<FeedCursor> parseCursor(std::string_view text) {
  FeedCursor cursor;
  if (text.empty()) return cursor;
  std::string_view rest = text;
  if (takeNumber(rest, cursor.commit) && rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (takeNumber(rest, cursor.read) && rest.empty()) return cursor;
  }
  return badCursor();
}

Result<std::vector<std::int64_t>> keysOf(std::string_view text) {
  std::vector<std::int64_t> keys;
  for (;;) {
    std::int64_t key = 0;
    if (!takeNumber(text, key)) break;
    keys.push_back(key);
    if (text.empty()) return keys;
    if (!text.starts_with(',')) break;
    text.remove_prefix(1);
  }
  return Status::failure("store.corrupt", "a row of the feed is not a list of events");
}

struct Commit {
  std::int64_t id = 0;
  std::string events;
};

// The first commit with events at or after `from`; id 0 at the end.
Result<Commit> commitFrom(Connection& db, std::int64_t from) {
  Statement s = db.statement("SELECT id, events FROM feed WHERE id >= ? ORDER BY id LIMIT 1");
  auto row = s.bind(from).step();
  if (!row) return row.status();
  if (!*row) return Commit{};
  Commit commit;
  commit.id = s.integer();
  commit.events = s.text();
  return commit;
}

}  // namespace

Result<FeedPage> readFeed(Connection& db, std::string_view after, int limit) {
  auto cursor = parseCursor(after);
  if (!cursor) return cursor.status();
  const auto most = static_cast<std::size_t>(std::max(limit, 1));
  FeedPage page;
  for (FeedCursor at = *cursor;;) {
    auto commit = commitFrom(db, at.commit);
    if (!commit) return commit.status();
    // Of a database that was restored from an older copy it may be a place that is not there.
    const bool lost = at.read > 0 && commit->id != at.commit;
    if (lost) return badCursor();
    if (commit->id == 0) break;
    if (commit->id != at.commit) at = {commit->id, 0};
    auto keys = keysOf(commit->events);
    if (!keys) return keys.status();
    if (static_cast<std::size_t>(at.read) > keys->size()) return badCursor();
    for (auto i = static_cast<std::size_t>(at.read); i < keys->size(); ++i) {
      if (page.items.size() == most) {
        page.more = true;
        break;
      }
      auto event = readEvent(db, (*keys)[i]);
      if (!event) return event.status();
      if (!*event) return Status::failure("store.corrupt", "the feed names an event that is not");
      page.items.push_back(
          {textOf({at.commit, static_cast<std::int64_t>(i) + 1}), std::move(**event)});
    }
    if (page.more) break;
    at = {commit->id + 1, 0};
  }
  page.next = page.items.empty() ? textOf(*cursor) : page.items.back().cursor;
  return page;
}

Result<std::string> readFeedEnd(Connection& db) {
  Statement s = db.statement("SELECT id, events FROM feed ORDER BY id DESC LIMIT 1");
  auto row = s.step();
  if (!row) return row.status();
  if (!*row) return textOf({});
  const std::int64_t id = s.integer();
  auto keys = keysOf(s.text());
  if (!keys) return keys.status();
  return textOf({id, static_cast<std::int64_t>(keys->size())});
}

}  // namespace hub::store::sqlite
