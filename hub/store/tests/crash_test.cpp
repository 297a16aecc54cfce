// SIGKILL at random points: everything that was acknowledged is there exactly once, nothing is
// there by halves, the journal, its head and the numbers agree.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "hub/base/ids.h"
#include "hub/store/tests/sample.h"
#include "hub/trust/merkle_log.h"

namespace hub::store {
namespace {

struct Acknowledged {
  std::int64_t number = 0;
  std::int64_t position = 0;
};

// Starts the writer, kills it after `lines` acknowledgements and collects all it has printed.
void runAndKill(const std::string& database, const std::string& prefix, int lines,
                std::map<std::string, Acknowledged>& acknowledged) {
  std::string program =
      std::string(std::getenv("OTINISH_BINARY_DIR")) + "/tests/store_crash_writer";
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  const char* arguments[] = {program.c_str(), database.c_str(), prefix.c_str(), nullptr};
  pid_t child = 0;
  int spawned = ::posix_spawn(&child, program.c_str(), &actions, nullptr,
                              const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  ASSERT_EQ(spawned, 0) << program;
  std::string text;
  char buffer[4096];
  bool killed = false;
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
    if (!killed && std::count(text.begin(), text.end(), '\n') >= lines) {
      ::kill(child, SIGKILL);
      killed = true;
    }
  }
  ::close(ends[0]);
  int result = 0;
  ::waitpid(child, &result, 0);
  EXPECT_TRUE(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL) << "it ended by itself";
  std::istringstream input(text.substr(0, text.rfind('\n') + 1));
  std::string id;
  Acknowledged one;
  while (input >> id >> one.number >> one.position) {
    EXPECT_TRUE(acknowledged.emplace(id, one).second);
  }
}

Sha256 hashOf(const std::string& hex) {
  Sha256 out{};
  for (std::size_t i = 0; i < 32; ++i) {
    out[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  }
  return out;
}

void expectProved(Store& store, std::int64_t position) {
  JournalRow row = store.journal(position).value().value();
  InclusionProof proof = store.prove(position).value();
  std::vector<Sha256> path;
  for (const std::string& hex : proof.path_hex) path.push_back(hashOf(hex));
  EXPECT_TRUE(trust::verifyMerklePath(
      trust::merkleLeafHash(journalText(row)), static_cast<std::uint64_t>(position),
      static_cast<std::uint64_t>(proof.head.size), path, hashOf(proof.head.root_hex)));
}

// Every appeal in the store is whole; returns them by source id.
std::map<std::string, AppealRow> readAll(Store& store) {
  std::map<std::string, AppealRow> all;
  std::set<std::string> numbers;
  std::string cursor;
  do {
    AppealPage page = store.listAppeals({}, cursor, 1000).value();
    for (AppealRow& row : page.rows) {
      numbers.insert(row.reg_number);
      std::vector<EventRow> events = store.events(row.id).value();
      EXPECT_EQ(events.size(), 3U);
      EXPECT_EQ(events.back().previous_sha256, eventSha256(events[1]));
      EXPECT_EQ(store.clocks(row.id)->size(), 2U);
      EXPECT_EQ(store.messages(row.id, true)->at(0).body.size(), 3000U);
      EXPECT_EQ(store.outboxOf(row.id)->size(), 1U);
      EXPECT_EQ(store.externalIds(row.id)->size(), 1U);
      std::string id = row.source_id;
      EXPECT_TRUE(all.emplace(id, std::move(row)).second) << "twice: " << id;
    }
    cursor = page.next;
  } while (!cursor.empty());
  EXPECT_EQ(numbers.size(), all.size());
  char last[32];
  std::snprintf(last, sizeof last, "ЖТ-2026-%08zu", all.size());
  if (!all.empty()) {
    EXPECT_EQ(*numbers.rbegin(), last) << "numbers have a gap";
  }
  return all;
}

TEST(Crash, NothingAcknowledgedIsLost) {
  sample::TempFolder folder;
  std::string database = folder.file("hub.db");
  std::mt19937 random(20260317);
  std::map<std::string, Acknowledged> acknowledged;
  sample::CountingSealer sealer;
  for (int round = 0; round < 12; ++round) {
    int lines = static_cast<int>(random() % 400) + 1;
    runAndKill(database, "r" + std::to_string(round) + "-", lines, acknowledged);
    std::unique_ptr<Store> store = sample::openOrDie(database, &sealer);
    std::map<std::string, AppealRow> all = readAll(*store);
    EXPECT_EQ(store->appealCount(), static_cast<std::int64_t>(all.size()));
    EXPECT_EQ(store->head()->size, static_cast<std::int64_t>(all.size()));
    EXPECT_GE(all.size(), acknowledged.size());
    for (const auto& [id, one] : acknowledged) {
      auto found = all.find(id);
      ASSERT_NE(found, all.end()) << "lost: " << id;
      EXPECT_EQ(std::stoll(found->second.reg_number.substr(std::string("ЖТ-2026-").size())),
                one.number);
    }
    for (std::int64_t i = 0; i < store->head()->size; i += 1 + static_cast<int>(random() % 50)) {
      expectProved(*store, i);
    }
  }
  EXPECT_GT(acknowledged.size(), 1000U);
}

}  // namespace
}  // namespace hub::store
