# Included by tests/bench: the store's cost per appeal and its independence of size.
otinish_program(store_scale_bench
  SOURCES ${CMAKE_SOURCE_DIR}/tests/bench/store_scale_bench.cpp
  LINKS otinish_store_sample)
