package import Foundation
internal import SystemErrors
internal import SystemPackage
internal import Training

/// What stands in a folder that a run is to be written to.
package struct RunContents {
  /// The parts of a run that are there, by name.
  let parts: [String]
  /// What is neither part of a run nor a log nor hidden.
  let others: [String]

  /// Looks, and touches nothing.
  ///
  /// - Parameter folder: Nothing stands in it where it does not exist.
  /// - Throws: `RunFolderError` when the folder is there but cannot be read.
  init(of folder: URL) throws {
    var status = stat()
    guard stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      (parts, others) = ([], [])
      return
    }
    let names = try Self.names(in: folder).filter { !$0.hasPrefix(".") }
    parts = names.filter(Self.isPart)
    others = names.filter { !Self.isPart($0) && !Self.isLog(folder.appendingPathComponent($0)) }
  }

  /// The names in a folder, in order; none where it does not exist.
  ///
  /// - Throws: `RunFolderError` with the system's answer: a folder that cannot be read is not empty.
  package static func names(in folder: URL) throws -> [String] {
    guard let stream = opendir(folder.path) else {
      let answer = Errno.last
      if answer == .noSuchFileOrDirectory { return [] }
      throw RunFolderError.output(.failure, folder.relativePath, "cannot be read: \(answer).")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether a run makes an entry of that name in its folder.
  package static func isPart(_ name: String) -> Bool {
    let parts = [
      ".lock", "config.yaml", "metrics.jsonl", "checkpoints", "latest", "model", "merged",
      RunFolder.fingerprintFile,
      TensorBoardLog.fileName, TableFile.name,
    ]
    return parts.contains(name) || name.hasPrefix("replay-step-")
  }

  /// Whether a file is what a shell or a scheduler writes beside a run: this process's own output, or a name
  /// such as `slurm-17.out`, `train.log`, `job.e4711`.
  private static func isLog(_ file: URL) -> Bool {
    var status = stat()
    guard stat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
      var own = stat()
      if fstat(descriptor, &own) == 0, own.st_dev == status.st_dev, own.st_ino == status.st_ino {
        return true
      }
    }
    let name = file.lastPathComponent.lowercased()
    let pattern =
      #/(.*\.(log|out|err|output|error)(\.\d+)?|.*\.[oe]\d+([.-]\d+)?|(.*[._-])?(log|stdout|stderr|out|err)s?(\.txt)?|.*[._-]log\.txt)/#
    return name.wholeMatch(of: pattern) != nil
  }
}
