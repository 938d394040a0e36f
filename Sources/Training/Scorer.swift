public import Distribution
internal import Encoders
public import Objectives
public import Tensors

/// Embeds sequences without training, spread over ranks and threads.
///
/// The packs are a function of the sequences alone, so the embeddings are the same, bit for bit, at any
/// number of ranks and threads. Every rank calls the same methods in the same order.
public struct Scorer<Ranks: Collectives> {
  private let model: TacoModel
  private let ranks: Ranks
  private let threads: Int
  private let precision: ProductPrecision
  /// The tokens that a thread scores together.
  static var tokensPerPack: Int { 1024 }

  /// A scorer with the model's present parameters.
  public init(
    _ model: TacoModel, threads: Int, precision: ProductPrecision = .float32, ranks: Ranks
  ) {
    self.model = model
    self.ranks = ranks
    self.threads = max(1, threads)
    self.precision = precision
  }

  /// What a tower's network gives for sequences, `[n, d]`, in their order, on every rank; collective.
  ///
  /// - Parameters:
  ///   - sequences: The token ids; none where the objective has no such tower.
  ///   - rows: Whose sequences they are.
  /// - Returns: `[n, d]`.
  /// - Throws: What the ranks' exchange throws.
  public func embed(_ sequences: [[Int32]], _ rows: Tower.Rows) throws -> DoubleMatrix {
    guard let index = model.objective.towers.firstIndex(where: { $0.rows == rows }) else {
      precondition(sequences.isEmpty, "sequences of a tower that the objective does not have")
      return DoubleMatrix(rows: 0, columns: model.outputSize)
    }
    let (head, columns) = (model.heads.networks[index], model.heads.outputSizes[index])
    let packs = pack(sequences)
    let own = packs.indices.filter { $0 % ranks.size == ranks.rank }
    let results = own.map { _ in PackResult() }
    let (model, precision) = (model, precision)
    let workspaces = Workspace.make(threads: threads, shards: own.count)
    concurrently(workspaces.count) { thread in
      let (memory, workspace) = (Arena(), workspaces[thread])
      for index in stride(from: thread, to: own.count, by: workspaces.count) {
        let rows = packs[own[index]]
        let pass = EncoderPass(
          model.encoder, PackedSequences(rows.map { sequences[$0] }, rows: rows),
          model.values, dropout: nil, memory: memory)
        let embeddings = HeadPass(
          head, pass.infer(precision: precision, workspace), parameters: model.parameters,
          memory: memory, workspace)
        results[index].values = embeddings.output.vector.array
        memory.reset()
        workspace.reset()
      }
    }
    return try gather(
      results.flatMap(\.values), packs, count: sequences.count, columns: columns)
  }

  /// Sequences of about equal length together, longest first.
  private func pack(_ sequences: [[Int32]]) -> [[Int]] {
    let order = sequences.indices.sorted {
      (sequences[$1].count, $0) < (sequences[$0].count, $1)
    }
    var packs: [[Int]] = []
    var tokens = Self.tokensPerPack
    for index in order {
      if tokens + sequences[index].count > Self.tokensPerPack {
        packs.append([])
        tokens = 0
      }
      packs[packs.count - 1].append(index)
      tokens += sequences[index].count
    }
    return packs
  }

  private func gather(
    _ own: [Float], _ packs: [[Int]], count: Int, columns size: Int
  ) throws -> DoubleMatrix {
    let order = (0..<ranks.size).map { rank in
      packs.indices.filter { $0 % ranks.size == rank }.flatMap { packs[$0] }
    }
    var all = [Float](repeating: 0, count: count * size)
    try own.withUnsafeBufferPointer { values in
      try all.withUnsafeMutableBufferPointer { result in
        try ranks.allGather(values, counts: order.map { $0.count * size }, into: result)
      }
    }
    var result = DoubleMatrix(rows: count, columns: size)
    for (source, target) in order.joined().enumerated() {
      for column in 0..<size {
        result.values[target * size + column] = Double(all[source * size + column])
      }
    }
    return result
  }

  /// What a thread found for one pack.
  private final class PackResult: @unchecked Sendable {
    var values: [Float] = []
  }
}
