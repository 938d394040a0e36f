import Foundation
import TestSupport
import Testing

/// `doctor`, the warnings of `train`, and input that rank 0 alone reads.
@Suite(.enabled(if: MPIRun.isAvailable, "needs mpirun on the path")) struct DoctorTests {
  /// What `--json` prints.
  private struct Examination: Decodable {
    struct Finding: Decodable {
      let status: String
      let topic: String
      let text: String
      let advice: String?
    }
    let ranks: Int
    let findings: [Finding]
  }

  @Test func oneLineAFindingAndNothingLeftBehind() throws {
    try withTemporaryFolder { folder in
      let outcome = try succeed(["doctor", "--output", folder.path], ranks: 2)
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.first?.hasPrefix("ok       ranks         2 ranks on 1 host") == true)
      for topic in ["MPI", "program", "OpenBLAS", "shared memory", "products", "reduction"] {
        #expect(lines.contains { $0.dropFirst(9).hasPrefix(topic) }, "\(topic) in \(outcome)")
      }
      #expect(lines.last?.hasPrefix("doctor: ") == true)
      #expect(try folder.files.isEmpty)
    }
  }

  @Test func missingFileIsAProblem() throws {
    try withTemporaryFolder { folder in
      try (folder / "here").write("text")
      let outcome = try taco(
        ["doctor", "--quick", "--json", "--same", "here", "--same", "nonesuch"], ranks: 2,
        in: folder)
      #expect(outcome.status == 1)
      let found = try JSONDecoder().decode(Examination.self, from: Data(outcome.output.utf8))
      #expect(found.ranks == 2)
      let files = found.findings.filter { $0.topic == "files" }
      #expect(files.map(\.status) == ["ok", "problem"])
      #expect(files.last?.text.contains("nonesuch cannot be read on host") == true)
      #expect(files.last?.advice?.contains("--broadcast-input") == true)
    }
  }

  @Test func trainWarnsOfTooManyThreads() throws {
    try withTemporaryFolder { folder in
      let options = ["--threads", "4096", "--steps", "1", "--output"]
      let outcome = try succeed(["train"] + options + [(folder / "a").path])
      #expect(outcome.errors.contains("warning: host "))
      #expect(outcome.errors.contains("Leave --threads out"))
      let quiet = try succeed(["train", "--quiet"] + options + [(folder / "b").path])
      #expect(quiet.errors.isEmpty)
    }
  }

  @Test func broadcastInputGivesTheSameBytesAndLeavesNoCopy() throws {
    try withTemporaryFolder { folder in
      let model = try SmallRun.shared.get().folder / "model"
      for split in ["train", "valid"] { try (folder / "data/\(split).csv").write(Utterances.csv()) }
      try FileManager.default.createDirectory(
        at: folder / "tmp", withIntermediateDirectories: true)
      let run = try #require(MPIRun("taco-dist"))
      func train(_ name: String, _ more: String...) throws {
        let outcome = try run(
          [
            "train", "--model", model.path, "--data", (folder / "data").path, "--labels",
            "goemotions", "--steps", "2", "--output", (folder / name).path,
          ] + more, ranks: 3, environment: ["TMPDIR": (folder / "tmp").path])
        try #require(outcome.status == 0, "\(outcome)")
      }
      try train("plain")
      try train("broadcast", "--broadcast-input")
      for file in ["model.safetensors", "taco.safetensors"] {
        #expect(
          try Data(contentsOf: folder / "plain/model/\(file)")
            == Data(contentsOf: folder / "broadcast/model/\(file)"))
      }
      #expect(try (folder / "plain/config.yaml").text == (folder / "broadcast/config.yaml").text)
      let left = try FileManager.default.contentsOfDirectory(atPath: (folder / "tmp").path)
      #expect(left.filter { $0.hasPrefix("taco-dist-") } == [])
    }
  }
}
