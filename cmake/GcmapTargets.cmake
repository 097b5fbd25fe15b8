# Shared by every folder: one library target per layer, one test program per folder, strict warnings.

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
if(GCMAP_SANITIZE)
  add_compile_options(-fsanitize=${GCMAP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${GCMAP_SANITIZE})
endif()

# gcmap_count_edges(<source>...): these sources count their edges for libFuzzer, in fuzzing builds. Only the code
# under test does: counting in oracles and verifiers as well made an execution three times as slow and no bug easier
# to find, and so did tracing comparisons, which tells nothing of programs that are mutated operation by operation.
function(gcmap_count_edges)
  if(GCMAP_BUILD_FUZZERS)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "-fsanitize-coverage=inline-8bit-counters,pc-table")
  endif()
endfunction()

# gcmap_layer(<name> [<layer it may include> ...]): library gcmap_<name> from the *.cc files of this folder (of its
# headers alone if there are none), and gcmap_<name>_test from its *_test.cc files when tests are built.
function(gcmap_layer name)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cc)
  list(REMOVE_ITEM sources ${tests} "")
  set(under_test ${sources})
  if(name STREQUAL harness)
    list(FILTER under_test INCLUDE REGEX "/(subject_[^/]*|execution)[.]cc$")  # templates of the map; kinds of operations
  else()
    list(FILTER under_test EXCLUDE REGEX "(verifier|inspector)[.]cc$")
  endif()
  gcmap_count_edges(${under_test})
  list(TRANSFORM ARGN PREPEND gcmap_ OUTPUT_VARIABLE dependencies)
  if(sources)
    add_library(gcmap_${name} STATIC ${sources})
    target_link_libraries(gcmap_${name} PUBLIC ${dependencies} PRIVATE $<BUILD_INTERFACE:gcmap_strict>)
    target_include_directories(gcmap_${name} PRIVATE "${GCMAP_LIB_DIR}")  # "gc/phase.h": headers nobody outside includes
    set_target_properties(gcmap_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  else()
    add_library(gcmap_${name} INTERFACE)
    target_link_libraries(gcmap_${name} INTERFACE ${dependencies})
  endif()
  add_library(gcmap::${name} ALIAS gcmap_${name})
  set_target_properties(gcmap_${name} PROPERTIES EXPORT_NAME ${name})
  if(tests AND GCMAP_BUILD_TESTS)
    gcmap_tests(gcmap_${name}_test gcmap_${name} ${tests})
    target_include_directories(gcmap_${name}_test PRIVATE "${GCMAP_LIB_DIR}")
  endif()
endfunction()

# gcmap_tests(<target> <library> <source>...): a GoogleTest program, its tests known to ctest one by one.
function(gcmap_tests target library)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE ${library} gcmap_strict GTest::gtest_main)
  gtest_discover_tests(${target} DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES)
endfunction()
