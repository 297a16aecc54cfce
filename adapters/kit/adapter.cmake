# otinish_adapter(name SOURCES … LINKS …): the adapter file <build>/adapters/hub_adapter_<name>.so.
# Used by adapters/ of the source tree, and by outside.cmake for adapters that live elsewhere.
function(otinish_adapter name)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS" ${ARGN})
  add_library(hub_adapter_${name} MODULE ${A_SOURCES})
  target_link_libraries(hub_adapter_${name} PRIVATE otinish_flags otinish_kit ${A_LINKS})
  set_target_properties(hub_adapter_${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/adapters)
  # Only the two symbols of the border are exported; the kit's own stay inside the file.
  target_link_options(hub_adapter_${name} PRIVATE -Wl,--exclude-libs,ALL)
  if(NOT OTINISH_SANITIZE)
    target_link_options(hub_adapter_${name} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
