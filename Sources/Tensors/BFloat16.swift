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

/// Rounds floats to the nearest bfloat16, ties to even; a number that is none stays none.
///
/// - Parameters:
///   - values: The floats, `[n]`.
///   - result: Receives their upper halves, `[n]`.
public func narrow(_ values: Vector, into result: UnsafeMutableBufferPointer<UInt16>) {
  precondition(result.count == values.count, "\(values.count) floats into \(result.count)")
  for index in 0..<values.count {
    let value = values.pointer[index]
    let bits = value.bitPattern
    let rounded = bits &+ 0x7FFF &+ (bits >> 16 & 1)
    result[index] = UInt16(truncatingIfNeeded: (value == value ? rounded : bits | 0x40_0000) >> 16)
  }
}

/// Turns bfloat16 into the float of the same value.
///
/// - Parameters:
///   - values: Their bits, `[n]`.
///   - result: Receives the floats, `[n]`.
public func widen(_ values: UnsafeBufferPointer<UInt16>, into result: Vector) {
  precondition(result.count == values.count, "\(values.count) numbers into \(result.count)")
  for index in 0..<values.count {
    result.pointer[index] = Float(bitPattern: UInt32(values[index]) << 16)
  }
}
