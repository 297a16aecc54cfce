#include "hub/programs/hubctl_intake.h"

#include <Poco/Crypto/DigestEngine.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "hub/base/text.h"
#include "hub/programs/hubctl_answer.h"
#include "hub/programs/hubctl_table.h"

namespace hub::ctl {
namespace {

constexpr std::size_t kDocumentBytesMax = 64 * 1024 * 1024;

std::string mediaTypeOf(const std::string& path, const std::string& content) {
  const auto extension = toLowerAscii(std::filesystem::path(path).extension().string());
  if (extension == ".json") return "application/json";
  if (extension == ".xml") return "application/xml";
  return trim(content).starts_with('<') ? "application/xml" : "application/json";
}

// What stands in a file, a pipe, or ("-") on standard input.
Result<std::string> readDocument(const std::string& file) {
  std::error_code error;
  if (file != "-" &&
      (std::filesystem::is_regular_file(file, error) || !std::filesystem::exists(file, error))) {
    return readFile(file, kDocumentBytesMax);
  }
  std::ifstream pipe;
  if (file != "-") pipe.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : pipe;
  std::string content;
  std::vector<char> piece(64 * 1024);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    content.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (content.size() > kDocumentBytesMax) {
      return Status::failure("base.file_too_large", say("{} is longer than 64 MiB", {file}));
    }
  }
  if (in.bad() || (file != "-" && !pipe.is_open())) {
    return Status::failure("base.file_unreadable", say("cannot read {}", {file}));
  }
  return content;
}

// Files as given; of a folder, its .json and .xml files by name.
std::vector<std::string> filesOf(const std::vector<std::string>& words) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const auto& word : words) {
    std::error_code error;
    if (!fs::is_directory(word, error)) {
      files.push_back(word);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(word, error)) {
      const auto extension = toLowerAscii(entry.path().extension().string());
      if (extension == ".json" || extension == ".xml") inside.push_back(entry.path().string());
    }
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

std::string fileType(const std::string& path) {
  static const std::map<std::string, std::string> types = {
      {".pdf", "application/pdf"}, {".png", "image/png"},       {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},     {".txt", "text/plain"},      {".csv", "text/csv"},
      {".svg", "image/svg+xml"},   {".xml", "application/xml"}, {".json", "application/json"}};
  auto it = types.find(toLowerAscii(std::filesystem::path(path).extension().string()));
  return it == types.end() ? "application/octet-stream" : it->second;
}

// SHA-256 of a file read in pieces; "" if it cannot be read.
std::string fileHash(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  Poco::Crypto::DigestEngine digest("SHA256");
  std::vector<char> piece(64 * 1024);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    digest.update(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  return Poco::DigestEngine::digestToHex(digest.digest());
}

// Of several files each answer says whose it is.
std::string withFile(const std::string& body, const std::string& file) {
  auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return body;
  json["file"] = file;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

int explainFile(Answer answer, const Arguments& arguments, std::ostream& out, std::ostream& err,
                const std::string& file, const std::string& name) {
  if (arguments.json) answer.body = withFile(answer.body, file);
  return explain(answer, arguments, out, err, name);
}

}  // namespace

int runSubmit(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const auto files = filesOf(arguments.words);
  Table table({"FILE", "RESULT", "NUMBER", "DUE", "BODY", "STATE"});
  int worst = kDone;
  for (const auto& file : files) {
    const std::string name = files.size() > 1 ? file : "";
    auto content = readDocument(file);
    if (!content.ok()) {
      worst = couldNot(arguments, out, err, file + ": ", content.error().text);
      continue;
    }
    const Answer answer = client.post("/v1/appeals", mediaTypeOf(file, *content), *content);
    if (!answer.ok()) {
      worst = std::max(worst, explainFile(answer, arguments, out, err, file, name));
      if (answer.status == 0)
        break;  // the hub is not there: the next file would not find it either
      continue;
    }
    if (arguments.json) {
      out << withFile(answer.body, file) << "\n";
      continue;
    }
    const Json json = Json::parse(answer.body, nullptr, false);
    const std::string body = text(json, "body_name");
    for (const auto& path : json.value("unknown", Json::array())) {
      if (path.is_string()) {
        err << file << ": "
            << say("a member that nobody knows was kept: {}", {path.get<std::string>()}) << "\n";
      }
    }
    table.add({file, say(answer.status == 201 ? "registered" : "known"), text(json, "reg_number"),
               text(json, "due_date"), body.empty() ? text(json, "body") : body,
               text(json, "state")});
  }
  if (files.empty()) {
    return couldNot(arguments, out, err, "", say("no .json or .xml file there"));
  }
  if (!arguments.json && !table.empty()) out << table.render();
  return worst;
}

int runAttach(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  Table table({"FILE", "SHA-256", "SIZE", "RESULT"});
  int worst = kDone;
  for (const auto& file : arguments.words) {
    const std::string hash = fileHash(file);
    if (hash.empty()) {
      worst = couldNot(arguments, out, err, file + ": ", say("it cannot be read"));
      continue;
    }
    const Answer answer = client.putFile("/v1/attachments/" + hash, fileType(file), file);
    if (!answer.ok()) {
      worst = std::max(worst, explainFile(answer, arguments, out, err, file, file));
    } else if (arguments.json) {
      out << withFile(answer.body, file) << "\n";
    } else {
      table.add({file, hash, text(Json::parse(answer.body, nullptr, false), "size"),
                 say(answer.status == 201 ? "stored" : "known")});
    }
  }
  if (!arguments.json && !table.empty()) out << table.render();
  return worst;
}

int runReceipt(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  return present(client.get("/v1/appeals/" + segment(arguments.words[0]) + "/receipt"), arguments,
                 out, err, [&](const Json& json) {
                   line(out, "number", text(json, "reg_number"));
                   line(out, "hub id", text(json, "hub_id"));
                   line(out, "received", text(json, "received_at"));
                   line(out, "due", text(json, "due_date"));
                   line(out, "body", text(json, "body_name"));
                   const Json proof = json.value("proof", Json::object());
                   const Json head = proof.value("head", Json::object());
                   line(out, "journal record", text(json.value("record", Json::object()), "text"));
                   line(out, "tree size", text(head, "size"));
                   line(out, "tree root", text(head, "root"));
                   line(out, "signature", text(head, "signature"));
                   out << say("the whole proof: --json") << "\n";
                 });
}

int runTalon(const Arguments& arguments, Client& client, std::ostream& out, std::ostream& err) {
  const std::string file = arguments.option("--out");
  const std::string kind = std::filesystem::path(file).extension().string();
  if (kind != ".pdf" && kind != ".html") {
    return cannot(err, "talon needs --out FILE that ends with .pdf or .html");
  }
  const Answer answer =
      client.get("/v1/appeals/" + segment(arguments.words[0]) + "/talon?format=" + kind.substr(1));
  if (!answer.ok()) return explain(answer, arguments, out, err);
  std::ofstream slip(file, std::ios::binary | std::ios::trunc);
  slip << answer.body << std::flush;
  if (!slip) {
    return cannot(err, "cannot write {}", {file});
  }
  if (arguments.json) {
    out << Json{{"file", file}, {"bytes", answer.body.size()}}.dump() << "\n";
  } else {
    out << file << "  " << say("{} bytes", {std::to_string(answer.body.size())}) << "\n";
  }
  return kDone;
}

}  // namespace hub::ctl
