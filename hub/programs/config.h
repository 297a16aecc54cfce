// hubd's configuration file (config/hub.yaml documents every key). Unknown keys, wrong kinds and
// missing files are refused, each with its line. Relative paths are relative to the file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/exchange/agency_config.h"
#include "hub/notify/sms_options.h"
#include "hub/store/sqlite_store.h"
#include "hub/web/server.h"

namespace hub::programs {

struct KeyConfig {
  std::string name, key_file, certificate_file;
};

struct HubConfig {
  std::string file;
  std::string node_name = "hub";
  std::string data_folder;
  std::string law_folder;
  bool deem_refused = true;     // see exchange::ServiceOptions
  std::string schema_file;      // contracts/appeal/appeal.xsd
  std::string journal_key;      // key that signs tree heads
  bool identity_strict = true;  // IIN/BIN check digits
  std::string log_level = "info";
  std::vector<KeyConfig> keys;
  web::WebOptions web;
  std::map<std::string, int> tls_lines;  // key of listen.tls -> its line
  // "keys.hub", "agencies.minfin.endpoints.gateway.security", "clients.portal" … -> its line
  std::map<std::string, int> lines;
  std::vector<std::pair<std::string, std::string>> secret_files;  // key of `lines`, path
  store::SqliteOptions store;
  Limits limits;
  std::vector<exchange::AgencyConfig> agencies;
  std::optional<notify::SmsOptions> sms;
};

// `overrides`: "path=value" pairs given on the command line ("listen.port=0",
// "agencies.minfin.collect_every_ms=200"; list items are named by their alias or name).
// `program_folder`: where hubd lies; adapters and hub-adapter-runner are looked for beside it.
// Failure: every error found, code "programs.bad_config" (or "programs.config_unreadable").
Result<HubConfig> loadConfig(const std::string& file, const std::vector<std::string>& overrides,
                             const std::string& program_folder);

}  // namespace hub::programs
