// model_contracts FOLDER: writes appeal.xsd, appeal.schema.json and appeal.thrift into the folder.
#include <cstdio>
#include <string>

#include "hub/base/text.h"
#include "hub/model/tools/contracts.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: model_contracts FOLDER\n", stderr);
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  for (const auto& [name, text] : {std::pair{"appeal.xsd", hub::model::makeXsd()},
                                   std::pair{"appeal.schema.json", hub::model::makeJsonSchema()},
                                   std::pair{"appeal.thrift", hub::model::makeThriftIdl()}}) {
    if (hub::Status status = hub::writeFileAtomically(folder + name, text); !status.ok()) {
      std::fprintf(stderr, "%s: %s\n", name, status.error().text.c_str());
      return 1;
    }
  }
  return 0;
}
