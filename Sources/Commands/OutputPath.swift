import EmotionData
import Foundation
import Runs
import SystemErrors
import SystemPackage

/// Checks of places to write to, made before the work whose result goes there.
enum OutputPath {
  /// Refuses a file that could not be written, or whose loss would cost more than itself: one that the
  /// command reads, or a part of a model, a checkpoint or a run.
  ///
  /// - Parameters:
  ///   - path: As given with `option`; any other existing file will be replaced.
  ///   - option: The option that named it.
  ///   - takesStreams: Whether it may be a device or a pipe, such as /dev/stdout.
  ///   - inputs: The files that the command reads; `-`, nil and what does not exist are none.
  /// - Throws: `DataProblem`: bad usage where another path would do, a failure where the system refuses.
  static func checkFile(
    _ path: String, option: String = "--output", takesStreams: Bool = true, reads inputs: [String?]
  ) throws {
    if isStream(path) {
      guard !takesStreams else { return }
      throw misuse(path, "is a device or a pipe; a file is wanted here.", option)
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw misuse(path, "is a folder; a file is wanted here.", option)
    }
    if !FileManager.default.fileExists(atPath: path),
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    {
      throw misuse(
        path, "is a link to \(target), which is not there. Remove the link, or choose another.",
        option)
    }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: parent, isDirectory: &isFolder) else {
      throw misuse(path, "its folder does not exist. Make \(parent) first.", option)
    }
    if inputs.contains(where: { $0.map { $0 != "-" && isSame(path, $0) } ?? false }) {
      throw misuse(path, "is a file that is read. Nothing was touched; choose another.", option)
    }
    if let owner = owner(of: path) {
      throw misuse(
        path, "is there and belongs to \(owner). Nothing was touched; choose another.", option)
    }
    try checkWritable(path, folder: parent, option)
  }

  /// Whose part an existing file is: a model's, a checkpoint's, a replay's or a run's; nil for any other.
  private static func owner(of path: String) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    // What a link leads to is replaced, and the hub's cache holds models of links.
    let file = URL(fileURLWithPath: path)
    for place in [file, file.resolvingSymlinksInPath()] {
      let folder = place.deletingLastPathComponent()
      func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
      }
      let weights = ["model.safetensors", "pytorch_model.bin"]
      if has("taco.json")
        || has("config.json") && weights.contains(where: { has($0) || has($0 + ".index.json") })
      {
        return "the model in \(folder.path)"
      }
      if has("checkpoint.json") { return "the checkpoint \(folder.path)" }
      let replay = ["replay.json", "parameters.safetensors"]
      if has(replay[0]), replay.contains(place.lastPathComponent) {
        return "the replay \(folder.path)"
      }
      if has("config.yaml"), has("metrics.jsonl"), RunContents.isPart(place.lastPathComponent) {
        return "the run in \(folder.path)"
      }
    }
    return nil
  }

  /// Writes a file, whole or not at all; into a device or a pipe, which is not replaced.
  ///
  /// A symbolic link stays, and what it leads to is replaced.
  ///
  /// - Parameters:
  ///   - data: The contents.
  ///   - path: As given with `option`.
  ///   - option: The option that named it.
  /// - Throws: `DataProblem` with exit code 1.
  static func write(_ data: Data, to path: String, option: String = "--output") throws {
    do {
      if isStream(path) {
        let stream = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try stream.write(contentsOf: data)
        try stream.close()
      } else {
        try data.write(to: URL(fileURLWithPath: path).resolvingSymlinksInPath(), options: .atomic)
      }
    } catch {
      // Nobody reads the pipe any more, as with `| head`.
      if isStream(path), error.isClosedPipe { return }
      throw problem(path, "cannot be written: \(error.systemReason).", option)
    }
  }

  private static func isStream(_ path: String) -> Bool { FileContents.isStream(path) }

  /// Refuses a standard output that goes to the file that is read.
  static func checkStandardOutput(from input: String) throws {
    var (output, other) = (stat(), stat())
    guard input != "-", fstat(STDOUT_FILENO, &output) == 0, stat(input, &other) == 0,
      output.st_mode & S_IFMT == S_IFREG, output.st_ino == other.st_ino,
      output.st_dev == other.st_dev
    else { return }
    throw DataProblem(
      "standard output goes to \(input), the file that is read: the shell has emptied or will lengthen "
        + "it. Write to another file.", code: ExitStatus.usage)
  }

  private static func isSame(_ path: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(path, &first) == 0 && stat(other, &second) == 0
      && first.st_ino == second.st_ino && first.st_dev == second.st_dev
      && first.st_mode & S_IFMT == S_IFREG
  }

  /// An output path where another one is wanted.
  private static func misuse(
    _ path: String, _ cause: String, _ option: String = "--output"
  ) -> DataProblem {
    DataProblem("\(option) \(path): \(cause)", code: ExitStatus.usage)
  }

  /// What the system refuses with an output path.
  static func problem(
    _ path: String, _ cause: String, _ option: String = "--output"
  ) -> DataProblem {
    DataProblem("\(option) \(path): \(cause)", code: ExitStatus.failure)
  }

  private static func checkWritable(
    _ path: String, folder: String, _ option: String = "--output"
  ) throws {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
    guard isFolder.boolValue else {
      throw misuse(path, "\(folder) is a file; a folder is wanted there.", option)
    }
    // The kernel is asked, for it knows of read-only file systems, which root cannot write either.
    guard access(folder, W_OK) == 0 else {
      throw problem(path, "\(folder) cannot be written: \(Errno.last).", option)
    }
  }
}
