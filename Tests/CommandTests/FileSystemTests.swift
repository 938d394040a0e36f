import Foundation
import TestSupport
import Testing

/// File systems that lack something: one warning, the same run, and a resume that works there too.
@Suite struct FileSystemTests {
  @Test(arguments: [
    ("locks", "run: the file system has no locks"),
    ("links", "run: the file system has no symbolic links"), ("exchange", ""),
    (
      "foldersync",
      "the file system has no fsync of folders: a machine that loses power may lose the last checkpoint"
    ),
  ])
  func aRunGoesOnWithOneWarning(lack: String, warning: String) throws {
    let filter = try #require(MPIRun("WithoutSystemCalls"))
    let program = try #require(MPIRun("taco-dist")).program.path
    try withTemporaryFolder { folder in
      let options = [
        "train", "--steps", "24", "--checkpoint-every", "5", "--quiet", "--threads", "1",
        "--output",
      ]
      try succeed(options + ["whole"], in: folder)
      let outcome = try filter([lack, program] + options + ["run"], ranks: nil, in: folder)
      guard !outcome.errors.contains("no filter of system calls here") else { return }
      #expect(outcome.status == 0, "\(outcome)")
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == (warning.isEmpty ? 0 : 1), "\(outcome)")
      #expect(
        lines.allSatisfy { $0.hasPrefix("warning: ") && $0.contains(warning) }, "\(outcome)")
      #expect(try (folder / "run/model").files == (folder / "whole/model").files)

      try FileManager.default.removeItem(at: folder / "run/checkpoints/step-24")
      let resumed = try filter(
        [lack, program] + options + ["run", "--resume"], ranks: nil, in: folder)
      #expect(resumed.status == 0, "\(resumed)")
      #expect(try (folder / "run/model").files == (folder / "whole/model").files)
    }
  }
}
