internal import Foundation
public import Tensors

/// The encoder's forward pass once more, in double precision and in plain loops: what the gradients of
/// `EncoderPass` are checked against.
///
/// It goes through one sequence at a time and shares with `EncoderPass` the parameters' places and the
/// dropout decisions, nothing else.
public struct PreciseEncoder: Sendable {
  private let encoder: Encoder
  private let dropout: DropoutKeys?
  private var configuration: EncoderConfiguration { encoder.configuration }

  /// A forward pass with the given dropout decisions, or none.
  public init(_ encoder: Encoder, dropout: DropoutKeys?) {
    self.encoder = encoder
    self.dropout = dropout
  }

  /// What the first layer is given for a sequence.
  ///
  /// - Parameters:
  ///   - tokens: The sequence.
  ///   - second: Where its tokens of type 1 begin; nil where all have type 0.
  ///   - row: Its row in the global batch, which keys its dropout.
  ///   - parameters: All parameters.
  /// - Returns: `[T, C]`.
  public func embed(
    _ tokens: [Int32], second: Int? = nil, row: Int, _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    let slots = encoder.parameters
    let table = parameters[slots.tokenEmbeddings]
    let added = slots.addedTokenEmbeddings.map { parameters[$0] }
    let positions = slots.positions.map { parameters[$0] }
    let types = slots.types.map { parameters[$0] }
    var sum = DoubleMatrix(rows: tokens.count, columns: configuration.embeddingSize)
    for (position, token) in tokens.enumerated() {
      var tokenRow = table.row(min(Int(token), table.rows - 1))
      if let added, Int(token) >= table.rows { tokenRow = added.row(Int(token) - table.rows) }
      let place = positions?.row(configuration.firstPosition + position)
      let type = types?.row(position < second ?? tokens.count ? 0 : 1)
      for column in 0..<sum.columns {
        sum[position, column] =
          tokenRow[tokenRow.startIndex + column] + (place.map { $0[$0.startIndex + column] } ?? 0)
          + (type.map { $0[$0.startIndex + column] } ?? 0)
      }
    }
    var result = normalized(sum, slots.embeddingNorm, parameters)
    let site = dropout?.site(
      .embeddings, layer: configuration.layerCount, rate: configuration.hiddenDropout)
    site.apply(to: &result, row: row)
    return slots.projection.map { linear(result, $0, row: row, parameters) } ?? result
  }

  /// A layer's output for a sequence.
  ///
  /// - Parameters:
  ///   - index: The layer.
  ///   - input: The output of the layer before, `[T, C]`.
  ///   - reads: The positions whose last states are wanted beside the pooled row.
  ///   - row: The sequence's row in the global batch.
  ///   - parameters: All parameters.
  /// - Returns: `[T, C]`, or the rows of the first token and of those that are read where only they are needed.
  public func layer(
    _ index: Int, _ input: DoubleMatrix, reads: [Int] = [], row: Int,
    _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    let slots = encoder.parameters.layers[index]
    let places =
      !encoder.givesOneRow(layer: index)
      ? Array(0..<input.rows)
      : encoder.pooling == .last ? [input.rows - 1] : [0] + reads
    func site(_ place: DropoutKeys.Place, _ rate: Double) -> DropoutSite? {
      dropout?.site(place, layer: index, rate: rate)
    }
    let all = normalized(input, slots.attentionInputNorm, parameters)
    let context = attend(
      linear(all, slots.queryKeyValue, row: row, parameters), places, row: row,
      site(.attentionWeights, configuration.attentionDropout), parameters)
    var attention = linear(context, slots.attentionOutput, row: row, at: places, parameters)
    site(.attentionOutput, configuration.hiddenDropout).apply(
      to: &attention, row: row, places)
    attention.add(input.picked(places))
    attention = normalized(attention, slots.attentionNorm, parameters)

    let inner = activated(
      linear(
        normalized(attention, slots.feedForwardInputNorm, parameters), slots.intermediate, row: row,
        at: places, parameters))
    var output = linear(inner, slots.output, row: row, at: places, parameters)
    site(.output, configuration.hiddenDropout).apply(to: &output, row: row, places)
    output.add(attention)
    return normalized(output, slots.outputNorm, parameters)
  }

  /// One row of a sequence's last hidden states, `[C]`.
  public func pool(_ hidden: DoubleMatrix) -> [Double] {
    guard encoder.pooling == .mean else { return Array(hidden.row(0)) }
    return (0..<hidden.columns).map { column in
      (0..<hidden.rows).reduce(0) { $0 + hidden[$1, column] } / Double(hidden.rows)
    }
  }

  /// The last states of the tokens that are read, `[reads, C]`.
  public func read(_ hidden: DoubleMatrix, _ reads: [Int]) -> DoubleMatrix {
    hidden.picked(encoder.pooling == .mean ? reads : reads.indices.map { 1 + $0 })
  }

  /// GELU, or SiLU of the first half times the second.
  private func activated(_ inner: DoubleMatrix) -> DoubleMatrix {
    switch configuration.parts.feedForward {
    case .gelu:
      var result = inner
      for index in result.values.indices {
        let x = result.values[index]
        result.values[index] = 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
      }
      return result
    case .gated:
      let columns = inner.columns / 2
      var result = DoubleMatrix(rows: inner.rows, columns: columns)
      for row in 0..<inner.rows {
        for column in 0..<columns {
          let gate = inner[row, column]
          result[row, column] = gate / (1 + exp(-gate)) * inner[row, columns + column]
        }
      }
      return result
    }
  }

  /// softmax(Q K' / sqrt(size) + bias) V, head by head, of the stacked projections
  /// `[T, (heads + 2 keyHeads) * size]`; the queries are the rows at `places`.
  private func attend(
    _ stacked: DoubleMatrix, _ places: [Int], row: Int, _ site: DropoutSite?,
    _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    let (count, queries, size) = (stacked.rows, places.count, configuration.headSize)
    let bias = encoder.parameters.relativeBias.map { parameters[$0] }
    let centre = encoder.relativeBuckets.count / 2
    let group = configuration.headCount / configuration.keyHeadCount
    var context = DoubleMatrix(rows: queries, columns: configuration.querySize)
    for head in 0..<configuration.headCount {
      let shared = configuration.querySize + head / group * size
      let q = rotated(stacked.columns(head * size, count: size)).picked(places)
      let k = rotated(stacked.columns(shared, count: size))
      let v = stacked.columns(shared + configuration.keySize, count: size)
      var weights = q.timesTranspose(of: k, scale: 1 / Double(size).squareRoot())
      if let bias {
        for query in 0..<queries {
          for key in 0..<count {
            weights[query, key] += bias[encoder.relativeBuckets[centre + key - places[query]], head]
          }
        }
      }
      for query in 0..<queries {
        let all = weights.range(ofRow: query)
        let seen = configuration.parts.isCausal ? places[query] + 1 : count
        let range = all.lowerBound..<all.lowerBound + seen
        let largest = weights.values[range].max() ?? 0
        for index in range { weights.values[index] = exp(weights.values[index] - largest) }
        let sum = weights.values[range].reduce(0, +)
        for index in range { weights.values[index] /= sum }
        for index in range.upperBound..<all.upperBound { weights.values[index] = 0 }
      }
      if let site {
        let factors = site.factors(row: row, line: head, count: queries * count)
        for index in factors.indices { weights.values[index] *= factors[index] }
      }
      let result = weights.times(v)
      for query in 0..<queries {
        for column in 0..<size { context[query, head * size + column] = result[query, column] }
      }
    }
    return context
  }

  /// One head's rows, turned by the angles of their positions.
  private func rotated(_ head: DoubleMatrix) -> DoubleMatrix {
    guard let rotary = configuration.parts.rotary else { return head }
    let frequencies = rotary.frequencies(headSize: head.columns)
    let half = frequencies.count
    var result = head
    for position in 0..<head.rows {
      for (index, frequency) in frequencies.enumerated() {
        let angle = Double(Float(position) * frequency)
        let (x, y) = (head[position, index], head[position, half + index])
        result[position, index] = x * cos(angle) - y * sin(angle)
        result[position, half + index] = y * cos(angle) + x * sin(angle)
      }
    }
    return result
  }

  /// A product with its adapters; `places` are the rows' positions, all from the first on where none are given.
  private func linear(
    _ input: DoubleMatrix, _ slots: EncoderParameters.Linear, row: Int, at places: [Int]? = nil,
    _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    let weight = parameters[slots.weight]
    var result = input.linear(
      weight,
      bias: slots.bias.map { parameters[$0] }
        ?? DoubleMatrix(rows: weight.rows, columns: 1))
    for adapter in slots.adapters {
      var dropped = input
      dropout?.site(of: adapter).apply(to: &dropped, row: row, places)
      let low = dropped.timesTranspose(of: parameters[adapter.down], scale: Double(adapter.scale))
      let change = low.timesTranspose(of: parameters[adapter.up], scale: 1)
      for row in 0..<result.rows {
        for column in 0..<change.columns {
          result[row, adapter.outputs.lowerBound + column] += change[row, column]
        }
      }
    }
    return result
  }

  private func normalized(
    _ input: DoubleMatrix, _ norm: EncoderParameters.Norm?, _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    guard let norm else { return input }
    let weight = parameters[norm.weight]
    let bias = norm.bias.map { parameters[$0] }
    var result = input
    for row in 0..<input.rows {
      let values = input.row(row)
      let mean = norm.kind == .layer ? values.reduce(0, +) / Double(input.columns) : 0
      let variance =
        values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(input.columns)
      let rstd = 1 / (variance + configuration.normEpsilon).squareRoot()
      for column in 0..<input.columns {
        result[row, column] =
          (input[row, column] - mean) * rstd * weight.values[column] + (bias?.values[column] ?? 0)
      }
    }
    return result
  }
}

extension DropoutSite? {
  /// Drops elements of a sequence's hidden states, whose rows have these positions, or all from the first on.
  fileprivate func apply(to hidden: inout DoubleMatrix, row: Int, _ places: [Int]? = nil) {
    guard let site = self else { return }
    for index in 0..<hidden.rows {
      let factors = site.factors(
        row: row, line: places?[index] ?? index, count: hidden.columns)
      for column in factors.indices { hidden[index, column] *= factors[column] }
    }
  }
}

extension DoubleMatrix {
  /// Some rows, in the order given.
  fileprivate func picked(_ places: [Int]) -> DoubleMatrix {
    DoubleMatrix(rows: places.count, columns: columns, values: places.flatMap { row($0) })
  }
}
