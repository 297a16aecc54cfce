# The shelf of adapters for the tests of hub/hosting (included from there): one that uses the whole
# contract, the others each bad in its own way. Built into <build>/tests/adapters.
function(otinish_shelf_adapter name source)
  add_library(${name} MODULE ${CMAKE_SOURCE_DIR}/tests/adapters_bad/${source})
  target_link_libraries(${name} PRIVATE otinish_flags ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" C_STANDARD 11 C_EXTENSIONS OFF
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/adapters)
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  add_dependencies(otinish_shelf ${name})
endfunction()

add_custom_target(otinish_shelf)
otinish_shelf_adapter(good_c_adapter good_c_adapter.c)
foreach(bad hangs segfaults exits exits_at_start floods_memory floods_answer abi_two missing_entry no_abi
            unknown_outcome answers_twice writes_rubbish escapes steals)
  otinish_shelf_adapter(bad_${bad} ${bad}.c)
endforeach()
otinish_shelf_adapter(bad_throws throws.cpp)
# Its symbols are another library's, which it is linked with.
add_library(bad_lender SHARED ${CMAKE_SOURCE_DIR}/tests/adapters_bad/good_c_adapter.c)
target_link_libraries(bad_lender PRIVATE otinish_flags)
target_compile_definitions(bad_lender PRIVATE _GNU_SOURCE)
set_target_properties(bad_lender PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/adapters)
otinish_shelf_adapter(bad_borrowed_entry borrowed_entry.c bad_lender)
