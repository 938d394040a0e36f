internal import Distribution
internal import Encoders
internal import Objectives
internal import Tensors

// The gradient of a model with several encoders is clipped network by network, as their authors do: an encoder and what
// the objective owns under its name by their own norm. A model with one encoder is one network.
extension TrainingStep {
  /// Scales this rank's slices down where a network's gradient is too long; collective with several encoders.
  func clip(_ gradients: SummedGradients) throws {
    guard model.encoders.count > 1, optimizer.rule.gradientClip != nil else {
      return optimizer.clip(gradients)
    }
    let squares = try networkSquares(gradients)
    let factors = squares.map { optimizer.rule.clipFactor(norm: $0.squareRoot()) }
    guard factors.contains(where: { $0 < 1 }) else { return }
    for (index, stage) in model.stages.enumerated() {
      let own = reductions[index].parts[0].slices[partition.rank]
      for piece in pieces(of: stage) where own.contains(piece.range.lowerBound) {
        let place =
          piece.range.lowerBound - own.lowerBound..<piece.range.upperBound - own.lowerBound
        scale(gradients.slices[index][0][place], by: factors[piece.network])
      }
    }
    guard let rows = gradients.ofOwnRows(model, partition) else { return }
    for (index, row) in gradients.touched.rows(ofRank: partition.rank).enumerated() {
      scale(rows.row(index), by: factors[model.encoder(ofRow: row)])
    }
  }

  /// The sum of each network's squares, in an order that no partition over ranks changes; collective.
  private func networkSquares(_ gradients: SummedGradients) throws -> [Double] {
    var sums = [Double](repeating: 0, count: model.encoders.count)
    let count = partition.count
    for (index, stage) in model.stages.enumerated() {
      let slices = reductions[index].parts[0].slices
      let pieces = pieces(of: stage)
      let owners = pieces.map { piece in
        slices.firstIndex { $0.contains(piece.range.lowerBound) } ?? 0
      }
      let start = slices[partition.rank].lowerBound
      let own = zip(pieces, owners).filter { $0.1 == partition.rank }.map { piece, _ in
        sumOfSquares(
          gradients.slices[index][0][
            piece.range.lowerBound - start..<piece.range.upperBound - start])
      }
      let counts = (0..<count).map { rank in owners.count { $0 == rank } }
      // Slices ascend with the ranks, and so do the pieces.
      for (piece, square) in zip(pieces, try gather(own, counts: counts)) {
        sums[piece.network] += square
      }
    }
    guard let rows = gradients.ofOwnRows(model, partition) else { return sums }
    for (row, square) in try squares(of: rows, gradients.touched) {
      sums[model.encoder(ofRow: row)] += square
    }
    return sums
  }

  /// A stage's parameters cut at the ends of chunks, which no slice divides, each with its network.
  private func pieces(of stage: BackwardStage) -> [(range: Range<Int>, network: Int)] {
    let (block, chunk) = (model.block(of: stage), GradientReduction.chunk)
    return model.layout.entries.filter { block.range.contains($0.offset) }.flatMap { entry in
      let network = model.network(of: entry)
      let start = entry.offset - block.range.lowerBound
      let end = start + entry.count
      return stride(from: start / chunk * chunk, to: end, by: chunk).map {
        (max($0, start)..<min($0 + chunk, end), network)
      }
    }
  }
}

extension TacoModel {
  /// The encoder whose parameter it is, or under whose name the objective owns it.
  func network(of entry: ParameterLayout.Entry) -> Int {
    let name = isEncoder(entry) ? entry.name : String(entry.name.drop { $0 != "." }.dropFirst())
    return encoders.lastIndex { name.hasPrefix($0.parameters.prefix) } ?? 0
  }

  /// The encoder whose token embeddings have a row of `tokenTable`.
  func encoder(ofRow row: Int32) -> Int { Int(row) / encoder.parameters.tokenEmbeddings.rows }
}
