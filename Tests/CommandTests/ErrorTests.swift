import Foundation
import TestSupport
import Testing

/// Something wrong, and what must be told about it.
struct Mistake: CustomTestStringConvertible {
  let testDescription: String
  let status: Int32
  /// `train` with these arguments, in the folder of `BrokenThings`.
  let arguments: [String]
  let messages: [String]

  init(_ name: String, _ status: Int32, _ arguments: String, _ messages: String...) {
    testDescription = name
    self.status = status
    self.arguments = arguments.split(separator: " ").map(String.init)
    self.messages = messages
  }

  static let all = [
    Mistake("unknown option", 64, "--bogus", "Unknown option '--bogus'"),
    Mistake("learning rate", 64, "--learning-rate nan", "--learning-rate is nan; give a positive"),
    Mistake("odd shards", 64, "--shards 6", "--shards is 6; give a power of two"),
    Mistake("many shards", 64, "--shards 1048576", "--shards is 1048576; give 1 to 4096"),
    Mistake("many restarts", 64, "--restarts 1000000000", "--restarts is 1000000000; give 1 to"),
    Mistake("long warm-up", 64, "--warm-up 9 --steps 4", "--warm-up is 9; give at most 4"),
    Mistake("longer warm-up", 64, "--warm-up 1000 --epochs 2", "--warm-up is 1000; give at most"),
    Mistake("negative weight", 64, "--alpha -0.3", "--alpha is -0.3; give a weight of 0 or more"),
    Mistake("negative steps", 64, "--steps -4", "--steps is -4; give 1 to"),
    Mistake("no threads", 64, "--threads 0", "--threads is 0; give 1 to 4096"),
    Mistake("many threads", 64, "--threads 1000000", "--threads is 1000000; give 1 to 4096"),
    Mistake("unknown products", 64, "--products mkl", "one of 'own'"),
    Mistake("no labels", 64, "--data good", "--labels is missing: give goemotions"),
    Mistake("unknown model", 65, "--model nonesuch", "nonesuch: no such folder", "fetch-model"),
    Mistake("no data", 65, "--labels goemotions --data nonesuch", "nonesuch: no such folder"),
    Mistake(
      "unknown label", 65, "--labels goemotions --data unknown",
      "unknown/train.csv:3: unknown label 'bliss'"),
    Mistake(
      "empty split", 65, "--labels goemotions --data empty", "empty/valid.csv: no rows"),
    Mistake(
      "broken UTF-8", 65, "--labels goemotions --data utf8",
      "utf8/train.csv:2: not UTF-8: byte 0xFF"),
    Mistake(
      "no validation split", 65, "--labels goemotions --data partial",
      "partial: no validation split"),
    Mistake("label file", 65, "--data good --labels bad.json", "bad.json:1: broken JSON"),
    Mistake("label names", 65, "--data good --labels nonesuch", "nonesuch: no built-in label set"),
    Mistake(
      "truncated weights", 65, "--model truncated", "truncated/model.safetensors: the tensors take"),
    Mistake(
      "wrong shape", 65, "--model shape",
      "model.safetensors: tensor 'encoder.layer.0.intermediate.dense.weight' has shape [128, 64], "
        + "expected [96, 64]"),
    Mistake(
      "missing tensor", 65, "--model missing",
      "model.safetensors: tensor 'encoder.layer.2.attention.self.query.weight' is missing"),
    Mistake(
      "large vocabulary", 65, "--model vocabulary", "the tokenizer has 2001 tokens", "only 900"),
    Mistake(
      "small table", 65, "--model table", "embedding table has 2001 rows", "config.json is 3000"),
    Mistake("broken config.json", 65, "--model config", "config/config.json: not a JSON object"),
    Mistake("no layers", 65, "--model layers", "'num_hidden_layers' is 0, expected 1 to"),
    Mistake("no weights", 65, "--model weightless", "model.safetensors: no such file"),
    Mistake("no tokenizer", 65, "--model tokenless", "has no tokenizer.json"),
    Mistake("output is a file", 64, "--output file", "file is a file; a folder is wanted"),
    Mistake("output in a file", 64, "--output file/run", "file is a file; a folder is wanted"),
    Mistake("output in use", 64, "--output good", "--output good: the folder is not empty"),
    Mistake("profile is a folder", 64, "--profile good", "--profile good: is a folder; a file is"),
    Mistake("one dash", 64, "-alpha 0.3", "Unknown option '-alpha': options have two dashes"),
    Mistake("help with a value", 64, "-h=5", "Unknown option '-h=5'"),
    Mistake("long help with a value", 64, "--help=5", "--help=5: --help takes no value"),
    Mistake("version with a value", 64, "--version=1", "--version=1: --version takes no value"),
    Mistake("vanishing number", 64, "--alpha 1e-400", "too small for a number, and would be 0"),
    Mistake("huge number", 64, "--alpha 1e400", "--alpha is inf; give a weight"),
    Mistake("hexadecimal number", 64, "--alpha 0x1p-1", "it is no decimal number, such as 0.5"),
    Mistake("hexadecimal count", 64, "--steps 0x10", "it is no whole number, such as 8"),
    Mistake("huge count", 64, "--steps 99999999999999999999", "it is beyond -9223372036854775808"),
    Mistake("negative memory", 64, "--memory-budget -1G", "give a positive number of bytes, such"),
    Mistake("odd interval", 64, "--checkpoint-every -5m", "give steps, such as 500, or a time"),
    Mistake("quiet and verbose", 64, "--quiet --verbose", "--quiet excludes --verbose"),
    Mistake("resume of nothing", 64, "--resume", "--resume needs --output, the folder of the run"),
    Mistake("changes of nothing", 64, "--accept-changed-data", "needs --resume. Give both"),
    Mistake("output in /proc", 1, "--output /proc/run", "--output /proc/run: cannot be made"),
  ]
}

/// A folder with one broken thing of each kind, made once; removed when the process ends.
struct BrokenThings {
  let folder: URL

  static let shared: Result<BrokenThings, any Error> = Result { try BrokenThings() }

  private static let place = FileManager.default.temporaryDirectory
    .appendingPathComponent("taco-broken-things-\(getpid())")

  private init() throws {
    folder = Self.place
    atexit { try? FileManager.default.removeItem(at: BrokenThings.place) }
    let good = Utterances.csv()
    for name in ["good", "unknown", "empty", "utf8", "partial"] {
      for split in ["train", "valid", "test"] where (name, split) != ("partial", "valid") {
        try (folder / "\(name)/\(split).csv").write(good)
      }
    }
    try (folder / "unknown/train.csv").write("text,label\nhello,joy\nhello,bliss\n")
    try (folder / "empty/valid.csv").write("text,label\n")
    try Data("text,label\nhel\u{0}lo,joy\n".utf8.map { $0 == 0 ? 0xFF : $0 })
      .write(to: folder / "utf8/train.csv")
    try (folder / "bad.json").write("{\"joy\": ")
    try (folder / "file").write("")

    try addModel("truncated") { model in
      let weights = try Data(contentsOf: model / "model.safetensors")
      try weights.prefix(weights.count - 1).write(to: model / "model.safetensors")
    }
    try addModel("weightless") {
      try FileManager.default.removeItem(at: $0 / "model.safetensors")
    }
    try addModel("tokenless") { try FileManager.default.removeItem(at: $0 / "tokenizer.json") }
    try addModel("config") { try ($0 / "config.json").write("{\"model_type\"") }
    try addModel("shape", "intermediate_size", 96)
    try addModel("missing", "num_hidden_layers", 3)
    try addModel("layers", "num_hidden_layers", 0)
    try addModel("vocabulary", "vocab_size", 900)
    try addModel("table", "vocab_size", 3000)
  }

  private func addModel(_ name: String, _ key: String, _ value: Int) throws {
    try addModel(name) { model in
      let file = model / "config.json"
      var fields = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
      fields[key] = value
      try JSONSerialization.data(withJSONObject: fields).write(to: file)
    }
  }

  private func addModel(_ name: String, _ breakIt: (URL) throws -> Void) throws {
    try FileManager.default.copyItem(
      at: SmallRun.shared.get().folder / "model", to: folder / name)
    try breakIt(folder / name)
  }
}

/// Every mistake is told once, in words, with the right exit code, and ends all ranks.
@Suite(.serialized) struct ErrorTests {
  @Test(arguments: Mistake.all)
  func aMistakeIsToldByASingleRank(mistake: Mistake) throws {
    try expect(mistake, ranks: nil)
  }

  @Test(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"), arguments: Mistake.all)
  func aMistakeIsToldOnceByManyRanks(mistake: Mistake) throws {
    // Two ranks for some, four for others: the whole suite is to stay quick.
    try expect(mistake, ranks: mistake.testDescription.count % 2 == 0 ? 2 : 4)
  }

  @Test(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
  func moreRanksThanShardsAreRefused() throws {
    let mistake = Mistake("", 64, "--shards 2", "4 ranks but --shards 2: every rank needs a shard")
    try expect(mistake, ranks: 4)
  }

  @Test(arguments: [nil, 2] as [Int?])
  func aRunThatDivergesEndsOnAllRanks(ranks: Int?) throws {
    let mistake = Mistake(
      "", 1, "--learning-rate 1e30 --quiet --output run", "step 2: the loss is nan",
      "Lower --learning-rate")
    try withTemporaryFolder { folder in
      try expect(mistake, ranks: ranks, in: folder)
      #expect(try (folder / "run/metrics.jsonl").metrics.count == 1)
    }
  }

  /// The last update may make weights that no step meets: the evaluation does.
  @Test(arguments: [nil, 2] as [Int?])
  func aRunThatDivergesInItsLastStepEndsAlike(ranks: Int?) throws {
    let mistake = Mistake(
      "", 1, "--learning-rate 1e30 --steps 1 --quiet --output run",
      "the evaluation on the split 'valid' after step 1: ", "lower --learning-rate")
    try withTemporaryFolder { folder in try expect(mistake, ranks: ranks, in: folder) }
  }

  private func expect(_ mistake: Mistake, ranks: Int?) throws {
    let folder = try BrokenThings.shared.get().folder
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    try expect(mistake, ranks: ranks, in: folder)
    // What fails before the first step leaves nothing behind.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == before)
  }

  private func expect(_ mistake: Mistake, ranks: Int?, in folder: URL) throws {
    let outcome = try taco(["train"] + mistake.arguments, ranks: ranks, in: folder)
    #expect(outcome.status == mistake.status, "\(outcome)")
    for message in mistake.messages {
      #expect(outcome.errors.components(separatedBy: message).count == 2, "\(outcome)")
    }
    // Rank 0, but for a machine so busy that another is far ahead.
    let speakers = outcome.errors.matches(of: #/\[rank \d/\d\] |Error: /#).map(\.range)
    #expect(speakers.count == 1, "\(outcome)")
    #expect(outcome.errors.contains("Error: ") == (ranks == nil))
    #expect(outcome.output == "")
    #expect(outcome.seconds < 30 && !outcome.timedOut)
  }
}
