# For an adapter outside the hub's source tree: the same otinish_adapter() and otinish_test() as inside
# it, against a hub that is already built, so that one CMakeLists.txt serves both places
# (adapters/echo/CMakeLists.txt, docs/adapters/write-one.md). BUILD, a CMake or an environment variable,
# names the hub's build folder; left out, it is build/ of the source tree.
get_filename_component(otinish_source ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
if(NOT BUILD)
  set(BUILD $ENV{BUILD})
endif()
if(NOT BUILD)
  set(BUILD ${otinish_source}/build)
endif()
if(NOT EXISTS ${BUILD}/adapters/kit/libotinish_kit.a)
  message(FATAL_ERROR "No built hub in ${BUILD}: run ./dev build in ${otinish_source}, or set BUILD")
endif()
# Sanitizers must be the hub's own.
load_cache(${BUILD} READ_WITH_PREFIX hub_ OTINISH_SANITIZE)
set(OTINISH_SANITIZE "${hub_OTINISH_SANITIZE}")
if(OTINISH_SANITIZE)
  add_compile_options(-fsanitize=${OTINISH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OTINISH_SANITIZE})
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_package(PkgConfig REQUIRED)
pkg_check_modules(OTINISH_NEEDS REQUIRED IMPORTED_TARGET libxslt libexslt libxml-2.0 openssl yaml-cpp)
find_library(JQ_LIBRARY jq REQUIRED)
find_library(ONIG_LIBRARY onig REQUIRED)

add_library(otinish_flags INTERFACE)
target_include_directories(otinish_flags INTERFACE ${otinish_source})
target_compile_options(otinish_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fvisibility=hidden)
add_library(otinish_kit STATIC IMPORTED)
set_target_properties(otinish_kit PROPERTIES
  IMPORTED_LOCATION ${BUILD}/adapters/kit/libotinish_kit.a
  INTERFACE_LINK_LIBRARIES "PkgConfig::OTINISH_NEEDS;${JQ_LIBRARY};${ONIG_LIBRARY}")
add_library(otinish_kit_test STATIC IMPORTED)
set_target_properties(otinish_kit_test PROPERTIES
  IMPORTED_LOCATION ${BUILD}/adapters/kit/libotinish_kit_test.a
  INTERFACE_LINK_LIBRARIES "otinish_kit;${CMAKE_DL_LIBS}")

include(${CMAKE_CURRENT_LIST_DIR}/adapter.cmake)

# otinish_test(name SOURCES … LINKS …): a GoogleTest program, one ctest entry.
enable_testing()
find_package(GTest REQUIRED)
function(otinish_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE otinish_flags ${A_LINKS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300
    ENVIRONMENT "OTINISH_SOURCE_DIR=${otinish_source};OTINISH_BINARY_DIR=${CMAKE_BINARY_DIR}")
endfunction()
