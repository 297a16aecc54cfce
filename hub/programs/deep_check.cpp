#include "hub/programs/deep_check.h"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "hub/base/text.h"
#include "hub/model/codec.h"
#include "hub/rules/law_gaps.h"
#include "hub/transport/endpoint.h"

namespace hub::programs {
namespace {

std::string withCode(const Error& error) { return error.code + ": " + error.text; }

// A secret that every user of the machine may read is none.
void checkSecrets(const HubConfig& config, std::vector<Finding>& findings) {
  auto secrets = config.secret_files;
  for (const auto& agency : config.agencies) {
    for (const auto& endpoint : agency.endpoints) {
      const auto key = "agencies." + agency.adapter.alias + ".endpoints." + endpoint.name;
      for (const auto& path : {endpoint.ssh_key, endpoint.client_key}) {
        if (!path.empty()) secrets.emplace_back(key, path);
      }
    }
  }
  for (const auto& [key, path] : secrets) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0) {
      findings.push_back(
          {key, path + " can be read by every user of the machine: chmod 640", true});
    }
  }
}

void checkClients(const HubConfig& config, const rules::LawBook& law, Date today,
                  std::vector<Finding>& findings) {
  for (const auto& client : config.web.clients) {
    if (!client.body.empty() && client.source_system.empty() && client.roles.empty()) {
      findings.push_back({"clients." + client.name,
                          "roles: none: it reads what its body has and acts in nobody's name",
                          true});
    }
    if (client.body.empty() || law.bodyByBin(client.body, today)) continue;
    findings.push_back({"clients." + client.name,
                        "body: no body of the law data has the BIN " + client.body + " today"});
  }
}

void checkAliases(const HubConfig& config, const rules::LawBook& law, Date today,
                  std::vector<Finding>& findings) {
  std::set<std::string> known, missing;
  for (const auto& agency : config.agencies) known.insert(agency.adapter.alias);
  for (const auto& body : law.data().bodies) {
    const bool routed = !body.alias.empty() && body.validity.covers(today);
    if (routed && !known.contains(body.alias)) missing.insert(body.alias);
  }
  if (missing.empty()) return;
  std::string list;
  for (const auto& alias : missing) list += (list.empty() ? "" : ", ") + alias;
  findings.push_back(
      {"agencies", "what the law data route to " + list + " waits: there is no such agency", true});
}

// A decision without a signature is none, APPC 82; statuses need not be signed.
void checkSigned(const HubConfig& config, std::vector<Finding>& findings) {
  for (const auto& agency : config.agencies) {
    const auto isSigned = [](const auto& endpoint) {
      return !endpoint.security.name.empty() && endpoint.security.name != "none";
    };
    if (agency.endpoints.empty() || agency.push_allowed || !agency.payload_profiles.empty() ||
        std::any_of(agency.endpoints.begin(), agency.endpoints.end(), isSigned)) {
      continue;
    }
    findings.push_back({"agencies." + agency.adapter.alias,
                        "no endpoint of it has a security profile: its decisions come unsigned and "
                        "are refused (exchange.decision_unsigned)",
                        true});
  }
}

}  // namespace

std::string described(const HubConfig& config, const Finding& finding) {
  const auto line = config.lines.find(finding.key);
  const bool known = line != config.lines.end() && line->second > 0;
  return (finding.warning ? "warning: " : "") + config.file +
         (known ? ":" + std::to_string(line->second) : "") + ": " + finding.key + ": " +
         finding.text;
}

std::vector<Finding> checkAround(const HubConfig& config, const rules::LawBook& law, Date today,
                                 const std::string& system_font) {
  std::vector<Finding> findings;
  if (auto schema = model::XsdValidator::load(config.schema_file); !schema) {
    findings.push_back({"schema_file", withCode(schema.error())});
  }
  const std::string font = config.web.talon_font.empty() ? system_font : config.web.talon_font;
  constexpr std::size_t kFontBytesMax = 64 * 1024 * 1024;
  if (auto bytes = readFile(font, kFontBytesMax); !bytes || bytes->empty()) {
    // hubd starts without the system's font; one that was asked for must be there.
    findings.push_back({"talon", "font: " + font + " cannot be read: no receipt slip can be drawn",
                        config.web.talon_font.empty()});
  }
  for (const auto& what : rules::leftOut(law.data())) {
    findings.push_back({"law_folder", what, true});
  }
  checkClients(config, law, today, findings);
  checkAliases(config, law, today, findings);
  checkSecrets(config, findings);
  checkSigned(config, findings);
  return findings;
}

std::vector<Finding> loadKeys(const HubConfig& config, trust::Keyring& keys) {
  std::vector<Finding> findings;
  for (const auto& key : config.keys) {
    if (auto status = keys.add(key.name, key.key_file, key.certificate_file); !status) {
      findings.push_back({"keys." + key.name, withCode(status.error())});
    }
  }
  return findings;
}

std::vector<Finding> checkEndpoints(const HubConfig& config, const exchange::AgencyConfig& agency,
                                    trust::Keyring& keys) {
  std::vector<Finding> findings;
  const std::string path = "agencies." + agency.adapter.alias;
  const auto check = [&](const std::string& key, const trust::ProfileConfig& profile) {
    if (auto made = trust::makeProfile(profile, keys, config.limits); !made) {
      findings.push_back({key, withCode(made.error())});
      return false;
    }
    return true;
  };
  for (const auto& endpoint : agency.endpoints) {
    const std::string key = path + ".endpoints." + endpoint.name;
    if (!check(key + ".security", endpoint.security)) continue;
    auto made = transport::makeEndpoint(endpoint, keys, nullptr, config.limits, systemClock());
    if (!made) findings.push_back({key, withCode(made.error())});
  }
  if (agency.push_allowed) check(path + ".push", agency.push);
  for (const auto& [name, profile] : agency.payload_profiles) {
    check(path + ".payload_profiles." + name, profile);
  }
  return findings;
}

std::vector<Finding> checkEndpointNames(const exchange::AgencyConfig& agency,
                                        const otinish::About& about) {
  std::vector<Finding> findings;
  const auto given =
      nlohmann::json::parse(agency.adapter.configuration.settings_json, nullptr, false);
  for (const auto& setting : about.settings) {
    if (setting.name != "endpoint" && !setting.name.ends_with("_endpoint")) continue;
    std::string name = setting.fallback;
    if (given.is_object() && given.contains(setting.name) && given[setting.name].is_string()) {
      name = given[setting.name].get<std::string>();
    }
    const bool has = std::any_of(agency.endpoints.begin(), agency.endpoints.end(),
                                 [&](const auto& endpoint) { return endpoint.name == name; });
    if (name.empty() || has) continue;
    std::string known;
    for (const auto& endpoint : agency.endpoints) {
      known += (known.empty() ? "" : ", ") + endpoint.name;
    }
    findings.push_back({"agencies." + agency.adapter.alias,
                        "the adapter's setting '" + setting.name + "' names the endpoint '" + name +
                            "', and endpoints has " + (known.empty() ? "none" : known)});
  }
  return findings;
}

}  // namespace hub::programs
