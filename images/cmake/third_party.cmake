# The libraries that a world contains, built from Debian's sources by runtime/third_party/build. Every build folder
# shares one install tree; the script does nothing when it is up to date.
#   perdure_gc  perdure_asmjit  perdure_gmp  perdure_math  perdure_ffi

set(PERDURE_THIRD_PARTY ${CMAKE_SOURCE_DIR}/build/third_party CACHE PATH "Install tree of the world's libraries")
set(recipe_folder ${CMAKE_SOURCE_DIR}/runtime/third_party)

execute_process(COMMAND ${recipe_folder}/build ${PERDURE_THIRD_PARTY} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "The world's libraries could not be built; the log is ${PERDURE_THIRD_PARTY}/build.log")
endif()
file(GLOB recipes CONFIGURE_DEPENDS ${recipe_folder}/* ${recipe_folder}/recipes/*)
list(FILTER recipes EXCLUDE REGEX "/recipes$")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${recipes})

function(perdure_third_party_library name archive)
  add_library(perdure_${name} INTERFACE)
  target_include_directories(perdure_${name} SYSTEM INTERFACE ${PERDURE_THIRD_PARTY}/include)
  target_link_libraries(perdure_${name} INTERFACE ${PERDURE_THIRD_PARTY}/lib/${archive})
endfunction()

perdure_third_party_library(gc libbdwgc.a)
perdure_third_party_library(asmjit libasmjit.a)
perdure_third_party_library(gmp libgmp.a)
perdure_third_party_library(math libm.a)
perdure_third_party_library(ffi libffi.a)

# As in recipes/asmjit: these change the headers' classes.
target_compile_definitions(perdure_asmjit INTERFACE
  ASMJIT_STATIC ASMJIT_NO_JIT ASMJIT_NO_FOREIGN ASMJIT_NO_AARCH32 ASMJIT_NO_AARCH64 ASMJIT_NO_LOGGING ASMJIT_NO_TEXT
  ASMJIT_NO_VALIDATION ASMJIT_NO_DEPRECATED ASMJIT_NO_INTROSPECTION ASMJIT_NO_COMPILER ASMJIT_NO_BUILDER
  ASMJIT_BUILD_RELEASE)
# Both <gc.h> and <gc/gc.h> are found.
target_include_directories(perdure_gc SYSTEM INTERFACE ${PERDURE_THIRD_PARTY}/include/gc)
target_compile_definitions(perdure_gc INTERFACE GC_NOT_DLL)
