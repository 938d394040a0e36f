import Foundation
import TestSupport
import Testing

/// Mistakes in the file of `--config`: the same codes as on the command line, and never a wrong result in silence.
@Suite struct ConfigurationMistakeTests {
  private func run(_ text: String, _ more: String..., in folder: URL) throws -> MPIRun.Outcome {
    try (folder / "c.yaml").write(text)
    return try taco(["train", "--config", "c.yaml"] + more, in: folder)
  }

  @Test(arguments: [
    ("steps: 1\nalpha: [0.1, 0.2]", "2: 'alpha': it takes one value, not a list (of 2); give one."),
    ("seed: []", "1: 'seed': it takes one value, not a list (of 0); give one."),
    ("quiet: [true]", "1: 'quiet': it is on or off; give true or false, not a list."),
    ("steps: {a: 1}", "1: 'steps': it has a map or a list of lists; one value is wanted."),
    ("without: [[ldl]]", "1: 'without': it has a map or a list of lists; values are wanted."),
    ("steps: 1\nseed: 3\nsteps: 2", "3: 'steps' stands there twice."),
    ("alpha:", "1: 'alpha': it has no value; give one, or leave the line out."),
    ("alpha: ~", "1: 'alpha': it has no value"), ("without: [ldl, ~]", "1: 'without': it has no"),
    ("alpha: true", "1: 'alpha': The value 'true' is invalid for '--alpha <alpha>': it is no"),
    ("dropout: \"no\"", "1: 'dropout': it is on or off; give true or false, not 'no'."),
    ("quiet: 1", "1: 'quiet': it is on or off; give true or false, not '1'."),
    ("help: true", "1: 'help': it stands on the command line alone: taco-dist train --help."),
    ("version: true", "1: 'version': it stands on the command line alone"),
    ("config: d.yaml", "1: 'config': a file cannot name another one."),
    ("no-dropout: true", "1: 'no-dropout': write 'dropout: false'."),
    (
      "learning_rate: 1",
      "1: 'learning_rate': unknown option of 'train'; did you mean 'learning-rate"
    ),
    ("--alpha: 0.3", "1: '--alpha': unknown option of 'train'; did you mean 'alpha'?"),
    ("colour: 1", "1: 'colour': unknown option of 'train'."),
    ("<<: {alpha: 1}", "1: '<<': merge keys are not read; write the options out."),
    ("? [a]\n: 1", "1: an option's name is wanted here."),
    ("alpha: .inf", "1: 'alpha': --alpha is inf; give a weight of 0 or more, at most 1000"),
    ("alpha: .NaN", "1: 'alpha': --alpha is nan; give a weight of 0 or more, at most 1000"),
    ("alpha: 1e-400", "1: 'alpha': The value '1e-400' is invalid for '--alpha <alpha>': it is too"),
    ("timeout: 1e-400", "1: 'timeout': The value '1e-400' is invalid"),
    ("batch-size: 010", "1: 'batch-size': 010 may be octal; write it without the leading 0"),
    ("batch-size: 0x10", "1: 'batch-size': The value '0x10' is invalid"),
    ("batch-size: 1_000", "1: 'batch-size': The value '1_000' is invalid"),
    ("batch-size: 1:30", "1: 'batch-size': The value '1:30' is invalid"),
    ("batch-size: \u{661}", "1: 'batch-size': The value '\u{661}' is invalid"),
    ("memory-budget: -1G", "1: 'memory-budget': The value '-1G' is invalid for '--memory-budget"),
    ("resume: true", "1: 'resume': --resume needs --output"),
    ("steps: 1\nquiet: true\nverbose: true", "2: 'quiet': --quiet excludes --verbose"),
  ])
  func whatAnOptionCannotBeIsBadUsage(text: String, message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try run(text, in: folder)
      #expect(outcome.status == 64, "\(outcome)")
      #expect(outcome.errors.hasPrefix("Error: c.yaml:\(message)"), "\(outcome)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["c.yaml"])
    }
  }

  @Test(arguments: [
    ("- alpha", "c.yaml: a map of option names and values is wanted."),
    ("alpha=1", "c.yaml: a map of option names and values is wanted."),
    ("alpha: 1\n---\nbeta: 2", "c.yaml:2: broken YAML: "), ("\talpha: 1", "c.yaml:1: broken YAML"),
    ("alpha: \u{1}", "c.yaml: broken YAML: control characters are not allowed"),
  ])
  func whatIsNoMapIsBadData(text: String, message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try run(text, in: folder)
      #expect(outcome.status == 65 && outcome.errors.hasPrefix("Error: " + message), "\(outcome)")
    }
  }

  @Test(arguments: [
    "alpha: &a 0.25\nbeta: *a\ndropout: no\nwithout: ldl",
    "\u{FEFF}alpha: 0.25\r\nbeta: 2.5e-1\r\ndropout: False\r\nwithout: [ldl]\r\nresume: false\r\n",
    "---\n\"alpha\" : '+.25'\nbeta:\t!!float 0.25 # a comment\ndropout: off\nwithout:\n- ldl\n...\n",
  ])
  func whatYAMLAllowsIsUnderstood(text: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try run(
        text, "--quiet", "--steps", "1", "--output", (folder / "run").path, in: folder)
      try #require(outcome.status == 0, "\(outcome)")
      let stored = try (folder / "run/config.yaml").text
      for line in ["alpha: 0.25\n", "beta: 0.25\n", "dropout: false\n", "without:\n- ldl\n"] {
        #expect(stored.contains(line), "\(stored)")
      }
    }
  }

  @Test func theFileIsNotBlamedForTheCommandLine() throws {
    try withTemporaryFolder { folder in
      let outcome = try run("alpha: 0.3\n", "--alpha", "-2", in: folder)
      #expect(
        outcome.status == 64 && outcome.errors.hasPrefix("Error: --alpha is -2"), "\(outcome)")
    }
  }

  /// As of every option, the last one holds.
  @Test func theLastOfTwoFilesIsRead() throws {
    try withTemporaryFolder { folder in
      try (folder / "d.yaml").write("alpha: -1\n")
      let outcome = try run("alpha: -2\n", "--config", "d.yaml", in: folder)
      #expect(outcome.errors.hasPrefix("Error: d.yaml:1: 'alpha': --alpha is -1"), "\(outcome)")
    }
  }
}
