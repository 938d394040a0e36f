internal import Encoders
public import Tensors
internal import TripleView

/// The two towers of the model.
public enum Tower: Sendable {
  /// Utterances.
  case instance
  /// Labels.
  case label
}

/// Embeds sequences without training, spread over ranks and threads.
///
/// The packs are a function of the sequences alone, so the embeddings are the same, bit for bit, at any
/// number of ranks and threads. Every rank calls the same methods in the same order.
public struct Scorer<Ranks: Collectives> {
  private let model: TacoModel
  private let ranks: Ranks
  private let threads: Int
  private let precision: ProductPrecision
  private let tokensPerPack = 1024

  /// A scorer with the model's present parameters.
  public init(
    _ model: TacoModel, threads: Int, precision: ProductPrecision = .float32, ranks: Ranks
  ) {
    self.model = model
    self.ranks = ranks
    self.threads = max(1, threads)
    self.precision = precision
  }

  /// What the heads give for sequences, `[n, d]`, in their order, on every rank; collective.
  public func embed(_ sequences: [[Int32]], _ tower: Tower) throws -> DoubleMatrix {
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
          parameters: model.parameters, dropout: nil, memory: memory)
        let head = tower == .instance ? model.heads.instance : model.heads.label
        let embeddings = HeadPass(
          head, pass.infer(precision: precision, workspace), parameters: model.parameters,
          memory: memory, workspace)
        results[index].values = embeddings.output.vector.array
        memory.reset()
        workspace.reset()
      }
    }
    return try gather(results.flatMap(\.values), packs, count: sequences.count)
  }

  /// The scores of equation 2, `[n, E]`, on every rank; collective.
  ///
  /// - Parameters:
  ///   - utterances: The utterances' sequences.
  ///   - labels: The labels' embeddings, `[E, d]`; none with a linear head.
  /// - Returns: `[n, E]`.
  /// - Throws: What the ranks' exchange throws.
  public func scores(_ utterances: [[Int32]], labels: DoubleMatrix) throws -> DoubleMatrix {
    model.heads.scores(try embed(utterances, .instance), labels: labels)
  }

  /// Sequences of about equal length together, longest first.
  private func pack(_ sequences: [[Int32]]) -> [[Int]] {
    let order = sequences.indices.sorted {
      (sequences[$1].count, $0) < (sequences[$0].count, $1)
    }
    var packs: [[Int]] = []
    var tokens = tokensPerPack
    for index in order {
      if tokens + sequences[index].count > tokensPerPack {
        packs.append([])
        tokens = 0
      }
      packs[packs.count - 1].append(index)
      tokens += sequences[index].count
    }
    return packs
  }

  private func gather(_ own: [Float], _ packs: [[Int]], count: Int) throws -> DoubleMatrix {
    let size = model.heads.outputSize
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
