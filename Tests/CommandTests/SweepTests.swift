import Foundation
import TestSupport
import Testing

/// `sweep`: its plan, its runs and going on.
@Suite struct SweepTests {
  private let sweep = """
    train: {steps: 2, quiet: true, batch-size: 8}
    variants:
      taco: {}
      plain: {without: [ldl, ccl]}
    grid:
      seed: [3, 4]
    """

  @Test func aSweepRunsGoesOnAndTabulates() throws {
    try withTemporaryFolder { folder in
      try (folder / "sweep.yaml").write(sweep)
      let names = ["taco,seed=3", "taco,seed=4", "plain,seed=3", "plain,seed=4"]
      let place = ["sweep", "sweep.yaml", "--output", "out"]
      #expect(
        try succeed(place + ["--list"], in: folder).output
          == names.enumerated().map { "\($0)\tplanned\t\($1)\n" }.joined())
      // A task of a Slurm array first, then the whole.
      try succeed(place + ["--index", "2"], in: folder)
      #expect(try succeed(place + ["--list"], in: folder).output.contains("2\tdone\tplain,seed=3"))
      let outcome = try succeed(place, in: folder)
      #expect(outcome.errors.contains("plain,seed=3: done before"))
      let rows = try (folder / "out/results.csv").text.split(separator: "\n")
      #expect(rows[0].hasPrefix("index,name,state,seed,without,steps,valid_accuracy"))
      #expect(rows[3].hasPrefix("2,\"plain,seed=3\",done,3,ldl+ccl,2,"))
      #expect(rows.count == 5 && rows.allSatisfy { !$0.contains("planned") })
      #expect(try (folder / "out/plain,seed=4/config.yaml").text.contains("- ccl"))
      let table = try succeed(["table"] + names.map { "out/\($0)" }, in: folder).output
      #expect(table.contains("TACO w/o LDL, CCL  2 "), "\(table)")
      // The folder stands for its runs, `options` and `results.csv` not among them.
      let whole = try succeed(["table", "out"], in: folder).output
      #expect(Set(whole.split(separator: "\n")) == Set(table.split(separator: "\n")), "\(whole)")

      try (folder / "sweep.yaml").write(sweep.replacing("steps: 2", with: "steps: 3"))
      try FileManager.default.removeItem(at: folder / "out/options/taco,seed=3.done")
      let changed = try taco(place, in: folder)
      #expect(changed.status == 64 && changed.errors.contains("the sweep file has changed"))
    }
  }

  /// One rule for every CSV: texts as they are, or with an apostrophe before what a spreadsheet would compute.
  @Test func formulasAreEscapedWhereAsked() throws {
    try withTemporaryFolder { folder in
      try (folder / "sweep.yaml").write(
        "train: {steps: 2, quiet: true, batch-size: 8}\nvariants: {\"=1+1\": {}, b: {seed: 4}}\n"
      )
      let sweep = ["sweep", "sweep.yaml", "--output", "out"]
      try succeed(sweep, in: folder)
      let plain = try (folder / "out/results.csv").text
      #expect(plain.contains("\n0,=1+1,done"), "\(plain)")
      try succeed(sweep + ["--escape-formulas"], in: folder)
      let safe = try (folder / "out/results.csv").text
      #expect(safe.contains("\n0,'=1+1,done"), "\(safe)")
      let refused = try taco(["table", "out", "--escape-formulas"], in: folder)
      #expect(refused.status == 64 && refused.errors.contains("--format csv"), "\(refused)")
    }
  }

  @Test func drawsAreAFunctionOfTheFile() throws {
    try withTemporaryFolder { folder in
      try (folder / "sweep.yaml").write(
        """
        random:
          count: 3
          seed: 7
          options:
            learning-rate: {low: 1e-5, high: 1e-3, scale: log}
            batch-size: [16, 32]
        train: {steps: 1}
        """)
      let list = ["sweep", "sweep.yaml", "--list"]
      let first = try succeed(list, in: folder).output
      #expect(first == "0\tplanned\tdraw=0\n1\tplanned\tdraw=1\n2\tplanned\tdraw=2\n")
      #expect(try succeed(list, in: folder).output == first)
    }
  }

  @Test(arguments: [
    ("grid: {seed: 3}", "sweep.yaml:1: 'seed' wants a list of values"),
    ("grid: {sede: [3]}", "sweep.yaml:1: 'sede': unknown option of 'train'; did you mean 'seed'?"),
    ("train: {steps: 1}\ngrid: {alpha: [-1]}", "sweep.yaml:2: 'alpha': --alpha is -1.0; give a"),
    ("train: {step: 3}", "sweep.yaml:1: 'step': unknown option of 'train'; did you mean 'steps'?"),
    ("girds: {}", "unknown part 'girds'"),
    ("train: {output: x}", "'output' is the sweep's own business"),
    ("random: {options: {alpha: [1]}}", "random wants count"),
    ("random: {count: 1, options: {alpha: {low: 2, high: 1}}}", "'alpha' wants a list, or {low"),
    ("", "sweep.yaml:1: a map with train, variants, grid or random is wanted"),
    ("{}", "sweep.yaml:1: a map with train, variants, grid or random is wanted"),
    ("variants: {}", "a map from names to options is wanted"),
    ("grid: {}", "a map from options to lists of values is wanted"),
    ("variants: {\" \": {}}", "a variant's name is empty; give one"),
    ("train: {alpha: ~}", "sweep.yaml:1: 'alpha': it has no value; give one"),
    ("grid: {alpha: [1, ~]}", "sweep.yaml:1: 'alpha': it has no value; give one"),
    ("train: {alpha: [1, 2]}", "'alpha': it takes one value, not a list (of 2); give one"),
    ("train: {alpha: 1e-400}", "too small for a number, and would be 0"),
    ("grid: {seed: [1]}\ngrid: {alpha: [1]}", "sweep.yaml:2: 'grid' stands there twice"),
    (
      "grid: {alpha: [0.1]}\nvariants:\n  mine:\n    alpha: 0.3",
      "sweep.yaml:4: 'alpha' stands in the variant 'mine' and in grid (line 1), which would overwrite it"
    ),
    (
      "variants: {mine: {alpha: 1}}\nrandom: {count: 1, options: {alpha: [1]}}",
      "sweep.yaml:1: 'alpha' stands in the variant 'mine' and in random (line 2)"
    ),
    (
      "grid: {alpha: [1]}\nrandom: {count: 1, options: {alpha: [1]}}",
      "sweep.yaml:2: 'alpha' stands in random and in grid (line 1)"
    ),
    ("random: {count: 2}", "random wants options to draw"),
    (
      "random: {count: 1, seed: x, options: {alpha: [1]}}", "'seed' wants a whole number, 0 or more"
    ),
    ("random: {count: 2.5, options: {alpha: [1]}}", "'count' wants a whole number, 1 to 1000000"),
    ("random: {count: 1, options: {alpha: {low: 1, high: .inf}}}", "'alpha' wants a list, or {low"),
    (
      "random: {count: 1, options: {alpha: {low: 1, high: 2, step: 1}}}", "'alpha' wants a list, or"
    ),
    // Equal, however they are written: in other digits, in another order, as the default, drawn twice.
    ("grid: {alpha: [0.1, 1e-1]}", "'alpha=0.1' and 'alpha=1e-1' are the same run"),
    ("grid: {alpha: [0, -0.0]}", "'alpha=0' and 'alpha=-0.0' are the same run"),
    ("grid: {without: [[ldl, ccl], [ccl, ldl]]}", "are the same run"),
    ("grid: {dropout: [true, yes]}", "'dropout=true' and 'dropout=yes' are the same run"),
    ("variants: {a: {}, b: {beta: 0.5}}", "'a' and 'b' are the same run"),
    ("variants: {a: {}, b: {keep: 2}}", "'a' and 'b' are the same run"),
    ("variants: {a: {}, b: {labels: goemotions}}", "'a' and 'b' are the same run"),
    ("random: {count: 3, options: {alpha: [1]}}", "'draw=0' and 'draw=1' are the same run"),
    ("[1]", "a map with train, variants, grid or random is wanted"),
  ])
  func mistakesAreTold(file: String, message: String) throws {
    try withTemporaryFolder { folder in
      try (folder / "sweep.yaml").write(file)
      let outcome = try taco(["sweep", "sweep.yaml", "--output", "out"], in: folder)
      #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: (folder / "out").path))
    }
  }

  /// The studies of the paper's tables are sweeps that can be started.
  @Test(arguments: [(2, 40), (3, 25), (5, 30), (6, 10), (7, 10)])
  func thePapersTablesAreSweeps(table: Int, count: Int) throws {
    let file =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent() / "cluster/paper-table\(table).yaml"
    let listed = try succeed(["sweep", file.path, "--list"]).output.split(separator: "\n")
    #expect(listed.count == count)
  }

  /// On a machine without the model too, where a plan may be looked at.
  @Test func runsThatDifferAreNoTwins() throws {
    try withTemporaryFolder { folder in
      try (folder / "sweep.yaml").write(
        """
        train: {model: nonesuch}
        variants:
          a: {}
          b: {clusters: elbow}
          c: {memory-budget: 1G}
          d: {text-column: t, data: nonesuch, labels: edos}
          e: {dropout: no}
        grid: {without: [[], ldl], seed: [0, 1]}
        """)
      let list = try succeed(["sweep", "sweep.yaml", "--list"], in: folder).output
      #expect(list.split(separator: "\n").count == 20, "\(list)")
    }
  }

  /// Aliases of lists of aliases would make a small file stand for more values than any memory holds.
  @Test(arguments: ["a: &a [1, 1]", "? &a [1, 1]\n: 1"])
  func aliasesWithoutEndAreRefused(beginning: String) throws {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"]
    let lists = zip(names, names.dropFirst()).map { before, name in
      let list = [String](repeating: "*\(before)", count: 9).joined(separator: ", ")
      return "\(name): &\(name) [\(list)]"
    }
    try withTemporaryFolder { folder in
      try (folder / "sweep.yaml").write(
        (["grid: {seed: [1]}", beginning] + lists + ["? *h", ": 1"]).joined(separator: "\n"))
      let run = try #require(MPIRun("taco-dist"))
      let outcome = try run(
        ["sweep", "sweep.yaml", "--output", "out"], ranks: nil, timeout: 20, in: folder)
      #expect(outcome.status == 65 && !outcome.timedOut, "\(outcome)")
      let line = beginning.contains("\n") ? 6 : 5
      #expect(
        outcome.errors.contains("sweep.yaml:\(line): more than 20 aliases (*name); write"),
        "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: (folder / "out").path))
    }
  }

  @Test func underMpirunItRefuses() throws {
    try withTemporaryFolder { folder in
      try (folder / "sweep.yaml").write(sweep)
      let outcome = try taco(
        ["sweep", "sweep.yaml", "--output", "out"], ranks: 2, in: folder)
      #expect(outcome.status == 64, "\(outcome)")
      #expect(outcome.errors.contains("--launcher 'mpirun -np 2'"), "\(outcome)")
    }
  }
}
