// Writes the exclusive canonical form (W3C Exclusive XML Canonicalization 1.0, without comments) of what a
// reader tells it, tag by tag. Internal to hub/trust. Threads: one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hub::trust {

class CanonicalWriter {
 public:
  // `href` empty: no namespace. Names and namespaces are borrowed until the element that has them has ended.
  struct Name {
    std::string_view prefix, local, href;
  };
  struct Attribute {
    Name name;
    std::string_view value;  // as it is meant, nothing escaped
  };

  CanonicalWriter();
  // Sorts `attributes`. False, with the form spoilt: two of them have one name.
  bool start(const Name& element, std::vector<Attribute>& attributes);
  // As it is meant: what must be is escaped.
  void text(std::string_view text);
  // As it is written in a canonical form.
  void written(std::string_view text) { out_.append(text); }
  // Ends the newest element that was started.
  void end();
  std::string take() { return std::move(out_); }

 private:
  struct Namespace {
    std::string_view prefix, href;
  };
  struct Open {
    Name name;
    std::size_t in_force;  // how many namespaces were before it
  };

  // Notes that the element uses it; written later if it is not in force in what was written.
  void use(const Name& name);
  void append(const Name& name);

  std::string out_;
  std::vector<Namespace> in_force_;  // written by the elements that are open, the newest last
  std::vector<Namespace> fresh_;
  std::vector<Open> open_;
};

// Whether a namespace is written in a canonical form as it stands and no form is refused for it: empty, or a
// plain URI of a usual scheme. (libxml2 refuses relative ones and bad URIs wherever they are declared, and keeps
// "&amp;" in the name of a namespace in a way of its own.)
bool isUsualNamespace(std::string_view href, bool has_prefix);

}  // namespace hub::trust
