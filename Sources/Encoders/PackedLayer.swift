public import Tensors

/// One layer's weights in the order in which matrix products read them: copied once, used for all shards.
public struct PackedLayer: Sendable {
  /// What the products compute.
  public enum Direction: Sendable {
    /// Outputs from inputs, `x W^T`.
    case forward
    /// Gradients of inputs from gradients of outputs, `dy W`.
    case backward

    fileprivate var operand: Operand { self == .forward ? .transposed : .plain }
  }

  /// Query, key and value: together where all rows are queries, else the queries by themselves.
  enum Projection {
    case joint(PackedOperand)
    case separate(queries: PackedOperand, keysValues: PackedOperand)
  }

  let precision: ProductPrecision
  let queryKeyValue: Projection
  let attentionOutput: PackedOperand
  let intermediate: PackedOperand
  let output: PackedOperand

  init(
    _ slots: EncoderParameters.Layer, in parameters: Vector, separateQueries: Bool,
    _ direction: Direction, _ precision: ProductPrecision, _ workspace: Workspace
  ) {
    func pack(_ matrix: Matrix) -> PackedOperand {
      PackedOperand(
        matrix, direction.operand, precision: precision, memory: workspace.scratch,
        team: workspace.team)
    }
    self.precision = precision
    let projection = slots.queryKeyValue.weight.matrix(in: parameters)
    let size = projection.columns
    queryKeyValue =
      separateQueries
      ? .separate(
        queries: pack(projection.rows(0..<size)),
        keysValues: pack(projection.rows(size..<3 * size)))
      : .joint(pack(projection))
    attentionOutput = pack(slots.attentionOutput.weight.matrix(in: parameters))
    intermediate = pack(slots.intermediate.weight.matrix(in: parameters))
    output = pack(slots.output.weight.matrix(in: parameters))
  }
}

extension Encoder {
  /// Whether all that a layer gives is each sequence's first row.
  func givesOnlyFirst(layer index: Int) -> Bool {
    pooling == .first && index == configuration.layerCount - 1
  }

  /// The weights of a layer for one direction, for passes of any shards.
  ///
  /// - Parameters:
  ///   - index: The layer.
  ///   - parameters: The flat buffer of all parameters; must not change while the copy is in use.
  ///   - direction: Which products are to come.
  ///   - precision: How they are computed, and backward the gradients of the weights with them.
  ///   - workspace: Its scratch memory holds the copy.
  /// - Returns: The copy.
  public func packed(
    layer index: Int, parameters: Vector, _ direction: PackedLayer.Direction,
    precision: ProductPrecision = .float32, _ workspace: Workspace
  ) -> PackedLayer {
    PackedLayer(
      self.parameters.layers[index], in: parameters, separateQueries: givesOnlyFirst(layer: index),
      direction, precision, workspace)
  }
}
