#include "hub/rules/law_rows.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "hub/base/text.h"

namespace hub::rules {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

// Keys whose items are rows of their own. Everything else is a field of the row it stands in.
struct RowsUnder {
  std::string_view file;  // that the path begins with
  std::string_view key;
  std::string_view what;
  std::string_view
      id;  // key of a list's items that tells them apart; "" for a mapping or bare words
};
constexpr std::array<RowsUnder, 26> kRowsUnder{{
    {"rules/", "rules", "rule", "id"},
    {"calendar/", "days_off", "calendar day", ""},
    {"calendar/", "working_days", "calendar day", ""},
    {"bodies.yaml", "bodies", "body", "bin"},
    {"kato.yaml", "regions", "place", "code"},
    {"kato.yaml", "districts", "place", "code"},
    {"routing.yaml", "rules", "routing row", "id"},
    {"procedure.yaml", "actions", "procedure row", "action"},
    {"procedure.yaml", "roles", "role", ""},
    {"procedure.yaml", "states", "state", ""},
    {"procedure.yaml", "groups", "group of states", ""},
    {"procedure.yaml", "procedure_groups", "group of procedures", ""},
    {"procedure.yaml", "clock_groups", "group of clocks", ""},
    {"procedure.yaml", "grounds", "ground", ""},
    {"vocabulary.yaml", "kinds", "kind", ""},
    {"vocabulary.yaml", "procedures", "procedure", ""},
    {"vocabulary.yaml", "levels", "level", ""},
    {"vocabulary.yaml", "special_kinds", "special kind", ""},
    {"vocabulary.yaml", "events", "event", ""},
    {"vocabulary.yaml", "clocks", "clock", ""},
    {"vocabulary.yaml", "articles", "article", ""},
    {"topics.yaml", "sections", "topic", ""},
    {"topics.yaml", "categories", "topic", ""},
    {"topics.yaml", "subcategories", "topic", ""},
    {"staff.yaml", "bodies", "staff", "body"},
    {"staff.yaml", "executors", "executor", "id"},
}};

const RowsUnder* rowsUnder(const std::string& file, const std::string& key) {
  for (const auto& rows : kRowsUnder) {
    if (rows.key == key && file.starts_with(rows.file)) return &rows;
  }
  return nullptr;
}

std::string textOf(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  std::string out;
  if (node.IsSequence()) {
    for (const auto& item : node) out += (out.empty() ? "" : ", ") + textOf(item);
    return "[" + out + "]";
  }
  if (node.IsMap()) {
    for (const auto& item : node) {
      out += (out.empty() ? "" : ", ") + textOf(item.first) + ": " + textOf(item.second);
    }
    return "{" + out + "}";
  }
  return out;
}

std::string scalarAt(const YAML::Node& node, const std::string& key) {
  if (!node.IsMap()) return {};
  const YAML::Node value = node[key];
  return value && value.IsScalar() ? value.Scalar() : std::string();
}

class Reader {
 public:
  Reader(std::string file, std::vector<LawRow>& out) : file_(std::move(file)), out_(out) {}

  // One row and, after it, the rows within it, which are named from `prefix` on.
  void row(std::string what, std::string which, const std::string& prefix, const YAML::Node& node) {
    const std::size_t place = out_.size();
    out_.push_back({std::move(what), std::move(which), {}});
    fields(place, prefix, node, "");
    if (out_[place].fields.empty()) out_[place].fields[""] = "";
  }

 private:
  void fields(std::size_t place, const std::string& prefix, const YAML::Node& node,
              const std::string& path) {
    if (!node.IsMap()) {
      out_[place].fields[path] = textOf(node);
      return;
    }
    for (const auto& item : node) {
      const std::string key = textOf(item.first);
      const RowsUnder* rows = path.empty() ? rowsUnder(file_, key) : nullptr;
      if (rows != nullptr && (item.second.IsMap() || item.second.IsSequence())) {
        rowsOf(*rows, prefix, item.second);
      } else {
        fields(place, prefix, item.second, path.empty() ? key : path + "." + key);
      }
    }
  }

  void rowsOf(const RowsUnder& rows, const std::string& prefix, const YAML::Node& node) {
    const auto named = [&](const std::string& id) {
      return prefix.empty() ? id : prefix + "/" + id;
    };
    const std::string what(rows.what);
    if (node.IsMap()) {
      for (const auto& item : node) {
        const std::string which = named(textOf(item.first));
        row(what, which, which, item.second);
      }
      return;
    }
    for (const auto& item : node) {
      if (item.IsMap()) {
        const std::string which = named(scalarAt(item, std::string(rows.id)));
        row(what, which, which, item);
      } else {
        out_.push_back(
            {what, named(textOf(item)), {{"", rows.key == "working_days" ? "worked" : "listed"}}});
      }
    }
  }

  std::string file_;
  std::vector<LawRow>& out_;
};

std::vector<std::string> filesOf(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const std::string part : {"rules", "calendar"}) {
    const std::size_t from = names.size();
    for (const auto& entry : std::filesystem::directory_iterator(folder + "/" + part, failed)) {
      if (entry.path().extension() != ".yaml") continue;
      names.push_back(part + "/" + entry.path().filename().string());
    }
    std::sort(names.begin() + static_cast<std::ptrdiff_t>(from), names.end());
  }
  for (const char* name : {"bodies.yaml", "kato.yaml", "routing.yaml", "procedure.yaml",
                           "vocabulary.yaml", "topics.yaml", "staff.yaml"}) {
    if (std::filesystem::exists(folder + "/" + name, failed)) names.emplace_back(name);
  }
  return names;
}

Result<YAML::Node> readTree(const std::string& folder, const std::string& file) {
  const auto text = readFile(folder + "/" + file, kFileBytesMax);
  if (!text) return Status::failure("rules.data_unreadable", file + ": " + text.error().text);
  try {
    return YAML::Load(*text);
  } catch (const YAML::Exception& fault) {
    const int line = fault.mark.line + 1;
    return Status(std::vector<Error>{
        {"rules.data_syntax", file + ":" + std::to_string(line) + ": " + fault.msg, {}, line}});
  }
}

}  // namespace

Result<TableNames> tableNames(const std::string& folder) {
  TableNames names;
  for (const auto& file : filesOf(folder)) {
    if (!file.starts_with("rules/")) continue;
    const auto tree = readTree(folder, file);
    if (!tree) return tree.status();
    names[file] = scalarAt(*tree, "version");
  }
  return names;
}

Result<std::vector<LawRow>> lawRows(const std::string& folder, const TableNames& shown_as) {
  std::vector<LawRow> out;
  for (const auto& file : filesOf(folder)) {
    const auto tree = readTree(folder, file);
    if (!tree) return tree.status();
    Reader reader(file, out);
    if (file.starts_with("rules/")) {
      const auto name = shown_as.find(file);
      const std::string version =
          name == shown_as.end() ? scalarAt(*tree, "version") : name->second;
      reader.row("table", version, version, *tree);
    } else if (file == "calendar/names.yaml") {
      reader.row("file", file, "", *tree);
    } else if (file.starts_with("calendar/")) {
      reader.row("calendar", scalarAt(*tree, "year"), "", *tree);
    } else {
      reader.row("file", file, "", *tree);
    }
  }
  return out;
}

}  // namespace hub::rules
