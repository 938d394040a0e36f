public import Tensors

/// One layer's weights in the order in which matrix products read them: copied once, used for all shards.
public struct PackedLayer: Sendable {
  /// What the products compute.
  public enum Direction: Sendable {
    /// Outputs from inputs, `x W^T`.
    case forward
    /// Gradients of inputs from gradients of outputs, `dy W`.
    case backward

    var operand: Operand { self == .forward ? .transposed : .plain }
  }

  /// Query, key and value: together where all rows are queries, else the queries by themselves.
  enum Projection {
    case joint(PackedLinear)
    case separate(queries: PackedLinear, keysValues: PackedLinear)
  }

  let precision: ProductPrecision
  let queryKeyValue: Projection
  let attentionOutput: PackedLinear
  let intermediate: PackedLinear
  let output: PackedLinear

  init(
    _ slots: EncoderParameters.Layer, _ values: ParameterValues, querySize: Int,
    separateQueries: Bool, _ direction: Direction, _ precision: ProductPrecision,
    _ workspace: Workspace
  ) {
    func pack(_ linear: EncoderParameters.Linear, rows: Range<Int>? = nil) -> PackedLinear {
      PackedLinear(linear, rows: rows, values, direction, precision, workspace)
    }
    self.precision = precision
    let projection = slots.queryKeyValue
    queryKeyValue =
      separateQueries
      ? .separate(
        queries: pack(projection, rows: 0..<querySize),
        keysValues: pack(projection, rows: querySize..<projection.weight.rows))
      : .joint(pack(projection))
    attentionOutput = pack(slots.attentionOutput)
    intermediate = pack(slots.intermediate)
    output = pack(slots.output)
  }
}

extension Encoder {
  /// Whether all that a layer gives is one row of each sequence.
  package func givesOneRow(layer index: Int) -> Bool {
    pooling != .mean && index == configuration.layerCount - 1
  }

  /// The weights of a layer for one direction, for passes of any shards.
  ///
  /// - Parameters:
  ///   - index: The layer.
  ///   - values: All parameters; must not change while the copy is in use.
  ///   - direction: Which products are to come.
  ///   - precision: How they are computed, and backward the gradients of the weights with them.
  ///   - workspace: Its scratch memory holds the copy.
  /// - Returns: The copy.
  public func packed(
    layer index: Int, _ values: ParameterValues, _ direction: PackedLayer.Direction,
    precision: ProductPrecision = .float32, _ workspace: Workspace
  ) -> PackedLayer {
    PackedLayer(
      parameters.layers[index], values, querySize: configuration.querySize,
      separateQueries: givesOneRow(layer: index), direction, precision, workspace)
  }
}
