/// Learned scale and shift of a layer normalisation, `[C]` each.
public struct NormParameters: Sendable {
  /// The scale, called weight in PyTorch.
  public let weight: Vector
  /// The shift.
  public let bias: Vector
  /// Added to the variance.
  public let epsilon: Float

  /// The parameters of one layer normalisation.
  public init(weight: Vector, bias: Vector, epsilon: Float) {
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }
}
