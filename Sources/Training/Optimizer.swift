internal import Distribution
internal import Encoders
internal import Objectives
internal import Tensors

/// AdamW over all stages, its state divided over the ranks.
///
/// Each rank keeps the moments of its slices, updates those and passes the new values on; a table of which steps touch
/// few rows is a ``RowTable``.
final class Optimizer {
  private let model: TacoModel
  let rule: AdamW
  /// What updates parameters with a rule of their own: they have no decay.
  private let ownRule: AdamW
  private let threads: Int
  private let partition: Partition
  private var rank: Int { partition.rank }
  private var ranks: Int { partition.count }
  private var moments: [Int: AdamWMoments] = [:]
  /// The token embeddings; nil where they are not trained.
  let table: RowTable?

  init(_ model: TacoModel, rule: AdamW, threads: Int, partition: Partition) {
    self.model = model
    self.rule = rule
    ownRule = AdamW(variant: .torch, weightDecay: 0)
    self.threads = threads
    self.partition = partition
    table =
      model.trainsTokenTable
      ? RowTable(
        model.tokenTable, in: model.parameters, rule: rule, threads: threads, partition: partition)
      : nil
  }

  /// Scales this rank's slices down where the whole gradient is too long.
  func clip(_ gradients: SummedGradients) {
    let factor = rule.clipFactor(norm: gradients.report.gradientNorm)
    guard factor < 1 else { return }
    for slice in gradients.slices.joined() { scale(slice, by: factor) }
  }

  /// Updates this rank's slice of a block.
  ///
  /// - Parameters:
  ///   - block: The block in the flat buffer.
  ///   - slice: The part of it that this rank keeps.
  ///   - gradient: The slice's gradient.
  ///   - step: The number of this update, from 1.
  ///   - rate: The learning rate.
  func update(
    _ block: ParameterLayout.Block, slice: Range<Int>, gradient: Vector, step: Int, rate: Double
  ) {
    guard !block.range.isEmpty else { return }
    let start = block.range.lowerBound
    let values = model.parameters[start + slice.lowerBound..<start + slice.upperBound]
    let state = moments(of: start, count: slice.count)
    let threads = threads
    let groups = model.groups(of: block).map { group in
      (
        // Counted from the slice's start.
        range: group.range.clamped(to: slice).shifted(by: -slice.lowerBound),
        rule: group.rule == nil ? rule : ownRule, rate: group.rule?.rate(at: step - 1) ?? rate
      )
    }
    concurrently(threads) { thread in
      let span = Profile.begin("AdamW")
      defer { span.end() }
      for group in groups {
        let part = part(of: slice.count, thread, threads).clamped(to: group.range)
        guard !part.isEmpty else { continue }
        group.rule.update(
          values[part], gradient: gradient[part], first: state.first.vector[part],
          second: state.second.vector[part], step: step, learningRate: group.rate)
      }
    }
  }

  /// What this rank keeps: tensor by tensor the first (code 2 i, of the i-th parameter) and the second
  /// moments (code 2 i + 1).
  var state: [(code: Int, values: Vector)] {
    blocks.flatMap { block -> [(code: Int, values: Vector)] in
      let start = block.range.lowerBound
      if let table, start == table.slot.offset {
        guard let moments = table.knownMoments,
          let index = model.layout.entries.firstIndex(where: { $0.offset == start })
        else { return [] }
        return [(2 * index, moments[.first]), (2 * index + 1, moments[.second])]
      }
      guard let moments = moments[start] else { return [] }
      let slice = GradientReduction.slices(of: block.range.count, ranks: ranks)[rank]
      return model.layout.entries.enumerated().flatMap {
        index, entry -> [(code: Int, values: Vector)] in
        guard block.range.contains(entry.offset) else { return [] }
        let part = slice.clamped(to: entry.offset - start..<entry.range.upperBound - start)
        let place = part.shifted(by: -slice.lowerBound)
        guard !place.isEmpty else { return [] }
        return [(2 * index, moments[.first][place]), (2 * index + 1, moments[.second][place])]
      }
    }
  }

  /// The trained blocks: frozen ones have no moments.
  private var blocks: [ParameterLayout.Block] {
    model.layout.blocks.filter {
      !$0.range.isEmpty && model.trained.contains($0.range.lowerBound)
    }
  }

  /// Brings all moments to rank 0, in the order of the trained parameters; collective.
  ///
  /// - Parameters:
  ///   - first: Receives the first moments on rank 0, `[trained.count]`; nil elsewhere.
  ///   - second: Receives the second moments on rank 0; nil elsewhere.
  ///   - collectives: The ranks.
  /// - Throws: What the exchange throws.
  func gather(first: Vector?, second: Vector?, _ collectives: some Collectives) throws {
    for block in blocks {
      let start = block.range.lowerBound
      let place = block.range.shifted(by: -model.trained.lowerBound)
      for (part, all) in [(AdamWMoments.Part.first, first), (.second, second)] {
        let target = all.map { $0[place] }
        if let table, start == table.slot.offset {
          try table.gather(part, into: target?[0..<table.slot.count], collectives)
          continue
        }
        let counts = GradientReduction.slices(of: block.range.count, ranks: ranks).map(\.count)
        let own = moments(of: start, count: counts[rank])[part]
        guard ranks > 1 else {
          target?.copy(from: own)
          continue
        }
        try collectives.gather(
          UnsafeBufferPointer(own.buffer), counts: counts,
          into: target?.buffer ?? UnsafeMutableBufferPointer(start: nil, count: 0), to: 0)
      }
    }
  }

  /// Takes this rank's moments out of all moments, `[trained.count]`.
  func restore(_ all: Vector, _ part: AdamWMoments.Part) {
    for block in blocks {
      let start = block.range.lowerBound
      let values = all[block.range.shifted(by: -model.trained.lowerBound)]
      if let table, start == table.slot.offset {
        table.restore(part, from: values[0..<table.slot.count])
      } else {
        let slice = GradientReduction.slices(of: block.range.count, ranks: ranks)[rank]
        moments(of: start, count: slice.count)[part].copy(from: values[slice])
      }
    }
  }

  private func moments(of start: Int, count: Int) -> AdamWMoments {
    if let known = moments[start] { return known }
    let new = AdamWMoments(count: count)
    moments[start] = new
    return new
  }
}

extension Range<Int> {
  fileprivate func shifted(by distance: Int) -> Range<Int> {
    lowerBound + distance..<upperBound + distance
  }
}
