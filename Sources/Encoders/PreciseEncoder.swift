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
  ///   - row: Its row in the global batch, which keys its dropout.
  ///   - parameters: All parameters.
  /// - Returns: `[T, C]`.
  public func embed(_ tokens: [Int32], row: Int, _ parameters: PreciseParameters) -> DoubleMatrix {
    let slots = encoder.parameters
    let (words, positions) = (parameters[slots.words], parameters[slots.positions])
    let type = slots.types.map { parameters[$0].row(0) }
    var sum = DoubleMatrix(rows: tokens.count, columns: configuration.embeddingSize)
    for (position, token) in tokens.enumerated() {
      let word = words.row(Int(token))
      let place = positions.row(configuration.firstPosition + position)
      for column in 0..<sum.columns {
        sum[position, column] =
          word[word.startIndex + column] + place[place.startIndex + column]
          + (type.map { $0[$0.startIndex + column] } ?? 0)
      }
    }
    var result = normalized(sum, slots.embeddingNorm, parameters)
    let site = dropout?.site(
      .embeddings, layer: configuration.layerCount, rate: configuration.hiddenDropout)
    site.apply(to: &result, row: row)
    return slots.projection.map { linear(result, $0, parameters) } ?? result
  }

  /// A layer's output for a sequence.
  ///
  /// - Parameters:
  ///   - index: The layer.
  ///   - input: The output of the layer before, `[T, C]`.
  ///   - row: The sequence's row in the global batch.
  ///   - parameters: All parameters.
  /// - Returns: `[T, C]`, or `[1, C]` where only the first token is needed.
  public func layer(
    _ index: Int, _ input: DoubleMatrix, row: Int, _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    let slots = encoder.parameters.layers[index]
    let onlyFirst = encoder.pooling == .first && index == configuration.layerCount - 1
    let queries = onlyFirst ? input.rows(0..<1) : input
    func site(_ place: DropoutKeys.Place, _ rate: Double) -> DropoutSite? {
      dropout?.site(place, layer: index, rate: rate)
    }
    let context = attend(
      linear(input, slots.queryKeyValue, parameters), queries: queries.rows, row: row,
      site(.attentionWeights, configuration.attentionDropout), parameters)
    var attention = linear(context, slots.attentionOutput, parameters)
    site(.attentionOutput, configuration.hiddenDropout).apply(to: &attention, row: row)
    attention.add(queries)
    attention = normalized(attention, slots.attentionNorm, parameters)

    var inner = linear(attention, slots.intermediate, parameters)
    for index in inner.values.indices {
      let x = inner.values[index]
      inner.values[index] = 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    }
    var output = linear(inner, slots.output, parameters)
    site(.output, configuration.hiddenDropout).apply(to: &output, row: row)
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

  /// softmax(Q K' / sqrt(size) + bias) V, head by head, of the stacked projections `[T, 3C]`.
  private func attend(
    _ stacked: DoubleMatrix, queries: Int, row: Int, _ site: DropoutSite?,
    _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    let (count, size) = (stacked.rows, configuration.headSize)
    let bias = encoder.parameters.relativeBias.map { parameters[$0] }
    let centre = encoder.relativeBuckets.count / 2
    var context = DoubleMatrix(rows: queries, columns: configuration.hiddenSize)
    for head in 0..<configuration.headCount {
      let part = { stacked.columns($0 * configuration.hiddenSize + head * size, count: size) }
      let (q, k, v) = (part(0).rows(0..<queries), part(1), part(2))
      var weights = q.timesTranspose(of: k, scale: 1 / Double(size).squareRoot())
      if let bias {
        for query in 0..<queries {
          for key in 0..<count {
            weights[query, key] += bias[encoder.relativeBuckets[centre + key - query], head]
          }
        }
      }
      for query in 0..<queries {
        let range = weights.range(ofRow: query)
        let largest = weights.values[range].max() ?? 0
        for index in range { weights.values[index] = exp(weights.values[index] - largest) }
        let sum = weights.values[range].reduce(0, +)
        for index in range { weights.values[index] /= sum }
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

  private func linear(
    _ input: DoubleMatrix, _ slots: EncoderParameters.Linear, _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    input.linear(parameters[slots.weight], bias: parameters[slots.bias])
  }

  private func normalized(
    _ input: DoubleMatrix, _ norm: EncoderParameters.Norm, _ parameters: PreciseParameters
  ) -> DoubleMatrix {
    let (weight, bias) = (parameters[norm.weight], parameters[norm.bias])
    var result = input
    for row in 0..<input.rows {
      let values = input.row(row)
      let mean = values.reduce(0, +) / Double(input.columns)
      let variance =
        values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(input.columns)
      let rstd = 1 / (variance + configuration.normEpsilon).squareRoot()
      for column in 0..<input.columns {
        result[row, column] =
          (input[row, column] - mean) * rstd * weight.values[column] + bias.values[column]
      }
    }
    return result
  }
}

extension DropoutSite? {
  /// Drops elements of a sequence's hidden states.
  fileprivate func apply(to hidden: inout DoubleMatrix, row: Int) {
    guard let site = self else { return }
    for position in 0..<hidden.rows {
      let factors = site.factors(row: row, line: position, count: hidden.columns)
      for column in factors.indices { hidden[position, column] *= factors[column] }
    }
  }
}
