# The host's side, unless its folders define it themselves:
#   perdure_store   boot/store as a library for ordinary processes
#   perdure_hosted  boot/hosted
#   perdure         the tool: images/*.cpp with both
#   base.world      made by the tool: perdure make-base ELF OUT FILE...

function(perdure_host_library name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp ${CMAKE_SOURCE_DIR}/${folder}/*.S)
  if(TARGET ${name} OR NOT sources)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC perdure_host_flags ${ARGN})
endfunction()

perdure_host_library(perdure_store boot/store)
if(TARGET perdure_store)
  perdure_host_library(perdure_hosted boot/hosted perdure_store)
endif()

file(GLOB tool_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/images/*.cpp)
if(NOT TARGET perdure AND tool_sources AND TARGET perdure_hosted)
  add_executable(perdure ${tool_sources})
  target_link_libraries(perdure PRIVATE perdure_hosted perdure_store perdure_host_flags)
endif()

file(GLOB world_library CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}
  ${CMAKE_SOURCE_DIR}/world/*.scm ${CMAKE_SOURCE_DIR}/world/*/*.scm)
if(NOT TARGET base_world AND TARGET perdure AND TARGET world.elf AND world_library)
  list(TRANSFORM world_library PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE world_library_files)
  # From the root, so that the world knows its sources by the names they have in the repository.
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/base.world
    COMMAND perdure make-base $<TARGET_FILE:world.elf> ${CMAKE_BINARY_DIR}/base.world ${world_library}
    DEPENDS perdure world.elf ${world_library_files} ${CMAKE_SOURCE_DIR}/world/load-order
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} COMMENT "Making base.world" VERBATIM)
  add_custom_target(base_world ALL DEPENDS ${CMAKE_BINARY_DIR}/base.world)
endif()
