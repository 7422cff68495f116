# Gives the imported target payung::rdkafka: the system's librdkafka when it is new enough (2.12), else the pinned 2.15.1,
# which deploy/dependencies/build-rdkafka builds once, at configure time, into PAYUNG_DEPS_DIR (shared by all build folders).
# PAYUNG_SYSTEM_RDKAFKA=ON takes the system's one whatever its version. After it, PAYUNG_RDKAFKA_VERSION tells what was taken.
# It must never pick a library silently that is older than what the code was measured with.

option(PAYUNG_SYSTEM_RDKAFKA "Build against the system's librdkafka, whatever its version" OFF)
set(PAYUNG_DEPS_DIR "${CMAKE_CURRENT_LIST_DIR}/../../.deps" CACHE PATH "Folder of fetched and built dependencies")
get_filename_component(PAYUNG_DEPS_DIR "${PAYUNG_DEPS_DIR}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")

find_package(Threads REQUIRED)
find_package(PkgConfig)
if(NOT PkgConfig_FOUND)
  message(FATAL_ERROR "pkg-config is missing. Remedy: apt-get install pkg-config (or run deploy/install).")
endif()

if(NOT TARGET payung::rdkafka)
  if(PAYUNG_SYSTEM_RDKAFKA)
    pkg_check_modules(PAYUNG_RDKAFKA QUIET rdkafka)
    if(NOT PAYUNG_RDKAFKA_FOUND)
      message(FATAL_ERROR "PAYUNG_SYSTEM_RDKAFKA is ON but pkg-config finds no rdkafka. "
        "Remedy: apt-get install librdkafka-dev, or configure with -DPAYUNG_SYSTEM_RDKAFKA=OFF.")
    endif()
  else()
    pkg_check_modules(PAYUNG_RDKAFKA QUIET "rdkafka>=2.12")
  endif()

  if(PAYUNG_RDKAFKA_FOUND)
    add_library(payung_rdkafka_system INTERFACE)
    target_include_directories(payung_rdkafka_system SYSTEM INTERFACE ${PAYUNG_RDKAFKA_INCLUDE_DIRS})
    target_link_directories(payung_rdkafka_system INTERFACE ${PAYUNG_RDKAFKA_LIBRARY_DIRS})
    target_link_libraries(payung_rdkafka_system INTERFACE ${PAYUNG_RDKAFKA_LIBRARIES} Threads::Threads)
    add_library(payung::rdkafka ALIAS payung_rdkafka_system)
    message(STATUS "librdkafka: the system's ${PAYUNG_RDKAFKA_VERSION}")
  else()
    if(NOT EXISTS "${PAYUNG_DEPS_DIR}/rdkafka-2.15.1/stamp")
      message(STATUS "librdkafka: building the pinned 2.15.1, once (about a minute)")
    endif()
    execute_process(
      COMMAND ${CMAKE_COMMAND} -E env "PAYUNG_DEPS_DIR=${PAYUNG_DEPS_DIR}" "${CMAKE_CURRENT_LIST_DIR}/build-rdkafka"
      RESULT_VARIABLE payung_rdkafka_result
      OUTPUT_VARIABLE payung_rdkafka_prefix
      ERROR_VARIABLE payung_rdkafka_error
      OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT payung_rdkafka_result EQUAL 0)
      message(FATAL_ERROR "librdkafka is not available.\n${payung_rdkafka_error}")
    endif()
    foreach(payung_module openssl zlib libzstd liblz4)
      pkg_check_modules(PAYUNG_RDKAFKA_${payung_module} QUIET IMPORTED_TARGET ${payung_module})
      if(NOT PAYUNG_RDKAFKA_${payung_module}_FOUND)
        message(FATAL_ERROR "pkg-config does not find ${payung_module}, which librdkafka needs. Remedy: run deploy/install "
          "(Debian packages libssl-dev, zlib1g-dev, libzstd-dev, liblz4-dev).")
      endif()
    endforeach()
    set(PAYUNG_RDKAFKA_VERSION 2.15.1)
    add_library(payung::rdkafka STATIC IMPORTED GLOBAL)
    set_target_properties(payung::rdkafka PROPERTIES
      IMPORTED_LOCATION "${payung_rdkafka_prefix}/lib/librdkafka.a"
      INTERFACE_INCLUDE_DIRECTORIES "${payung_rdkafka_prefix}/include"
      INTERFACE_LINK_LIBRARIES "PkgConfig::PAYUNG_RDKAFKA_openssl;PkgConfig::PAYUNG_RDKAFKA_zlib;PkgConfig::PAYUNG_RDKAFKA_libzstd;PkgConfig::PAYUNG_RDKAFKA_liblz4;Threads::Threads;m;${CMAKE_DL_LIBS}")
    message(STATUS "librdkafka: ${PAYUNG_RDKAFKA_VERSION} in ${payung_rdkafka_prefix}")
  endif()
endif()
