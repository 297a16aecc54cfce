#include <sys/stat.h>

#include "hub/transport/internal.h"
#include "hub/transport/tests/support.h"

namespace hub::transport::testing {
namespace {

struct AttachmentFolderTest : ::testing::Test {
  World world;
};

TEST_F(AttachmentFolderTest, StreamsIntoAFileNamedByItsDigest) {
  std::string bytes = randomBytes(200'000);
  auto sink = world.attachments->create();
  ASSERT_TRUE(sink.ok());
  for (std::size_t at = 0; at < bytes.size(); at += 7'777) {
    ASSERT_EQ(outcome((*sink)->write(std::string_view(bytes).substr(at, 7'777))), "ok");
  }
  auto stored = (*sink)->finish();
  ASSERT_EQ(outcome(stored), "ok");
  EXPECT_EQ(stored->sha256_hex, sha256Hex(bytes));
  EXPECT_EQ(stored->bytes, 200'000);
  auto path = world.attachments->path(stored->sha256_hex);
  ASSERT_EQ(outcome(path), "ok");
  EXPECT_EQ(readAll(*path), bytes);
  struct stat info {};
  ASSERT_EQ(stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0077, 0u) << "attachments hold personal data";
}

TEST_F(AttachmentFolderTest, SameContentIsKeptOnce) {
  auto first = world.store("the same");
  auto second = world.store("the same");
  EXPECT_EQ(first, second);
  EXPECT_EQ(world.attachmentFiles(), 1);
  world.store("");
  EXPECT_EQ(world.attachmentFiles(), 2);
}

TEST_F(AttachmentFolderTest, TooLargeLeavesNothing) {
  Limits small;
  small.attachment_bytes_max = 10;
  auto folder = openAttachmentFolder(world.folder.file("small"), small);
  {
    auto sink = folder->create();
    ASSERT_TRUE(sink.ok());
    EXPECT_EQ(outcome((*sink)->write("0123456789")), "ok");
    EXPECT_EQ(outcome((*sink)->write("x")), "exchange.attachment_too_large");
  }
  EXPECT_TRUE(namesIn(world.folder.file("small/tmp")).empty());
}

TEST_F(AttachmentFolderTest, TheDiskReserveIsKept) {
  Limits greedy;
  greedy.free_disk_bytes_min = std::int64_t{1} << 60;
  auto folder = openAttachmentFolder(world.folder.file("full"), greedy);
  {
    auto sink = folder->create();
    ASSERT_TRUE(sink.ok());
    EXPECT_EQ(outcome((*sink)->write("x")), "store.unavailable");
  }
  EXPECT_TRUE(namesIn(world.folder.file("full/tmp")).empty());
  EXPECT_TRUE(isRetryable("store.unavailable"));
}

TEST_F(AttachmentFolderTest, UnfinishedIsRemovedAtOnceAndAfterACrash) {
  {
    auto sink = world.attachments->create();
    ASSERT_EQ(outcome((*sink)->write("half")), "ok");
    EXPECT_EQ(world.attachmentFiles(), 1);
  }
  EXPECT_EQ(world.attachmentFiles(), 0);
  auto kept = world.store("kept");
  writeAll(world.folder.file("attachments/tmp/0123456789ab"), "left by a crash");
  auto again = openAttachmentFolder(world.folder.file("attachments"), world.limits);
  EXPECT_EQ(world.attachmentFiles(), 1);
  EXPECT_EQ(outcome(again->path(kept)), "ok");
}

TEST_F(AttachmentFolderTest, OnlyDigestsAreNames) {
  writeAll(world.folder.file("secret"), "secret");
  std::string digest(64, 'a');
  for (std::string name : {std::string("../secret"), std::string("tmp"), std::string(), digest,
                           "../" + digest.substr(3), std::string(64, 'A')}) {
    EXPECT_EQ(outcome(world.attachments->path(name)), "store.not_found") << name;
  }
  fs::create_directories(world.folder.file("attachments/aa"));
  fs::create_symlink(world.folder.file("secret"),
                     world.folder.file("attachments/aa/" + digest.substr(2)));
  EXPECT_EQ(outcome(world.attachments->path(digest)), "store.not_found");
}

}  // namespace
}  // namespace hub::transport::testing
