/// Memory for numbers of half the size, to send them: bfloat16, the upper half of a float.
public final class BFloat16Storage: @unchecked Sendable {
  /// The numbers' bits.
  public let buffer: UnsafeMutableBufferPointer<UInt16>

  /// Allocates `count` numbers, all zero.
  public init(count: Int) {
    buffer = .allocate(capacity: count)
    buffer.initialize(repeating: 0)
  }

  deinit { buffer.deallocate() }
}

/// Rounds floats to the nearest bfloat16, ties to even; a NaN stays one.
///
/// - Parameters:
///   - values: The floats, `[n]`.
///   - result: Receives their upper halves, `[n]`.
public func narrow(_ values: Vector, into result: UnsafeMutableBufferPointer<UInt16>) {
  precondition(result.count == values.count, "\(values.count) floats into \(result.count)")
  kernels.narrow(values, into: result)
}

/// Turns bfloat16 into the float of the same value.
///
/// - Parameters:
///   - values: Their bits, `[n]`.
///   - result: Receives the floats, `[n]`.
public func widen(_ values: UnsafeBufferPointer<UInt16>, into result: Vector) {
  precondition(result.count == values.count, "\(values.count) numbers into \(result.count)")
  kernels.widen(values, into: result)
}

extension Matrix {
  /// Neighbours of a row together as bfloat16, `[m, k / 2]`: for products over the columns, of which there
  /// are an even number.
  func pairs(_ workspace: Workspace) -> Matrix {
    let result = workspace.matrix(rows, columns / 2)
    workspace.team.split(rows) { rows in
      for row in rows {
        let place = UnsafeMutableRawPointer(result.row(row).pointer)
          .assumingMemoryBound(to: UInt16.self)
        kernels.narrow(
          self.row(row), into: UnsafeMutableBufferPointer(start: place, count: columns))
      }
    }
    return result
  }
}
