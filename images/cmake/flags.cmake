# The three sets of compiler flags, as interface libraries to link to:
#   perdure_world_flags   what becomes part of a world
#   perdure_kernel_flags  the metal kernel
#   perdure_host_flags    ordinary processes: the tool and the tests
# All see the repository root and the generated headers as include folders.

set(PERDURE_GENERATED ${CMAKE_BINARY_DIR}/generated)

file(STRINGS ${CMAKE_SOURCE_DIR}/runtime/world_flags.txt world_flags REGEX "^-")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtime/world_flags.txt)

set(warnings -Wall -Wextra -Wno-unused-parameter)
set(same_everywhere -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
set(freestanding_cxx -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit)

add_library(perdure_world_flags INTERFACE)
target_include_directories(perdure_world_flags INTERFACE ${CMAKE_SOURCE_DIR} ${PERDURE_GENERATED})
target_compile_options(perdure_world_flags INTERFACE
  $<$<COMPILE_LANGUAGE:C,CXX,ASM>:${world_flags};${same_everywhere}>
  $<$<COMPILE_LANGUAGE:C,CXX>:${warnings}>
  $<$<COMPILE_LANGUAGE:CXX>:${freestanding_cxx}>)
target_compile_definitions(perdure_world_flags INTERFACE $<$<COMPILE_LANGUAGE:C,CXX>:PERDURE_WORLD=1>)
option(PERDURE_CHECK_PASSES "The compiler looks after every pass whether its intermediate languages are as they should be" OFF)
if(PERDURE_CHECK_PASSES)
  target_compile_definitions(perdure_world_flags INTERFACE $<$<COMPILE_LANGUAGE:C,CXX>:PERDURE_CHECK_PASSES=1>)
endif()

# No vector registers in the kernel: it interrupts code whose vector registers it does not save. -fbuiltin, because -ffreestanding
# alone turns every memcpy of eight bytes into a call, and a page's checksum takes seventy times as long.
add_library(perdure_kernel_flags INTERFACE)
target_include_directories(perdure_kernel_flags INTERFACE ${CMAKE_SOURCE_DIR} ${PERDURE_GENERATED})
target_compile_options(perdure_kernel_flags INTERFACE
  $<$<COMPILE_LANGUAGE:C,CXX,ASM>:-O2;-g;-ffreestanding;-fbuiltin;-march=x86-64-v2;-mgeneral-regs-only;-mno-red-zone;-mcmodel=kernel;-fno-pie;-fvisibility=hidden;-fno-stack-protector;-fno-asynchronous-unwind-tables;-fno-unwind-tables;-fcf-protection=none;-fno-omit-frame-pointer;-ffunction-sections;-fdata-sections;${same_everywhere}>
  $<$<COMPILE_LANGUAGE:C,CXX>:${warnings}>
  $<$<COMPILE_LANGUAGE:CXX>:${freestanding_cxx}>)
target_compile_definitions(perdure_kernel_flags INTERFACE $<$<COMPILE_LANGUAGE:C,CXX>:PERDURE_KERNEL=1>)

add_library(perdure_host_flags INTERFACE)
target_include_directories(perdure_host_flags INTERFACE ${CMAKE_SOURCE_DIR} ${PERDURE_GENERATED})
target_compile_options(perdure_host_flags INTERFACE
  $<$<COMPILE_LANGUAGE:C,CXX>:-O2;-g;-march=x86-64-v2;-fno-omit-frame-pointer;${warnings};${same_everywhere}>)
