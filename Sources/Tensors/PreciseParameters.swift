/// A model's parameters in double precision, which can be moved one by one and moved back.
public struct PreciseParameters: Sendable {
  private let starts: [Int]
  private var tensors: [DoubleMatrix]

  /// The values of a flat buffer, cut where the slots of its layout are.
  public init(_ parameters: Vector, _ layout: ParameterLayout) {
    starts = layout.slots.map(\.offset)
    tensors = layout.slots.map {
      DoubleMatrix(
        rows: $0.rows, columns: $0.columns, floats: $0.vector(in: parameters).array)
    }
  }

  /// The parameter of a slot, `[rows, columns]`.
  public subscript(_ slot: ParameterSlot) -> DoubleMatrix { tensors[index(of: slot.offset)] }

  /// One float's value, by its place in the flat buffer.
  public subscript(_ offset: Int) -> Double {
    get {
      let index = index(of: offset)
      return tensors[index].values[offset - starts[index]]
    }
    set {
      let index = index(of: offset)
      tensors[index].values[offset - starts[index]] = newValue
    }
  }

  /// The last slot that starts at or before a place.
  private func index(of offset: Int) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }
}
