import Foundation
import TestSupport
import Testing

/// `tokenize` and the calls for help.
@Suite struct TokenizeTests {
  /// The tokenizers of Tests/TokenizersTests, whose ids for some texts stand beside them.
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("TokenizersTests/Fixtures")

  /// The folder `shared/data/tokenizers` beside the package, or where TACO_SHARED says.
  static var shared: URL {
    let root = fixtures / "../../.."
    let place = ProcessInfo.processInfo.environment["TACO_SHARED"]
    return (place.map { URL(fileURLWithPath: $0) } ?? root / "../shared") / "data/tokenizers"
  }

  static var hasShared: Bool { FileManager.default.fileExists(atPath: shared.path) }

  @Test(
    .enabled(if: hasShared, "needs ../shared/data beside the package, or TACO_SHARED"),
    arguments: [
      (
        "bert-base-uncased", "Don't worry, Zo\u{EB}!",
        "[101, 2123, 1005, 1056, 4737, 1010, 11199, 999, 102]"
      ),
      (
        "roberta-base", "Don't worry, Zo\u{EB}!",
        "[0, 6766, 75, 4022, 6, 25391, 105, 328, 2]"
      ),
    ])
  func knownVocabulariesGiveTheKnownIds(name: String, text: String, ids: String) throws {
    let outcome = try succeed(["tokenize", (Self.shared / name).path], input: text + "\n\n")
    let empty = name.hasPrefix("bert") ? "[101, 102]" : "[0, 2]"
    #expect(outcome.output == "\(ids)\n\(empty)\n")
  }

  @Test(arguments: ["wordpiece", "wordpiece-older", "bytelevel", "bytelevel-older"])
  func fileAndStandardInputGiveTheSame(name: String) throws {
    let model = (Self.fixtures / name).path
    let lines = Utterances.plain + [""]
    try withTemporaryFolder { folder in
      try (folder / "lines.txt").write(lines.joined(separator: "\n") + "\n")
      try (folder / "rows.csv").write(Utterances.csv(lines))
      let text = try (folder / "lines.txt").text
      let reference = try succeed(["tokenize", model], input: text).output
      let arrays = try reference.split(separator: "\n").map {
        try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [Int])
      }
      #expect(arrays.count == lines.count && arrays.allSatisfy { $0.count >= 2 })
      #expect(arrays.last?.count == 2, "special tokens only")
      for file in ["lines.txt", "rows.csv"] {
        #expect(try succeed(["tokenize", model, (folder / file).path]).output == reference)
      }
      let short = try succeed(["tokenize", model, "-", "--max-length", "4"], input: text).output
      for (line, whole) in zip(short.split(separator: "\n"), arrays) {
        let ids = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Int])
        #expect(ids == (whole.count <= 4 ? whole : whole.prefix(3) + [whole[whole.count - 1]]))
      }
    }
  }

  @Test(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
  func severalRanksPrintOnce() throws {
    let alone = try succeed(["tokenize", "nano"], input: "so glad\nso sad\n")
    #expect(
      try succeed(["tokenize", "nano"], ranks: 3, input: "so glad\nso sad\n").output == alone.output
    )
  }
}

@Suite struct HelpTests {
  @Test(arguments: [[], ["train"], ["evaluate"], ["predict"], ["tokenize"], ["trace"], ["data"]])
  func helpSucceeds(command: [String]) throws {
    let outcome = try succeed(command + ["--help"])
    #expect(outcome.output.contains("USAGE: taco-dist"))
    #expect(outcome.errors == "")
    #expect(try succeed(["help"] + command).output == outcome.output)
  }

  @Test(arguments: [nil, 3] as [Int?])
  func theVersionIsToldOnce(ranks: Int?) throws {
    guard ranks == nil || MPIRun.isAvailable else { return }
    let output = try succeed(["--version"], ranks: ranks).output
    #expect(output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(output)")
  }
}
