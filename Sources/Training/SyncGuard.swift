internal import Distribution
internal import Encoders
internal import Tensors

/// A rank whose numbers are not those of the others; found before the update, by all ranks alike.
public struct DesyncError: Error, CustomStringConvertible, Sendable {
  /// The number of the step, from 1.
  public let step: Int
  /// What differs: the first tensor, the batch or the model.
  public let name: String
  /// The rank that has other bits than most.
  public let rank: Int
  /// Whether the rank's own last update left other bits there, rather than other ranks having them.
  public let isOwn: Bool

  /// The message.
  public var description: String {
    let what = isOwn ? "what its last update left there" : "the same as on the other ranks"
    return
      "step \(step): \(name) on rank \(rank) is not \(what). All ranks stopped before the update. "
      + "Go on from the last checkpoint with --resume; if it comes again on the same host, check that "
      + "host's memory, and that all hosts run the same program on the same data."
  }
}

// What every rank has must have the same bits everywhere: the batch, the weights and, when nothing is
// divided, the moments. What one rank alone has, its moments and its rows of the token embeddings, must still be what its last
// update wrote.
extension TrainingStep {
  private func isGuarded(_ step: Int) -> Bool {
    ranks.size > 1 && resources.guardInterval > 0 && step % resources.guardInterval == 0
  }

  /// Compares the ranks, every so many steps; collective.
  ///
  /// - Parameters:
  ///   - batch: The step's batch.
  ///   - step: Its number, from 0.
  /// - Throws: `DesyncError` on all ranks.
  func requireSync(_ batch: StepBatch, step: Int) throws {
    guard isGuarded(step) else { return }
    try compare([("the model", model.layout.digest), ("the batch", batch.digest)], step)
    try compare(sharedState.map { ($0, Digest($1).value) }, step)
    let state = ownState
    let damaged = ownDigests.flatMap { digests in
      state.indices.first { state[$0].digest != digests[$0] }
    }
    let codes = try gatherAll([damaged.map { Double(state[$0].code) } ?? -1])
    ownDigests = nil
    for (rank, code) in codes.enumerated() where code[0] >= 0 {
      throw DesyncError(step: step + 1, name: stateName(Int(code[0])), rank: rank, isOwn: true)
    }
  }

  /// Notes after an update what the next step will compare.
  func noteOwnState(before step: Int) {
    guard isGuarded(step) else { return }
    ownDigests = ownState.map(\.digest)
  }

  private func compare(_ items: [(name: String, digest: Double)], _ step: Int) throws {
    let all = try gatherAll(items.map(\.digest))
    for (index, item) in items.enumerated() {
      guard let rank = odd(all.map { $0[index] }) else { continue }
      throw DesyncError(step: step + 1, name: item.name, rank: rank, isOwn: false)
    }
  }

  /// The first rank whose value is not the most frequent one; of two equally frequent, the one of the
  /// lower rank counts.
  private func odd(_ values: [Double]) -> Int? {
    let counts = values.map { value in values.count { $0 == value } }
    let usual = values[counts.firstIndex(of: counts.max() ?? 0) ?? 0]
    return values.firstIndex { $0 != usual }
  }

  private func gatherAll(_ values: [Double]) throws -> [[Double]] {
    var all = [Double](repeating: 0, count: values.count * ranks.size)
    try values.withUnsafeBufferPointer { values in
      try all.withUnsafeMutableBufferPointer { result in
        try ranks.allGather(
          values, counts: [Int](repeating: values.count, count: ranks.size), into: result)
      }
    }
    return (0..<ranks.size).map { Array(all[$0 * values.count..<($0 + 1) * values.count]) }
  }

  /// What every rank has.
  private var sharedState: [(name: String, values: Vector)] {
    let isDivided = partition.count > 1
    var state = model.layout.entries.compactMap { entry in
      model.isTokenTable(entry) && model.trainsTokenTable && isDivided
        ? nil : (entry.name, model.parameters[entry.range])
    }
    if !isDivided {
      state += optimizer.state.map { (stateName($0.code), $0.values) }
    }
    return state
  }

  /// What this rank alone has.
  private var ownState: [(code: Int, digest: Double)] {
    guard partition.count > 1 else { return [] }
    var digest = Digest()
    for row in optimizer.table?.ownValues ?? [] { digest.add(row) }
    return optimizer.state.map { ($0.code, Digest($0.values).value) } + [
      (2 * model.layout.entries.count, digest.value)
    ]
  }

  /// What `Optimizer.state`'s codes mean.
  private func stateName(_ code: Int) -> String {
    guard code < 2 * model.layout.entries.count else {
      return "a row of the token embeddings"
    }
    let entry = model.layout.entries[code / 2]
    return "the \(code % 2 == 0 ? "first" : "second") moment of \(entry.name)"
  }
}

extension StepBatch {
  /// A fingerprint of all tokens and labels.
  fileprivate var digest: Double {
    var digest = Digest()
    for sequence in sequences {
      for token in sequence { digest.add(UInt64(bitPattern: Int64(token))) }
      digest.add(.max)
    }
    for target in targets { digest.add(UInt64(target)) }
    for pair in pairs {
      digest.add(UInt64(pair.second) << 1 | (pair.matches ? 1 : 0))
      for (position, token) in zip(pair.hidden, pair.originals) {
        digest.add(UInt64(position) << 32 | UInt64(UInt32(bitPattern: token)))
      }
    }
    return digest.value
  }
}

extension ParameterLayout {
  /// A fingerprint of all names and shapes.
  fileprivate var digest: Double {
    var digest = Digest()
    for entry in entries {
      for byte in entry.name.utf8 { digest.add(UInt64(byte)) }
      for length in entry.shape { digest.add(UInt64(length)) }
    }
    return digest.value
  }
}
