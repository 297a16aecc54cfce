# Writes a C++ file that contains every NNNN_name.sql of a folder as a raw string.
# Used by hub/store/CMakeLists.txt:  otinish_embed_migrations(<folder> <output.cpp>)
function(otinish_embed_migrations folder output)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql)
  list(SORT files)
  set(rows "")
  set(expected 1)
  foreach(file ${files})
    get_filename_component(name ${file} NAME)
    if(NOT name MATCHES "^0*([1-9][0-9]*)_[a-z0-9_]+\\.sql$" OR NOT CMAKE_MATCH_1 EQUAL expected)
      message(FATAL_ERROR "${name}: migrations are numbered 0001, 0002 … without gaps")
    endif()
    math(EXPR expected "${expected} + 1")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} sql)
    string(APPEND rows "      {${CMAKE_MATCH_1}, R\"otinish_sql(${sql})otinish_sql\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [=[// Generated from the .sql files; see embed_migrations.cmake.
#include "hub/store/sqlite/migrations.h"

namespace hub::store::sqlite {

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> kMigrations = {
@rows@  };
  return kMigrations;
}

}  // namespace hub::store::sqlite
]=])
endfunction()
