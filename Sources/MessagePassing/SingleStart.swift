import Foundation

/// What a process that no launcher started needs to start MPI alone.
enum SingleStart {
  /// Keeps Open MPI from looking for ssh, a network or a folder that one rank does not need.
  ///
  /// Before MPI starts, and before there is a second thread that could read the environment.
  static func prepare() {
    // What a launcher without variables of its own has set must not be cut off.
    guard getenv("PMIX_RANK") == nil, getenv("PMIX_NAMESPACE") == nil else { return }
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0)
    let named = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    let places = [named, "/tmp", "/var/tmp", "/dev/shm"].filter { !$0.isEmpty }
    guard let usable = places.first(where: canHoldFolders), usable != named else { return }
    setenv("TMPDIR", usable, 1)
  }

  /// Tried, since permissions tell root nothing.
  private static func canHoldFolders(_ place: String) -> Bool {
    var name = "\(place)/taco-dist-XXXXXX".utf8CString.map { $0 }
    guard mkdtemp(&name) != nil else { return false }
    rmdir(name)
    return true
  }
}
