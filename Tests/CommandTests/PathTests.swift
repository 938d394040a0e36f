import Foundation
import TestSupport
import Testing

/// What a path means, wherever it is given, and which folders a run may be written to.
@Suite struct PathTests {
  @Test(arguments: [
    ["train", "--output", ""], ["train", "--model", ""], ["train", "--data", ""],
    ["train", "--labels", ""], ["train", "--profile", ""], ["train", "--config", ""],
    ["evaluate", ""], ["evaluate", "m", "--data", ""], ["predict", ""], ["predict", "m", ""],
    ["predict", "m", "--output", ""], ["predict", "m", "--embeddings", ""],
    ["tokenize", "nano", ""], ["data", ""], ["data", "--figure", ""], ["report", ""],
    ["report", "r", "--output", ""], ["table", ""], ["sweep", ""], ["sweep", "s", "--output", ""],
    ["trace", "--data", "d", "--output", ""], ["check", "--data", ""],
    ["train", "--output", "~nobody/run"], ["data", "--figure", "~x.svg"],
  ])
  func whatNamesNothingIsBadUsage(_ arguments: [String]) throws {
    try withTemporaryFolder { folder in
      try (folder / "model/notes.txt").write("mine")
      let before = try folder.files
      let outcome = try taco(arguments, in: folder)
      #expect(outcome.status == 64, "\(outcome)")
      #expect(try folder.files == before)
    }
  }

  @Test func anEmptyPathInYAMLIsBadUsage() throws {
    try withTemporaryFolder { folder in
      try (folder / "c.yaml").write("steps: 2\noutput: \"\"\n")
      let outcome = try taco(["train", "--config", "c.yaml"], in: folder)
      #expect(outcome.status == 64, "\(outcome)")
      #expect(outcome.errors.contains("c.yaml:2: 'output'"), "\(outcome)")
      #expect(try folder.files.keys.sorted() == ["c.yaml"])
    }
  }

  /// HOME, not what the user database says.
  @Test func aTildeIsTheFolderInHome() throws {
    let run = try #require(MPIRun("taco-dist"))
    try withTemporaryFolder { folder in
      let home = folder / "home"
      try (home / "texts.txt").write("thanks\n")
      func start(_ arguments: String...) throws -> MPIRun.Outcome {
        try run(arguments, ranks: nil, environment: ["HOME": home.path], in: folder)
      }
      #expect(try start("train", "--quiet", "--steps", "2", "--output=~/run").status == 0)
      let before = try (home / "run").files
      // The same run again, by every way to say it.
      #expect(try start("train", "--quiet", "--steps", "3", "--output=~/run").status == 64)
      try (folder / "c.yaml").write("quiet: true\nsteps: 3\noutput: ~/run\n")
      #expect(try start("train", "--config", "c.yaml").status == 64)
      #expect(try (home / "run").files == before)
      for arguments in [
        ["predict", "~/run", "~/texts.txt", "--output=~/out.csv", "--embeddings=~/rows.npy"],
        ["data", "--figure=~/labels.svg"], ["report", "~/run", "--points=0", "--output=~/r.html"],
        ["tokenize", "nano", "~/texts.txt"], ["table", "~/run"],
      ] {
        let outcome = try run(arguments, ranks: nil, environment: ["HOME": home.path], in: folder)
        #expect(outcome.status == 0, "\(arguments) \(outcome)")
      }
      for file in ["out.csv", "rows.npy", "labels.svg", "r.html"] {
        #expect(FileManager.default.fileExists(atPath: (home / file).path), "\(file)")
      }
      #expect(try start("train", "--quiet", "--steps", "2", "--output", "./~").status == 0)
      #expect(FileManager.default.fileExists(atPath: (folder / "~" / "model").path))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(names == ["c.yaml", "home", "~"])
    }
  }

  @Test(arguments: ["log.txt", "slurm-17.out", "job.e4711", "train.log", ".hydra"])
  func aLogDoesNotForbidARun(_ name: String) throws {
    try withTemporaryFolder { folder in
      try (folder / "run" / name).write("started\n")
      try succeed(["train", "--quiet", "--steps", "2", "--output", "run"], in: folder)
      #expect(try (folder / "run" / name).text == "started\n")
    }
  }

  @Test func itsOwnOutputDoesNotForbidARun() throws {
    let program = try #require(MPIRun("taco-dist")).program.path
    try withTemporaryFolder { folder in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = [
        "-c", "mkdir run; '\(program)' train --steps 2 --output run > run/what-it-said 2>&1",
      ]
      process.currentDirectoryURL = folder
      try process.run()
      process.waitUntilExit()
      let said = try (folder / "run/what-it-said").text
      #expect(process.terminationStatus == 0, "\(said)")
    }
  }

  @Test(arguments: [
    ["notes.txt"], ["config.yaml"], ["metrics.jsonl"], ["model/notes.txt"],
    ["checkpoints/step-2/x"], ["config.yaml", "model/notes.txt"],
  ])
  func aForeignFolderIsLeftAlone(_ names: [String]) throws {
    try withTemporaryFolder { folder in
      for name in names { try (folder / "run" / name).write("mine: 1\n") }
      let before = try (folder / "run").files
      for extra in [[], ["--resume"]] {
        let outcome = try taco(
          ["train", "--quiet", "--steps", "2", "--output", "run"] + extra, in: folder)
        #expect(outcome.status != 0, "\(outcome)")
        var after = try (folder / "run").files
        after[".lock"] = nil
        #expect(after == before, "\(extra)")
      }
    }
  }

  @Test func aSweepLeavesAForeignFolderAlone() throws {
    try withTemporaryFolder { folder in
      try (folder / "s.yaml").write("train: {steps: 2}\n")
      try (folder / "out/results.csv").write("mine\n")
      let outcome = try taco(["sweep", "s.yaml", "--output", "out"], in: folder)
      #expect(outcome.status == 64, "\(outcome)")
      #expect(try (folder / "out").files == ["results.csv": Data("mine\n".utf8)])
    }
  }

  /// A link stays one, a pipe or device is written to, and the permissions are those of any new file.
  @Test func outputsAreWrittenAsOthersWriteThem() throws {
    let run = try SmallRun.shared.get().folder
    try withTemporaryFolder { folder in
      try (folder / "in.txt").write("thanks\n")
      try (folder / "real.csv").write("old\n")
      try FileManager.default.createSymbolicLink(
        atPath: (folder / "link.csv").path, withDestinationPath: "real.csv")
      try succeed(["predict", run.path, "in.txt", "--output", "link.csv"], in: folder)
      #expect(try (folder / "real.csv").text.hasPrefix("text,label,score\n"))
      let null = try taco(["predict", run.path, "in.txt", "--output", "/dev/null"], in: folder)
      #expect(null.status == 0, "\(null)")
      let full = try taco(["predict", run.path, "in.txt", "--output", "/dev/full"], in: folder)
      #expect(full.status == 1 && full.errors.contains("No space left on device"), "\(full)")
      var status = stat()
      #expect(stat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
  }
}
