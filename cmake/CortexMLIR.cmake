# LLVM/MLIR 22 from Debian, as shared libraries, and the helpers to build on them.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
find_package(LLVM 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/llvm)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# cortex_precompiled(NAME): the target's sources take the precompiled header of MLIR's heavy includes.
# That was compiled for libraries, so executables are, too.
function(cortex_precompiled name)
  target_precompile_headers(${name} REUSE_FROM CortexPCH)
  target_compile_options(${name} PRIVATE -fPIC)
endfunction()

# cortex_library(NAME SOURCES... LIBS lib... DEPENDS target...): a static library of the compiler.
function(cortex_library name)
  cmake_parse_arguments(ARG "" "" "LIBS;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include
                                            ${PROJECT_SOURCE_DIR}/runtime/include)
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_link_libraries(${name} PUBLIC ${ARG_LIBS})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(TARGET CortexPCH AND NOT name STREQUAL CortexPCH)
    cortex_precompiled(${name})
  endif()
endfunction()

# cortex_tablegen(TARGET FILE.td (OUTPUT FLAG)...): runs mlir-tblgen beside the header's place in the build tree.
function(cortex_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(args ${ARGN})
  while(args)
    list(POP_FRONT args out flag)
    string(REPLACE " " ";" flag "${flag}")
    mlir_tablegen(${out} ${flag})
  endwhile()
  add_public_tablegen_target(${target})
endfunction()
