internal import COpenMPI
internal import Foundation

/// How ranks of one host exchange large messages: read from each other's memory, or copied twice.
///
/// Open MPI 4 reads wherever the kernel has the call, and every large message fails where a container's
/// filter of system calls forbids it.
enum SingleCopy {
  private static let setting = "OMPI_MCA_btl_vader_single_copy_mechanism"

  /// Has messages copied twice where reading is forbidden; before MPI starts, and unless the user has chosen.
  static func disableWhereForbidden() {
    if readOwnByteFromOutside() != 0 { setenv(setting, "none", 0) }
  }
}
