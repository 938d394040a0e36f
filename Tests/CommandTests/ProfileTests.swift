import Foundation
import TestSupport
import Testing

/// `--profile` and `plan`: where the time goes, and where it would go.
@Suite struct ProfileTests {
  /// One event of the trace.
  struct Event: Decodable {
    let ph: String
    let pid: Int
    let name: String
    var cat: String?
    var ts: Double?
    var dur: Double?
    var args: Arguments?

    /// Floating-point operations, where they were counted.
    struct Arguments: Decodable { var work: Int? }

    var range: Range<Double> { (ts ?? 0)..<(ts ?? 0) + (dur ?? 0) }
  }

  /// Gradients travel while the rank computes: that is what a step is cut into stages for.
  @Test(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
  func theTraceHasAllRanksAndShowsTheOverlap() throws {
    let events = try withTemporaryFolder { try Self.trainTwoRanks(in: $0) }
    for rank in 0..<2 { Self.checkOverlap(events.filter { $0.pid == rank && $0.ph == "X" }) }
  }

  private static func trainTwoRanks(in folder: URL) throws -> [Event] {
    let file = folder / "trace.json"
    let outcome = try succeed(
      [
        "train", "--steps", "12", "--quiet", "--threads", "1", "--output", (folder / "run").path,
        "--profile", file.path,
      ], ranks: 2)
    for name in ["sgemm", "attention backward", "AdamW", "wait for ranks", "the rest", "a step"] {
      #expect(outcome.output.contains("\n\(name) "), "\(name)")
    }
    let shares = try #require(
      outcome.output.firstMatch(
        of: #/peak ([\d.]+) GFLOP/s a rank; products reach ([\d.]+) % of it, the step ([\d.]+) %/#))
    let row = try #require(outcome.output.firstMatch(of: #/\nsgemm .* ([\d.]+)\n/#))
    let (peak, products) = (Double(shares.1) ?? 0, Double(shares.2) ?? 0)
    let (step, rate) = (Double(shares.3) ?? 0, Double(row.1) ?? 0)
    // The shares are those of the rates in the table: on a busy machine the peak itself means little.
    #expect(step > 0 && step < products)
    #expect(abs(peak * products / 100 - rate) < 0.02 * rate + 0.1)
    return try JSONDecoder().decode([Event].self, from: Data(contentsOf: file))
  }

  private static func checkOverlap(_ events: [Event]) {
    #expect(events.count { $0.name == "step" } == 10)
    let computing = events.filter { $0.name == "backward" }.map(\.range)
    let exchanges = events.filter { $0.cat == "transfer" }.map(\.range)
    #expect(exchanges.count >= 10 * 5)
    let overlapping = exchanges.count { exchange in
      computing.contains { $0.overlaps(exchange) }
    }
    #expect(overlapping >= 10 * 2)
  }

  /// No padding, no row twice and, where the first token is all that is wanted, in the last layer nothing
  /// that it does not need.
  @Test(arguments: ["first", "mean"])
  func aStepDoesTheWorkThatItMust(pooling: String) throws {
    let (utterances, labels, tokens) = (12, 3, 4)
    let works = try withTemporaryFolder { folder in
      let names = ["anger", "joy", "fear"]
      // Words that the vocabulary has, between [CLS] and [SEP].
      let rows = (0..<utterances).map { "good good,\(names[$0 % labels])\n" }
      try (folder / "data/train.csv").write("text,label\n" + rows.joined())
      try (folder / "data/valid.csv").write("text,label\ngood good,joy\n")
      try (folder / "labels.yaml").write(names.map { $0 + ": a feeling\n" }.joined())
      let trace = folder / "trace.json"
      try succeed([
        "train", "--data", (folder / "data").path, "--labels", (folder / "labels.yaml").path,
        "--without", "descriptions", "--batch-size", "\(utterances)", "--pooling", pooling,
        "--steps", "4", "--quiet",
        "--threads", "1", "--output", (folder / "run").path, "--profile", trace.path,
      ])
      let log = try (folder / "run/metrics.jsonl").text
      let expected = utterances * tokens + labels * 3
      #expect(log.contains("\"tokens\":\(expected),"))
      return try Self.works(JSONDecoder().decode([Event].self, from: Data(contentsOf: trace)))
    }
    #expect(works.count == 2)
    for work in works {
      let onlyFirst = pooling == "first"
      #expect(
        work["sgemm"] == Self.products(utterances, tokens, onlyFirst)
          + Self.products(labels, 3, onlyFirst))
      let attention =
        Self.attention(utterances, tokens, onlyFirst) + Self.attention(labels, 3, onlyFirst)
      #expect(work["attention"] == attention && work["attention backward"] == 2 * attention)
    }
  }

  /// The work of the kernels in each step.
  private static func works(_ events: [Event]) -> [[String: Int]] {
    events.filter { $0.name == "step" }.map { step in
      events.filter { $0.ts.map(step.range.contains) ?? false }.reduce(into: [:]) {
        if let work = $1.args?.work { $0[$1.name, default: 0] += work }
      }
    }
  }

  /// Products of so many sequences with the nano encoder, forward and twice that backward.
  private static func products(_ count: Int, _ length: Int, _ onlyFirst: Bool) -> Int {
    let (size, inner, output, tokens) = (64, 128, 128, count * length)
    let layer = 2 * (4 * size * size + 2 * size * inner)
    let keysAndValues = 2 * 2 * size * size
    let last =
      onlyFirst ? tokens * keysAndValues + count * (layer - keysAndValues) : tokens * layer
    let head = 2 * (size * size + size * output)
    return 3 * (tokens * layer + last + count * head)
  }

  /// Attention forward: all queries in the first layer, all or the first token's in the last.
  private static func attention(_ count: Int, _ length: Int, _ onlyFirst: Bool) -> Int {
    4 * 64 * count * (length * length + (onlyFirst ? length : length * length))
  }

  @Test func aPlanHasARowForEveryPowerOfTwo() throws {
    let outcome = try succeed(["plan", "--ranks", "12", "--measured-steps", "1"])
    let tables = outcome.output.components(separatedBy: "\n\n").map { table in
      table.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
    }
    let rows = tables[0]
    #expect(rows.map { $0[0] } == ["1", "2", "4", "8", "12"])
    #expect(tables.count == 2 && tables[1].map { $0[0] } == rows.map { $0[0] })
    for row in tables[1] {
      let megabytes = row.dropFirst().compactMap { Double($0) }
      #expect(megabytes.count == 9 && megabytes.allSatisfy { $0 > 0 })
      #expect(abs(megabytes[..<7].reduce(0, +) - megabytes[7]) < 0.5)
    }
    #expect(rows.map { $0[1] } == ["8", "8", "8", "8", "16"])
    #expect(rows[0].contains("100"))
    let efficiencies = rows.compactMap { Double($0[8]) }
    let idle = rows.compactMap { Double($0[$0.count - 2]) }
    #expect(idle.count == 5 && idle[0] == 0 && idle[..<4].allSatisfy { (0...20).contains($0) })
    // Twelve ranks with sixteen shards: eight have one, four have two.
    #expect(idle[4] > 20)
    #expect(efficiencies.count == 5 && efficiencies.allSatisfy { $0 > 0 && $0 <= 100 })
  }

  /// A model of eight billion parameters, of which nothing but the shape is here.
  @Test func aShapeWillDo() throws {
    try withTemporaryFolder { folder in
      let model = try SmallLlama.folder(in: folder)
      try FileManager.default.removeItem(at: model / "model.safetensors")
      let file = model / "config.json"
      var fields = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
      fields["num_hidden_layers"] = 32
      fields["hidden_size"] = 4096
      fields["intermediate_size"] = 14336
      fields["num_attention_heads"] = 32
      fields["num_key_value_heads"] = 8
      fields["head_dim"] = 128
      fields["vocab_size"] = 128_256
      try JSONSerialization.data(withJSONObject: fields).write(to: file)
      let options = ["plan", "--model", model.path, "--adapter", "lora", "--ranks", "64"]
      let outcome = try succeed(options + ["--objective", "linear", "--batch-size", "64"])
      #expect(
        outcome.errors.contains(
          "note: \(model.path) has no weights: steps are not measured, but predicted from "))
      #expect(
        outcome.errors.contains(#/ [\d.e+]+ GFLOP a step at the [\d.]+ GFLOP/s that products/#))
      #expect(
        outcome.output.contains(
          "\nbesides, once a host: 15009.8 MB of weights that stay in their file, mapped\n"))
      #expect(outcome.output.contains("\n   64      64 "))
      let train = try taco(["train", "--model", model.path])
      #expect(train.status == 65 && train.errors.contains("model.safetensors: no such file."))
      try FileManager.default.removeItem(at: file)
      #expect(try taco(options).status == 65)
    }
  }

  @Test(arguments: [["--ranks", "0"], ["--bandwidth", "0"], ["--latency", "-1"]])
  func badNumbersAreRefused(options: [String]) throws {
    #expect(try taco(["plan"] + options).status == 64)
  }
}
