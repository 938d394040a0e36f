public import Distribution
internal import Objectives
internal import Tensors
public import Training

/// Whether a step's gradients are what they should be: the same bits as one rank alone computes, and
/// the slopes of the loss.
///
/// The slopes are central differences of a second forward pass, in double precision and in plain
/// loops (`PreciseStep`), with the step's dropout and clusters: of every tensor some entries, the
/// largest and random ones, and all entries together along random signs.
public struct GradientCheck: Sendable {
  /// What was found about one tensor.
  public struct Line: Sendable {
    /// The parameter's name.
    public let name: String
    /// The entries that were compared one by one.
    public let entries: Int
    /// The worst deviation from the slopes, relative to the tensor's largest entry; where that is 0 by
    /// structure (a key's bias), to the largest of all.
    public let deviation: Double
    /// Whether all bits are those of one rank alone.
    public let isEqual: Bool
  }

  /// All parameters.
  public let lines: [Line]
  /// The step's loss.
  public let loss: Double
  /// The names of its parts: an objective may have others in other steps.
  public let terms: [String]
  /// The loss in double precision.
  public let preciseLoss: Double
  /// The largest deviation that passes.
  public let tolerance: Double

  /// Whether everything agrees.
  public var passes: Bool { failures.isEmpty && lossDeviation <= tolerance }
  /// The tensors that do not.
  public var failures: [Line] { lines.filter { !$0.isEqual || !($0.deviation <= tolerance) } }
  /// The relative difference of the losses.
  public var lossDeviation: Double { abs(loss - preciseLoss) / max(abs(preciseLoss), 1e-3) }

  /// Checks the first step on a batch; collective.
  ///
  /// The model is not changed. The ranks share the work.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - settings: The run's settings.
  ///   - batch: The same on all ranks.
  ///   - entries: How many entries of every tensor to compare.
  ///   - tolerance: The largest deviation that passes.
  ///   - resources: What this rank may use.
  ///   - ranks: All ranks.
  ///   - progress: Is told how many of this rank's tensors are done, and of how many.
  /// - Throws: What the step throws.
  public init(
    _ model: TacoModel, _ settings: TrainingSettings, _ batch: StepBatch, entries: Int,
    tolerance: Double, resources: Resources, ranks: some Collectives,
    progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws {
    try self.init(
      model, settings, batch, entries: entries, tolerance: tolerance, resources: resources,
      ranks: ranks, progress: progress, damage: { _ in })
  }

  /// The check with a chance to spoil the gradients first, for its own test.
  init(
    _ model: TacoModel, _ settings: TrainingSettings, _ batch: StepBatch, entries: Int,
    tolerance: Double, resources: Resources, ranks: some Collectives,
    progress: (_ done: Int, _ all: Int) -> Void = { _, _ in },
    damage: (inout [TensorGradient]) -> Void
  ) throws {
    var (found, report, perturbed) = try Self.gradients(model, settings, batch, resources, ranks)
    damage(&found)
    var equal = [Double](repeating: 1, count: found.count)
    if ranks.rank == 0 {
      let (alone, other, _) = try Self.gradients(
        model, settings, batch, Resources(threads: 1), SingleRank())
      let sameLoss = report.objective.total.bitPattern == other.objective.total.bitPattern
      equal = zip(found, alone).map { sameLoss && $0.hasBits(of: $1) ? 1 : 0 }
    }
    equal = try ranks.join(ranks.rank == 0 ? equal : []) { $0 == 0 ? found.count : 0 }

    var passes = [
      try PreciseStep(
        model, settings, batch, step: 0, as: report.objective, threads: resources.threads)
    ]
    if let perturbed {
      passes.append(
        try PreciseStep(
          model, settings, batch, step: 0, pass: 1, as: perturbed.result, moved: perturbed.moved,
          threads: resources.threads))
    }
    let samples = found.enumerated().map {
      $1.samples(entries, seed: settings.seed, stream: UInt32($0))
    }
    // Tensor by tensor the ranks take turns.
    let own = Array(stride(from: ranks.rank, to: found.count, by: ranks.size))
    let slopes = try ranks.join(
      own.enumerated().flatMap { done, tensor in
        progress(done, own.count)
        return try Self.slopes(of: found[tensor], samples[tensor], passes)
      }
    ) { rank in
      stride(from: rank, to: found.count, by: ranks.size).reduce(0) { $0 + samples[$1].count + 1 }
    }
    let largest = found.reduce(0) { max($0, $1.largest) }
    var lines = [Line?](repeating: nil, count: found.count)
    var next = slopes[...]
    for rank in 0..<ranks.size {
      for index in stride(from: rank, to: found.count, by: ranks.size) {
        let count = samples[index].count
        lines[index] = Line(
          name: found[index].entry.name, entries: count,
          deviation: found[index].deviation(
            from: Array(next.prefix(count + 1)), at: samples[index], largest: largest),
          isEqual: equal[index] == 1)
        next = next.dropFirst(count + 1)
      }
    }
    self.lines = lines.compactMap { $0 }
    loss = report.objective.total
    terms = report.objective.terms.filter { $0.weight != 0 }.map(\.name)
    preciseLoss = passes.reduce(0) { $0 + $1.loss }
    self.tolerance = tolerance
  }

  private static func gradients(
    _ model: TacoModel, _ settings: TrainingSettings, _ batch: StepBatch, _ resources: Resources,
    _ ranks: some Collectives
  ) throws -> ([TensorGradient], StepReport, PerturbedPass?) {
    let training = TrainingStep(model, settings, resources: resources, ranks: ranks)
    let gradients = try training.computeGradients(batch, step: 0)
    var all: [TensorGradient] = []
    try training.forEachGradient(gradients) { all.append($0) }
    return (all, gradients.report, gradients.perturbed)
  }

  /// The slopes of the passes' sum by some entries and, last, along the random signs of all.
  private static func slopes(
    of gradient: TensorGradient, _ samples: [Int], _ passes: [PreciseStep]
  ) throws -> [Double] {
    func slope(along direction: [(offset: Int, amount: Double)]) throws -> Double {
      try passes.reduce(0) { $0 + (try $1.slope(along: direction)) }
    }
    let single = try samples.map { try slope(along: [(gradient.offset(of: $0), 1)]) }
    let signs = gradient.signs
    let all = gradient.values.indices.map { (gradient.offset(of: $0), signs[$0]) }
    return single + [try slope(along: all)]
  }
}

extension TensorGradient {
  /// The largest magnitude.
  fileprivate var largest: Double { values.reduce(0) { max($0, Double(abs($1))) } }

  fileprivate func hasBits(of other: TensorGradient) -> Bool {
    entry.name == other.entry.name
      && values.map(\.bitPattern) == other.values.map(\.bitPattern)
  }

  /// A sign for every value: half of them minus.
  fileprivate var signs: [Double] {
    let random = KeyedRandom(seed: UInt64(entry.offset), purpose: .sampling)
    return values.indices.map { random.uniform(UInt64($0)) < 0.5 ? -1 : 1 }
  }

  /// The indices of the largest values and of random ones, half and half.
  fileprivate func samples(_ count: Int, seed: UInt64, stream: UInt32) -> [Int] {
    let count = min(count, values.count)
    var chosen: [Int] = []
    while chosen.count < (count + 1) / 2 {
      var best: Int?
      for index in values.indices where !chosen.contains(index) {
        if best.map({ abs(values[index]) > abs(values[$0]) }) ?? true { best = index }
      }
      chosen.append(best ?? 0)
    }
    let random = KeyedRandom(seed: seed, purpose: .sampling, stream: stream)
    var draw: UInt64 = 0
    while chosen.count < count {
      let index = Int(random.uniform(draw) * Double(values.count))
      if !chosen.contains(index) { chosen.append(index) }
      draw += 1
    }
    return chosen
  }

  /// The worst relative difference to slopes: of the samples and, last, along the signs.
  fileprivate func deviation(
    from slopes: [Double], at samples: [Int], largest: Double
  ) -> Double {
    let signs = signs
    var (alongSigns, squares) = (0.0, 0.0)
    for (value, sign) in zip(values, signs) {
      alongSigns += Double(value) * sign
      squares += Double(value) * Double(value)
    }
    let single = zip(samples, slopes).map { (Double(values[$0]), $1) }
    let last = slopes[samples.count]
    var scale = single.reduce(self.largest) { max($0, abs($1.1)) }
    var norm = max(squares.squareRoot(), abs(last))
    // float32's noise in what is 0 by structure has no scale of its own.
    if max(scale, abs(last)) < 1e-6 * largest { (scale, norm) = (largest, largest) }
    let differences =
      single.map { abs($0.0 - $0.1) / scale } + [abs(alongSigns - last) / norm]
    return differences.reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
  }
}

extension Collectives {
  /// The ranks' numbers one after the other, on every rank; collective.
  fileprivate func join(_ own: [Double], count: (Int) -> Int) throws -> [Double] {
    let counts = (0..<size).map(count)
    var all = [Double](repeating: 0, count: counts.reduce(0, +))
    try own.withUnsafeBufferPointer { values in
      try all.withUnsafeMutableBufferPointer { result in
        try allGather(values, counts: counts, into: result)
      }
    }
    return all
  }
}
