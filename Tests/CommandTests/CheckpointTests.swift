import Foundation
import TestSupport
import Testing

/// Which checkpoints stay, which count, and what happens when none is left.
@Suite struct CheckpointTests {
  private static let options = [
    "train", "--quiet", "--steps", "10", "--checkpoint-every", "2", "--threads", "1", "--output",
    "run",
  ]

  private func train(_ folder: URL, _ more: String...) throws -> MPIRun.Outcome {
    try taco(Self.options + more, in: folder)
  }

  private func checkpoints(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: (folder / "run/checkpoints").path).sorted()
  }

  private func damage(_ folder: URL, _ steps: Int...) throws {
    for step in steps {
      let file = folder / "run/checkpoints/step-\(step)/best.safetensors"
      var bytes = try Data(contentsOf: file)
      bytes[bytes.count / 2] ^= 4
      try bytes.write(to: file)
    }
  }

  /// A host that goes down in a long epoch takes a quarter of an hour at most.
  @Test func thereIsAnIntervalWithoutAnOption() throws {
    let help = try succeed(["train", "--help"]).output
    let own = try #require(help.components(separatedBy: "--checkpoint-every <interval>").last)
    let words = own.prefix(300).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("(default: 15m) --keep"), "\(words)")
  }

  @Test func damagedOnesDoNotCount() throws {
    try withTemporaryFolder { folder in
      #expect(try train(folder, "--keep", "5").status == 0)
      #expect(try checkpoints(folder) == ["step-10", "step-2", "step-4", "step-6", "step-8"])
      // Two that are newer than anything written next, as a job in a queue finds them.
      try damage(folder, 8, 10)
      for step in [8, 10] {
        try FileManager.default.moveItem(
          at: folder / "run/checkpoints/step-\(step)",
          to: folder / "run/checkpoints/step-\(step + 90)")
      }
      let outcome = try train(folder, "--keep", "2", "--resume")
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.errors.contains("skipping checkpoint step-100"), "\(outcome)")
      #expect(try checkpoints(folder) == ["step-10", "step-100", "step-8", "step-98"])
    }
  }

  @Test func aRenamedOneIsNotReadAsAnother() throws {
    try withTemporaryFolder { folder in
      #expect(try train(folder, "--keep", "2").status == 0)
      try FileManager.default.moveItem(
        at: folder / "run/checkpoints/step-10", to: folder / "run/checkpoints/step-9")
      let outcome = try train(folder, "--resume")
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.errors.contains("holds the checkpoint of step 10; was it renamed?"))
    }
  }

  @Test func anotherVersionsCheckpointIsToldAndGoneOnWith() throws {
    try withTemporaryFolder { folder in
      #expect(try train(folder, "--keep", "5").status == 0)
      let models = try (folder / "run/model").files
      for step in [6, 8, 10] {
        try FileManager.default.removeItem(at: folder / "run/checkpoints/step-\(step)")
      }
      try seal(
        folder / "run/checkpoints/step-4",
        after: "sed -i 's/taco-dist [0-9.]*/taco-dist 0.0.9/' checkpoint.json")
      let outcome = try train(folder, "--keep", "5", "--resume")
      #expect(outcome.status == 0, "\(outcome)")
      #expect(
        outcome.errors.contains("warning: step-4 was written by taco-dist 0.0.9; taco-dist "),
        "\(outcome)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
      #expect(try (folder / "run/model").files == models)
    }
  }

  @Test(arguments: ["removed", "damaged", "log alone", "model alone"])
  func aFinishedRunIsNotStartedOver(_ what: String) throws {
    try withTemporaryFolder { folder in
      #expect(try train(folder).status == 0)
      let manager = FileManager.default
      if what == "damaged" {
        try damage(folder, 8, 10)
      } else {
        try manager.removeItem(at: folder / "run/checkpoints")
      }
      if what == "log alone" { try manager.removeItem(at: folder / "run/model") }
      if what == "model alone" { try manager.removeItem(at: folder / "run/metrics.jsonl") }
      let before = try (folder / "run").files
      let outcome = try train(folder, "--resume")
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errors.contains("Nothing was touched"), "\(outcome)")
      #expect(try (folder / "run").files == before)
    }
  }

  @Test func aRunThatDiedBeforeItsFirstCheckpointStartsAgain() throws {
    try withTemporaryFolder { folder in
      #expect(try train(folder).status == 0)
      let whole = try (folder / "run/model").files
      try FileManager.default.removeItem(at: folder / "run/checkpoints")
      try FileManager.default.removeItem(at: folder / "run/model")
      let log = folder / "run/metrics.jsonl"
      let lines = try log.text.split(separator: "\n")
      try log.write(lines[0] + "\n" + lines[1].prefix(20))
      let outcome = try train(folder, "--resume")
      #expect(outcome.status == 0, "\(outcome)")
      #expect(try (folder / "run/model").files == whole)
    }
  }

  /// What cannot be read is not missing; root reads everything, so a link that leads round stands for it.
  @Test func anUnreadableOneIsNotSkipped() throws {
    try withTemporaryFolder { folder in
      #expect(try train(folder).status == 0)
      let file = folder / "run/checkpoints/step-10/best.safetensors"
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createSymbolicLink(
        atPath: file.path, withDestinationPath: "best.safetensors")
      let outcome = try train(folder, "--resume")
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.errors.contains("best.safetensors: cannot be read: Too many levels"))
      #expect(!outcome.errors.contains("missing"))
    }
  }

  /// Writes the digests of a checkpoint anew, so that they fit what was changed in it.
  private func seal(_ checkpoint: URL, after command: String = ":") throws {
    let change = Process()
    change.executableURL = URL(fileURLWithPath: "/bin/sh")
    change.currentDirectoryURL = checkpoint
    change.arguments = [
      "-c", "\(command); sha256sum $(cut -c67- SHA256SUMS) > sums && mv sums SHA256SUMS",
    ]
    try change.run()
    change.waitUntilExit()
    try #require(change.terminationStatus == 0)
  }

  private func expectSkipped(
    _ folder: URL, _ causes: String..., models: [String: Data]
  ) throws {
    let outcome = try train(folder, "--keep", "5", "--resume")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.errors.contains("skipping checkpoint step-10: "), "\(outcome)")
    for cause in causes { #expect(outcome.errors.contains(cause), "\(outcome)") }
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
    #expect(try (folder / "run/model").files == models)
  }

  /// Digests tell that a file is as it was written, not that it makes sense.
  @Test(arguments: [
    (#""step" : 10"#, #""step" : -10"#, "the step is -10"),
    (#""limit" : [0-9]*"#, #""limit" : 0"#, "the patience is 0"),
    (#""limit" : [0-9]*"#, #""limit" : 7"#, "its patience is 7, the configuration's 10"),
    (#""best" : [0-9.]*"#, #""best" : 3.5"#, "the best score is 3.5"),
    (#""evaluatedStep" : [0-9]*"#, #""evaluatedStep" : 11"#, "was after step 11, beyond 0 to 10"),
    (#""bestStep" : [0-9]*"#, #""bestStep" : 99"#, "best evaluation was after step 99"),
  ])
  func anImplausibleStateDoesNotCount(old: String, new: String, cause: String) throws {
    try withTemporaryFolder { folder in
      #expect(try train(folder, "--keep", "5").status == 0)
      let models = try (folder / "run/model").files
      try seal(
        folder / "run/checkpoints/step-10", after: "sed -i 's/\(old)/\(new)/' checkpoint.json")
      try expectSkipped(folder, cause, models: models)
    }
  }

  @Test(arguments: [
    ("parameters", Float.nan, "are not finite"),
    ("first-moments", -Float.infinity, "are not finite"),
    ("second-moments", -1, "are not finite or negative"),
    ("best", Float.infinity, "are not finite"),
  ])
  func numbersThatAreNoneDoNotCount(part: String, poison: Float, cause: String) throws {
    try withTemporaryFolder { folder in
      #expect(try train(folder, "--keep", "5").status == 0)
      let models = try (folder / "run/model").files
      let file = folder / "run/checkpoints/step-10/\(part).safetensors"
      var bytes = try Data(contentsOf: file)
      // After the header and its length.
      let place = bytes.prefix(8).enumerated().reduce(8) { $0 + Int($1.element) << (8 * $1.offset) }
      withUnsafeBytes(of: poison.bitPattern.littleEndian) {
        bytes.replaceSubrange(place..<place + 4, with: $0)
      }
      try bytes.write(to: file)
      try seal(folder / "run/checkpoints/step-10")
      try expectSkipped(folder, "\(part).safetensors: damaged: 1 of ", cause, models: models)
      let again = try train(folder, "--keep", "5", "--resume")
      #expect(again.status == 0 && again.errors == "", "\(again)")
    }
  }
}
