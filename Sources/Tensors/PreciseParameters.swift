/// A model's parameters in double precision, which can be moved one by one and moved back.
public struct PreciseParameters: Sendable {
  private let starts: [Int]
  private var tensors: [DoubleMatrix]
  /// Of those outside the buffer, by their places.
  private let frozen: [Int: DoubleMatrix]

  /// The values of a layout, cut where its slots are.
  public init(_ values: ParameterValues, _ layout: ParameterLayout) {
    starts = layout.slots.map(\.offset)
    tensors = layout.slots.map {
      DoubleMatrix(
        rows: $0.rows, columns: $0.columns, floats: $0.vector(in: values.buffer).array)
    }
    let workspace = Workspace()
    frozen = Dictionary(
      uniqueKeysWithValues: layout.frozenSlots.map { slot in
        workspace.withScratch {
          let floats =
            slot.columns == 1
            ? values.vector(slot).array : values.matrix(slot, workspace).vector.array
          return (slot.offset, DoubleMatrix(rows: slot.rows, columns: slot.columns, floats: floats))
        }
      })
  }

  /// The parameter of a slot, `[rows, columns]`.
  public subscript(_ slot: ParameterSlot) -> DoubleMatrix {
    if slot.isFrozen, let matrix = frozen[slot.offset] { return matrix }
    return tensors[starts.lastIndex(notAbove: slot.offset)]
  }

  /// One float's value, by its place in the flat buffer.
  public subscript(_ offset: Int) -> Double {
    get {
      let index = starts.lastIndex(notAbove: offset)
      return tensors[index].values[offset - starts[index]]
    }
    set {
      let index = starts.lastIndex(notAbove: offset)
      tensors[index].values[offset - starts[index]] = newValue
    }
  }
}

extension [Int] {
  /// The place of the last number that is not above another one, in ascending numbers of which the first is not.
  func lastIndex(notAbove number: Int) -> Int {
    var (low, high) = (0, count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if self[middle] <= number { low = middle } else { high = middle }
    }
    return low
  }
}
