#include "hub/hosting/loader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "hub/base/ids.h"
#include "hub/hosting/tests/support.h"

namespace hub::hosting {
namespace {

class LoaderTest : public ::testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& content) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    ::chmod(path.c_str(), 0644);
    return path;
  }
  void expectRefused(const std::string& path, const std::string& sha256, const std::string& why) {
    auto file = openTrusted(path, sha256);
    ASSERT_FALSE(file.ok()) << path;
    EXPECT_EQ(file.error().code, "hosting.file_refused");
    EXPECT_NE(file.error().text.find(why), std::string::npos) << file.error().text;
  }
  TemporaryFolder folder_;
};

TEST_F(LoaderTest, AcceptsAPinnedFileThatNobodyElseMayWrite) {
  const auto path = put("a.so", "content");
  EXPECT_TRUE(openTrusted(path, "").ok());
  EXPECT_TRUE(openTrusted(path, sha256Hex("content")).ok());
}

TEST_F(LoaderTest, RefusesAnotherContent) {
  expectRefused(put("a.so", "changed"), sha256Hex("content"), "SHA-256");
}

TEST_F(LoaderTest, RefusesFilesThatOthersMayWrite) {
  const auto path = put("a.so", "content");
  ::chmod(path.c_str(), 0664);
  expectRefused(path, "", "writable");
  ::chmod(path.c_str(), 0646);
  expectRefused(path, "", "writable");
}

TEST_F(LoaderTest, RefusesFoldersThatOthersMayWrite) {
  const auto path = put("a.so", "content");
  ::chmod((folder_ / "").c_str(), 0777);
  expectRefused(path, "", "writable");
}

TEST_F(LoaderTest, RefusesWhatIsNoRegularFile) {
  const auto path = put("a.so", "content");
  ASSERT_EQ(::symlink(path.c_str(), (folder_ / "link.so").c_str()), 0);
  expectRefused(folder_ / "link.so", "", "symbolic link");
  ASSERT_EQ(::mkfifo((folder_ / "pipe.so").c_str(), 0600), 0);
  expectRefused(folder_ / "pipe.so", "", "regular file");
  expectRefused(folder_ / "absent.so", "", "missing");
  expectRefused(folder_ / "no/such.so", "", "not there");
}

TEST_F(LoaderTest, RefusesFilesOfOtherUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const auto path = put("a.so", "content");
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  expectRefused(path, "", "belongs neither");
}

TEST_F(LoaderTest, RefusesWhatIsNoLibrary) {
  auto file = openTrusted(put("a.so", "content"), "");
  ASSERT_TRUE(file.ok());
  auto table = loadAdapter(std::move(*file));
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().code, "hosting.file_refused");
}

TEST_F(LoaderTest, CommandsAreTrustedLikeFiles) {
  EXPECT_TRUE(checkCommand({"/bin/sh", "-c", "true"}).ok());
  const auto script = put("script.py", "print()");
  EXPECT_TRUE(checkCommand({"/bin/sh", script}).ok());
  ::chmod(script.c_str(), 0666);
  EXPECT_FALSE(checkCommand({"/bin/sh", script}).ok());
  EXPECT_FALSE(checkCommand({"sh"}).ok());
  EXPECT_FALSE(checkCommand({}).ok());
}

}  // namespace
}  // namespace hub::hosting
