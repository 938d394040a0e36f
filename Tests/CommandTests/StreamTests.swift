import Foundation
import TestSupport
import Testing

/// Where input comes from and output goes to: files that are both, pipes, devices, closed descriptors.
@Suite struct StreamTests {
  private let model: String

  init() throws {
    model = try SmallRun.shared.get().folder.path
  }

  /// Runs a shell script in a folder; `$T` is the program, `$M` the model.
  private func shell(_ script: String, in folder: URL) throws -> (
    output: String, errors: String, status: Int32
  ) {
    let run = try #require(MPIRun("taco-dist"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "T=\(run.program.path); M=\(model); " + script]
    process.currentDirectoryURL = folder
    let (output, errors) = (folder / ".output", folder / ".errors")
    for file in [output, errors] { try file.write("") }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (try output.text, try errors.text, process.terminationStatus)
  }

  @Test(arguments: [
    "$T predict $M in.csv --output in.csv",
    "ln in.csv b.csv; $T predict $M in.csv --output ./b.csv",
    "ln -s in.csv b.csv; $T predict $M b.csv --output in.csv", "$T predict $M in.csv >> in.csv",
    "cp in.csv in.npy; $T predict $M in.npy --input-format csv --embeddings in.npy",
    "$T predict $M in.csv --output out.npy --embeddings out.npy",
    "$T trace --data in.csv --labels goemotions --output in.csv",
    "mkdir d; cp in.csv d/train.csv; cp in.csv d/dev.csv; $T data d --labels goemotions --figure d/dev.csv",
  ])
  func whatIsReadIsNotReplaced(_ script: String) throws {
    try withTemporaryFolder { folder in
      try (folder / "in.csv").write(Utterances.csv())
      let outcome = try shell(script, in: folder)
      #expect(outcome.status == 64, "\(outcome)")
      #expect(
        outcome.errors.contains("choose another") || outcome.errors.contains("Write to another"))
      #expect(try (folder / "in.csv").text == Utterances.csv())
    }
  }

  /// A link stays a link and a pipe a pipe; the same holds for /dev/null, which root could replace.
  @Test func pipesAndLinksAreWrittenInto() throws {
    try withTemporaryFolder { folder in
      try (folder / "in.csv").write(Utterances.csv())
      let wanted = try succeed(["predict", model, (folder / "in.csv").path]).output
      let piped = try shell(
        "mkfifo p; cat p > copy & $T predict $M in.csv --output p && wait && test -p p && cat copy",
        in: folder)
      #expect(piped.status == 0, "\(piped)")
      #expect(piped.output == wanted)
      let linked = try shell(
        "echo old > real; ln -s real link; $T predict $M in.csv --output link && test -L link && cat real",
        in: folder)
      #expect(linked.status == 0, "\(linked)")
      #expect(linked.output == wanted)
      let refused = try shell(
        "mkfifo q.safetensors; $T predict $M in.csv --embeddings q.safetensors", in: folder)
      #expect(refused.errors.contains("is a device or a pipe; a file is wanted here"))
    }
  }

  @Test func readersThatGo() throws {
    try withTemporaryFolder { folder in
      let lines = try shell(
        "yes hello | ($T predict $M --stream; echo $? > code) | head -2; cat code", in: folder)
      #expect(lines.output.hasSuffix("\n0\n"))
      #expect(lines.errors.isEmpty, "\(lines.errors)")
      let run = try shell(
        "($T train --epochs 30 --output run; echo $? > code) 2>&1 | head -1 > line; cat code",
        in: folder)
      #expect(run.output == "75\n", "\(run)")
      let resumed = try shell(
        "$T train --epochs 30 --output run --resume 2>&1 | head -3; true", in: folder)
      #expect(resumed.output.contains("resuming after step"), "\(resumed)")
    }
  }

  @Test func closedAndFullDescriptors() throws {
    try withTemporaryFolder { folder in
      try (folder / "in.csv").write(Utterances.csv())
      for script in ["$T predict $M <&-", "$T predict $M --stream <&-", "$T tokenize nano <&-"] {
        let outcome = try shell(script, in: folder)
        #expect(outcome.status == 65, "\(script)")
        #expect(
          outcome.errors == "Error: standard input: is closed; give a file, or something to read\n")
      }
      for script in [
        "$T predict $M in.csv > /dev/full", "$T tokenize nano in.csv > /dev/full",
        "$T data > /dev/full",
        "$T evaluate $M > /dev/full", "$T predict $M in.csv --output /dev/full",
      ] {
        let outcome = try shell(script, in: folder)
        #expect(outcome.status == 1, "\(script)")
        #expect(
          outcome.errors.contains("cannot be written: No space left on device."), "\(outcome)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
      }
      // Messages must not go into the first file that is opened.
      let silent = try shell(
        "$T train --steps 2 --output run 2>&-; cat run/config.yaml | head -1", in: folder)
      #expect(silent.output == "model: nano\n")
    }
  }

  @Test func inputThatDoesNotBlock() throws {
    try withTemporaryFolder { folder in
      for option in ["", "--stream"] {
        let arguments = ["predict", model, "-"] + (option.isEmpty ? [] : [option])
        let wanted = try succeed(arguments, input: "one\ntwo\n").output
        // A writer that sets its own end not to block does so for the reader's too: a socket is one file.
        let run = try #require(MPIRun("taco-dist"))
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let process = Process()
        process.executableURL = run.program
        process.arguments = arguments
        process.standardInput = FileHandle(fileDescriptor: ends[0])
        let output = folder / "output\(option)"
        try output.write("")
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        close(ends[0])
        for line in ["one\n", "tw", "o\n"] {
          usleep(300_000)
          _ = line.withCString { write(ends[1], $0, strlen($0)) }
        }
        close(ends[1])
        process.waitUntilExit()
        #expect(try output.text == wanted, "\(option)")
      }
    }
  }

  @Test func columnsAreKept() throws {
    try withTemporaryFolder { folder in
      try (folder / "in.csv").write("id,text,label\n=7,\"so, so\",3\n-8,ok,4\n")
      let rows = try succeed(["predict", model, (folder / "in.csv").path, "--keep-columns"]).output
        .split(separator: "\n")
      #expect(rows[0] == "id,text,label,predicted_label,predicted_score")
      #expect(rows[1].hasPrefix("=7,\"so, so\",3,"))
      let safe = try succeed(
        ["predict", model, (folder / "in.csv").path, "--keep-columns", "--escape-formulas"]
      ).output.split(separator: "\n")
      #expect(safe[1].hasPrefix("'=7,\"so, so\",3,"))
      #expect(safe[2].hasPrefix("'-8,ok,4,"))
      try (folder / "in.jsonl").write(
        #"{"text":"a","n":[1,{"x":NaN}]}"# + "\n" + #"{"k":1.50,"text":"b"}"#)
      let objects = try succeed(
        ["predict", model, (folder / "in.jsonl").path, "--keep-columns", "--format", "jsonl"]
      ).output.split(separator: "\n")
      #expect(objects[0].hasPrefix(#"{"text":"a","n":[1,{"x":null}],"label":""#))
      #expect(objects[1].hasPrefix(#"{"text":"b","k":1.50,"label":""#))
      let columns = try succeed(["predict", model, (folder / "in.jsonl").path, "--keep-columns"])
        .output
        .split(separator: "\n")
      #expect(columns[0] == "text,n,k,label,score")
      #expect(columns[2].hasPrefix("b,,1.50,"))
    }
  }

  /// As `json.dump(rows, file, indent=2)` writes it, with line ends of either kind, and from standard input.
  @Test func columnsOfIndentedArraysAreKept() throws {
    let array = """
      [
        {
          "n": [
            1,
            {
              "x": "[{\\"}]"
            }
          ],
          "text": "a\\nb"
        },
        {
          "text": "c",
          "k": 1.50
        }
      ]
      """
    try withTemporaryFolder { folder in
      let keep = ["--keep-columns", "--format", "jsonl"]
      try (folder / "in.json").write(array)
      let lines = try succeed(["predict", model, (folder / "in.json").path] + keep).output
      let objects = lines.split(separator: "\n")
      #expect(objects.count == 2, "\(lines)")
      #expect(objects[0].hasPrefix(#"{"n":[1,{"x":"[{\"}]"}],"text":"a\nb","label":""#), "\(lines)")
      #expect(objects[1].hasPrefix(#"{"text":"c","k":1.50,"label":""#), "\(lines)")
      try (folder / "in.json").write(array.replacing("\n", with: "\r\n"))
      #expect(try succeed(["predict", model, (folder / "in.json").path] + keep).output == lines)
      let stream = try succeed(
        ["predict", model, "-", "--input-format", "jsonl"] + keep, input: array)
      #expect(stream.output == lines)
      // Lines of text have no columns: what is no text would be read as one.
      let refused = try taco(["predict", model, "-"] + keep, input: array)
      #expect(refused.status == 64 && refused.errors.contains("--keep-columns needs a file"))
    }
  }
}
