import Foundation
import TestSupport
import Testing

/// Starts the real program.
///
/// - Parameters:
///   - arguments: Its arguments.
///   - ranks: The ranks that mpirun starts; nil starts the program by hand.
///   - environment: Variables added to this process's.
///   - input: Standard input.
///   - folder: The working directory.
/// - Returns: How it ended and what it printed.
/// - Throws: When it cannot be started.
func taco(
  _ arguments: [String], ranks: Int? = nil, environment: [String: String] = [:],
  input: String? = nil, in folder: URL? = nil
) throws -> MPIRun.Outcome {
  let run = try #require(MPIRun("taco-dist"), "taco-dist is not built: run `swift build`")
  return try run(arguments, ranks: ranks, environment: environment, input: input, in: folder)
}

/// The same for a call that must succeed.
@discardableResult
func succeed(
  _ arguments: [String], ranks: Int? = nil, input: String? = nil, in folder: URL? = nil,
  at location: SourceLocation = #_sourceLocation
) throws -> MPIRun.Outcome {
  let outcome = try taco(arguments, ranks: ranks, input: input, in: folder)
  try #require(outcome.status == 0, "\(arguments) \(outcome)", sourceLocation: location)
  return outcome
}

extension URL {
  /// A file or folder in this one.
  static func / (folder: URL, name: String) -> URL { folder.appendingPathComponent(name) }

  /// The text of a file.
  var text: String {
    get throws { try String(contentsOf: self, encoding: .utf8) }
  }

  /// Writes a text, making the folders above it.
  func write(_ text: String) throws {
    try FileManager.default.createDirectory(
      at: deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: self)
  }

  /// Every file under a folder, by its path there.
  var files: [String: Data] {
    get throws {
      var files: [String: Data] = [:]
      for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
        files[name] = FileManager.default.contents(atPath: (self / name).path)
      }
      return files
    }
  }

  /// The lines of a `metrics.jsonl` without what may differ between runs: the seconds, and when a
  /// checkpoint, which is written beside the training, was on disk.
  var metrics: [String] {
    get throws {
      try text.split(separator: "\n").filter { !$0.contains("\"event\":\"checkpoint\"") }.map {
        line in
        line.range(of: ",\"seconds\":", options: .backwards).map { String(line[..<$0.lowerBound]) }
          ?? String(line)
      }
    }
  }
}

/// A small model, trained once for the tests that need any; removed when the process ends.
struct SmallRun {
  /// The run folder.
  let folder: URL

  static let shared: Result<SmallRun, any Error> = Result { try SmallRun() }

  private static let place = FileManager.default.temporaryDirectory
    .appendingPathComponent("taco-small-run-\(getpid())")

  private init() throws {
    folder = Self.place / "run"
    try FileManager.default.createDirectory(at: Self.place, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: SmallRun.place) }
    try succeed(["train", "--steps", "4", "--quiet", "--output", folder.path])
  }
}

/// Utterances with everything that a file may hold.
enum Utterances {
  static let plain = [
    "I am so glad you came", "nobody told me", "thanks, that is very kind", "say \"hi\" to her",
    "what a waste of a day, and of money, and of a perfectly good umbrella that I shall never see",
    "ok", "caf\u{E9} \u{1F600} \u{4F60}\u{597D}", "wow wow wow wow wow wow wow wow",
  ]

  static func csv(_ texts: [String] = plain, label: (Int) -> String = { "\($0 % 27)" }) -> String {
    "text,label\n"
      + texts.enumerated().map { index, text in
        "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\",\(label(index))\n"
      }.joined()
  }
}
