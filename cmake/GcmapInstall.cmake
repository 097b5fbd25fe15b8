# Install rules: the layers as gcmap::<layer>, everything as gcmap::gcmap, and lib/include as it is: an
# embedder's include path holds gcmap/ and nothing else.
include(CMakePackageConfigHelpers)

set(gcmap_layers base alloc gc map observe)
set(gcmap_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/gcmap")

add_library(gcmap_all INTERFACE)
add_library(gcmap::gcmap ALIAS gcmap_all)
set_target_properties(gcmap_all PROPERTIES EXPORT_NAME gcmap)
target_link_libraries(gcmap_all INTERFACE gcmap_observe)

list(TRANSFORM gcmap_layers PREPEND gcmap_ OUTPUT_VARIABLE gcmap_layer_targets)
install(TARGETS gcmap_all ${gcmap_layer_targets} EXPORT gcmapTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT gcmapTargets NAMESPACE gcmap:: DESTINATION "${gcmap_package_dir}")

install(DIRECTORY "${GCMAP_LIB_DIR}/include/gcmap" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/gcmapConfig.cmake.in" "${PROJECT_BINARY_DIR}/gcmapConfig.cmake"
                              INSTALL_DESTINATION "${gcmap_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/gcmapConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/gcmapConfig.cmake" "${PROJECT_BINARY_DIR}/gcmapConfigVersion.cmake"
        DESTINATION "${gcmap_package_dir}")
