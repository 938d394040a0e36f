/// One tensor of an open file.
public struct TensorView: Sendable {
  /// The tensor's name.
  public let name: String
  /// The elements' type in the file.
  public let type: TensorType
  /// The dimensions, outermost first; empty for a scalar.
  public let shape: [Int]

  private let file: MappedFile
  private let range: Range<Int>

  init(_ entry: Header.Entry, in file: MappedFile, dataOffset: Int) {
    name = entry.name
    type = entry.type
    shape = entry.shape
    self.file = file
    range = dataOffset + entry.range.lowerBound..<dataOffset + entry.range.upperBound
  }

  /// The number of elements.
  public var count: Int { range.count / type.byteCount }

  /// Gives access to the mapped bytes, which need not be aligned.
  ///
  /// - Parameter body: Must not let the pointer escape.
  /// - Returns: What `body` returns.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
  }

  /// The elements of a floating-point tensor, rounded to nearest where it is `F64`.
  ///
  /// - Throws: `SafetensorsError` for other types.
  public func floats() throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      try copyFloats(into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  /// Copies the elements of a floating-point tensor, rounded to nearest where it is `F64`.
  ///
  /// - Parameter buffer: `[count]`, filled.
  /// - Throws: `SafetensorsError` for other types and other counts.
  public func copyFloats(into buffer: UnsafeMutableBufferPointer<Float>) throws {
    guard buffer.count == count else {
      throw error(.wrongCount(tensor: name, expected: count, found: buffer.count))
    }
    switch type {
    case .float32: withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
    case .float64: convert(Double.self, into: buffer) { Float($0) }
    case .float16: convert(UInt16.self, into: buffer) { Float(Float16(bitPattern: $0)) }
    case .bfloat16: convert(UInt16.self, into: buffer) { Float(bitPattern: UInt32($0) << 16) }
    default: throw error(.wrongType(tensor: name, found: type, wanted: "floating-point numbers"))
    }
  }

  /// The elements of a floating-point tensor, exactly.
  ///
  /// - Throws: `SafetensorsError` for other types.
  public func doubles() throws -> [Double] {
    guard type == .float64 else { return try floats().map { Double($0) } }
    return elements(Double.self) { $0 }
  }

  /// The elements of an integer or boolean tensor.
  ///
  /// - Throws: `SafetensorsError` for other types.
  public func int64s() throws -> [Int64] {
    switch type {
    case .int64: elements(Int64.self) { $0 }
    case .int32: elements(Int32.self) { Int64($0) }
    case .int16: elements(Int16.self) { Int64($0) }
    case .int8: elements(Int8.self) { Int64($0) }
    case .uint8, .boolean: elements(UInt8.self) { Int64($0) }
    default: throw error(.wrongType(tensor: name, found: type, wanted: "integers"))
    }
  }

  private func elements<Stored: BitwiseCopyable, Element>(
    _ stored: Stored.Type, _ body: (Stored) -> Element
  ) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      convert(stored, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]), body)
      initialized = count
    }
  }

  private func convert<Stored: BitwiseCopyable, Element>(
    _ stored: Stored.Type, into buffer: UnsafeMutableBufferPointer<Element>,
    _ body: (Stored) -> Element
  ) {
    withUnsafeBytes { bytes in
      for index in buffer.indices {
        let value = bytes.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Stored>.stride, as: Stored.self)
        buffer.initializeElement(at: index, to: body(value))
      }
    }
  }

  private func error(_ reason: SafetensorsError.Reason) -> SafetensorsError {
    SafetensorsError(path: file.path, reason: reason)
  }
}
