# Shared by every folder: one library target per layer and per room of the harness, one test program per
# folder, strict warnings.

add_library(gcmap_strict INTERFACE)
target_compile_options(gcmap_strict INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                       -Wnon-virtual-dtor $<$<CXX_COMPILER_ID:Clang>:-Wshadow-field-in-constructor>)  # GCC's -Wshadow has it
if(NOT DEFINED CMAKE_COMPILE_WARNING_AS_ERROR)
  set(CMAKE_COMPILE_WARNING_AS_ERROR ${PROJECT_IS_TOP_LEVEL})  # planted faults and embedders: no
endif()
set(gcmap_checked_default OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(gcmap_checked_default ON)
endif()
option(GCMAP_CHECKED "Say at once what a user of the library got wrong (base/checked.h); part of the package's targets"
       ${gcmap_checked_default})
option(GCMAP_REPORT_SOMETIMES "Test builds: a process says which GCMAP_SOMETIMES it hit (base/sometimes.h)" OFF)
message(STATUS "gcmap: misuse is checked: ${GCMAP_CHECKED} (GCMAP_CHECKED; kept when the build type changes)")
if(GCMAP_SANITIZE)
  add_compile_options(-fsanitize=${GCMAP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${GCMAP_SANITIZE})
endif()

# gcmap_precompile(<target> <first> [<header>...]): what half of the target's sources would parse again,
# compiled once for <first> and those that share it. Headers of others alone: they never change, and a planted
# fault is never in one. Clang's alone: GCC would warn of the standard library's own code. What a source
# forgets to include ci/checks.py headers finds.
set(gcmap_standard_headers <algorithm> <array> <cstdint> <cstdio> <cstdlib> <cstring> <deque> <fstream> <functional> <limits> <map>
    <memory> <optional> <set> <sstream> <stdexcept> <string> <string_view> <tuple> <unordered_map> <utility> <vector>)
function(gcmap_precompile target first)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    return()
  endif()
  if(target STREQUAL first)
    target_precompile_headers(${target} PRIVATE ${gcmap_standard_headers} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${first})
  endif()
endfunction()

# gcmap_count_edges(<source>...): these sources count their edges for libFuzzer, in fuzzing builds. Only the
# code under test does: counting in oracles and verifiers as well made an execution three times as slow and no
# bug easier to find, and so did tracing comparisons, which tells nothing of programs that are mutated
# operation by operation.
function(gcmap_count_edges)
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source OUTPUT_VARIABLE path)
    if(NOT EXISTS "${path}")
      message(FATAL_ERROR "gcmap_count_edges: no file ${source}: what was moved would be fuzzed blindly")
    endif()
  endforeach()
  if(GCMAP_BUILD_FUZZERS)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "-fsanitize-coverage=inline-8bit-counters,pc-table")
  endif()
endfunction()

# gcmap_link_counters(<program>): brings the counters' runtime to a program of a fuzzing build that has
# no libFuzzer.
function(gcmap_link_counters program)
  if(GCMAP_BUILD_FUZZERS AND NOT GCMAP_SANITIZE)  # sanitizers have it
    target_link_options(${program} PRIVATE -fsanitize-coverage=inline-8bit-counters,pc-table)
  endif()
endfunction()

# gcmap_layer(<name> [<layer it may include> ...] [ROOMS <folder> ...]): library gcmap_<name> from the *.cc
# files of this folder and its rooms (of its headers alone if there are none), and gcmap_<name>_test from the
# *_test.cc files among them when tests are built.
function(gcmap_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "ROOMS")
  list(TRANSFORM layer_ROOMS APPEND "/*.cc" OUTPUT_VARIABLE in_rooms)
  file(GLOB sources CONFIGURE_DEPENDS *.cc ${in_rooms})
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test[.]cc$")
  list(REMOVE_ITEM sources ${tests} "")
  set(under_test ${sources})
  list(FILTER under_test EXCLUDE REGEX "(verifier|inspector)[.]cc$")
  gcmap_count_edges(${under_test})
  list(TRANSFORM layer_UNPARSED_ARGUMENTS PREPEND gcmap_ OUTPUT_VARIABLE dependencies)
  gcmap_library(${name} "${sources}" "${dependencies}")
  if(tests AND GCMAP_BUILD_TESTS)
    gcmap_tests(gcmap_${name}_test gcmap_${name} ${tests})
    target_include_directories(gcmap_${name}_test PRIVATE "${GCMAP_LIB_DIR}")
  endif()
endfunction()

# gcmap_room(<room> [<layer or room it may include> ...]): library gcmap_harness_<room> from the *.cc files of
# the harness's folder <room> and the folders in it, main.cc apart. Includes say "harness/<room>/...".
function(gcmap_room room)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${room}/*.cc)
  list(FILTER sources EXCLUDE REGEX "(_test|/main)[.]cc$")
  set(dependencies)
  foreach(name ${ARGN})
    if(TARGET gcmap_harness_${name})
      list(APPEND dependencies gcmap_harness_${name})
    else()
      list(APPEND dependencies gcmap_${name})
    endif()
  endforeach()
  gcmap_library(harness_${room} "${sources}" "${dependencies}")
  target_include_directories(gcmap_harness_${room} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
endfunction()

# gcmap_library(<name> "<source>..." "<target>..."): library gcmap_<name>, which links the targets; of headers
# alone if there are no sources.
function(gcmap_library name sources dependencies)
  if(sources)
    add_library(gcmap_${name} STATIC ${sources})
    set(archives $<TARGET_FILE:gcmap_${name}>)
    target_link_libraries(gcmap_${name} PUBLIC ${dependencies} PRIVATE $<BUILD_INTERFACE:gcmap_strict>)
    target_include_directories(gcmap_${name} PRIVATE "${GCMAP_LIB_DIR}")  # "gc/cycle/phase.h": headers nobody outside includes
    set_target_properties(gcmap_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    if(PROJECT_IS_TOP_LEVEL)
      gcmap_precompile(gcmap_${name} gcmap_base)
    endif()
  else()
    add_library(gcmap_${name} INTERFACE)
    target_link_libraries(gcmap_${name} INTERFACE ${dependencies})
    set(archives)
  endif()
  foreach(dependency ${dependencies})
    get_target_property(theirs ${dependency} GCMAP_ARCHIVES)
    list(APPEND archives ${theirs})
  endforeach()
  list(REMOVE_DUPLICATES archives)
  set_target_properties(gcmap_${name} PROPERTIES GCMAP_ARCHIVES "${archives}")
  add_library(gcmap::${name} ALIAS gcmap_${name})
  set_target_properties(gcmap_${name} PROPERTIES EXPORT_NAME ${name})
endfunction()

# gcmap_tests(<target> <library> <source>...): a GoogleTest program, its tests known to ctest one by one. It
# may be compiled without optimization (GCMAP_TEST_OPTIONS): of an inline function that both the program and
# the library have, the copy that is linked first runs, which is the library's.
function(gcmap_tests target library)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE ${library} gcmap_strict)
  target_compile_options(${target} PRIVATE ${GCMAP_TEST_OPTIONS})
  if(NOT GCMAP_TEST_OPTIONS STREQUAL "")
    get_target_property(archives ${library} GCMAP_ARCHIVES)
    list(JOIN archives "," archives)
    target_link_options(${target} PRIVATE "LINKER:--whole-archive,${archives},--no-whole-archive")
  endif()
  gcmap_precompile(${target} gcmap_base_test <gtest/gtest.h>)
  gcmap_google_test(${target} GTest::gtest_main)
endfunction()

# gcmap_optimize_tests(<source>...): tests that calculate for longer than it takes to optimize them.
function(gcmap_optimize_tests)
  if(NOT GCMAP_TEST_OPTIONS STREQUAL "")
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "-O1" SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# gcmap_google_test(<target> <GoogleTest library> [PROPERTIES <property> <value>...]): its tests.
function(gcmap_google_test target gtest)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  target_link_libraries(${target} PRIVATE ${gtest})
  gtest_discover_tests(${target} DISCOVERY_TIMEOUT 60 NO_PRETTY_TYPES NO_PRETTY_VALUES ${ARGN})
endfunction()
