import Foundation

/// What a process that no launcher started needs to start MPI alone.
enum SingleStart {
  /// Keeps Open MPI from looking for ssh, a network or a folder that one rank does not need.
  ///
  /// Before MPI starts, and before there is a second thread that could read the environment.
  ///
  /// - Returns: A folder for what MPI writes while it starts, to be removed behind it; nil where none was made. Without
  ///   one of its own, processes that start at one time meet in the same folder, and some fail.
  static func prepare() -> String? {
    // What a launcher without variables of its own has set must not be cut off.
    guard getenv("PMIX_RANK") == nil, getenv("PMIX_NAMESPACE") == nil else { return nil }
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0)
    let named = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    let places = [named, "/tmp", "/var/tmp", "/dev/shm"].filter { !$0.isEmpty }
    for place in places {
      // Tried, since permissions tell root nothing.
      var name = "\(place)/taco-dist-XXXXXX".utf8CString.map { $0 }
      guard mkdtemp(&name) != nil else { continue }
      if place != named { setenv("TMPDIR", place, 1) }
      // Whoever named another folder has it.
      setenv(sessionFolder, name, 0)
      return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return nil
  }

  /// Removes what `prepare` made, and what MPI wrote there; a single rank has no further use for it.
  static func finish(_ folder: String?) {
    guard let folder else { return }
    // Programs that this one starts have sessions of their own.
    if getenv(sessionFolder).map({ String(cString: $0) }) == folder { unsetenv(sessionFolder) }
    try? FileManager.default.removeItem(atPath: folder)
  }

  private static let sessionFolder = "OMPI_MCA_orte_tmpdir_base"
}
