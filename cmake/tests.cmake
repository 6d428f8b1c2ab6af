# perdure_unit_tests(SOURCE...): adds sources to the one unit-test program, perdure_tests. Any folder may call it, with its
# tests and with the sources they need; all of them are compiled with the sanitizers.

set(PERDURE_SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all)

function(perdure_unit_tests)
  if(NOT TARGET perdure_tests)
    file(CONFIGURE OUTPUT ${PERDURE_GENERATED}/catch_main.cpp
      CONTENT "#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n")
    add_executable(perdure_tests ${PERDURE_GENERATED}/catch_main.cpp)
    target_link_libraries(perdure_tests PRIVATE perdure_host_flags)
    target_compile_options(perdure_tests PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:${PERDURE_SANITIZERS}>)
    target_link_options(perdure_tests PRIVATE ${PERDURE_SANITIZERS})
    add_test(NAME unit COMMAND perdure_tests)
  endif()
  list(TRANSFORM ARGN REPLACE "^([^/])" "${CMAKE_CURRENT_SOURCE_DIR}/\\1")
  target_sources(perdure_tests PRIVATE ${ARGN})
endfunction()
