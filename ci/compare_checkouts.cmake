# What compare_checkouts.py adds to a checkout while it is configured (CMAKE_PROJECT_INCLUDE), whatever its
# age: make_programs, and schedules: every_schedule_test.cc as a program of its own.
if(NOT TARGET gcmap_harness)  # project() was called just now; its targets come later
  set(gcmap_compare_file "${CMAKE_CURRENT_LIST_FILE}")
  cmake_language(DEFER CALL include "${gcmap_compare_file}")
  return()
endif()

function(gcmap_compare_program name source)
  add_executable(${name} EXCLUDE_FROM_ALL "${source}")
  set_target_properties(${name} PROPERTIES CXX_STANDARD 20 RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/compared")
  target_link_libraries(${name} PRIVATE gcmap_harness)
  gcmap_link_counters(${name})
endfunction()

gcmap_compare_program(make_programs "${CMAKE_CURRENT_LIST_DIR}/make_programs.cc")
foreach(header codec_text generate *mutator operands reducer)  # wherever the checkout has them
  file(GLOB_RECURSE found "${PROJECT_SOURCE_DIR}/harness/${header}.h")
  string(APPEND gcmap_compare_headers "#include \"${found}\"\n")
endforeach()
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/compared/headers.h" CONTENT "${gcmap_compare_headers}")
target_include_directories(make_programs PRIVATE "${PROJECT_BINARY_DIR}")

find_package(GTest REQUIRED)
file(GLOB_RECURSE found "${PROJECT_SOURCE_DIR}/harness/every_schedule_test.cc")
gcmap_compare_program(schedules "${found}")
target_link_libraries(schedules PRIVATE GTest::gtest_main)
