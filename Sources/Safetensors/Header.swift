internal import JSONText

/// What the head of a safetensors file says, checked against the file's length.
struct Header {
  /// Where one tensor lies.
  struct Entry {
    let name: String
    let type: TensorType
    let shape: [Int]
    /// Byte offsets from the start of the data.
    let range: Range<Int>
  }

  /// Tensors in the order of their data.
  let entries: [Entry]
  let metadata: [String: String]
  /// Where the data starts in the file.
  let dataOffset: Int

  static let metadataName = "__metadata__"
  static let lengthByteCount = 8
  static let maximumByteCount = 100_000_000

  /// Reads and validates: lengths, JSON, then that the tensors cover the data with no gap and no overlap.
  init(_ file: UnsafeRawBufferPointer) throws(SafetensorsError.Reason) {
    guard file.count >= Self.lengthByteCount else { throw .tooShort(bytes: file.count) }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.maximumByteCount) else { throw .headerTooLarge(length) }
    dataOffset = Self.lengthByteCount + Int(length)
    guard dataOffset <= file.count else {
      throw .headerTruncated(header: dataOffset, file: file.count)
    }
    let text = UnsafeRawBufferPointer(rebasing: file[Self.lengthByteCount..<dataOffset])
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    for member in try HeaderText.members(of: text) {
      let name = member.name
      if name == Self.metadataName {
        metadata = try Self.metadata(member.value)
      } else {
        entries.append(try Self.entry(name, member.value))
      }
    }
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    try Self.validate(entries, dataByteCount: file.count - dataOffset)
    self.entries = entries
    self.metadata = metadata
  }

  private static func metadata(
    _ value: JSON
  ) throws(SafetensorsError.Reason) -> [String: String] {
    let expected = SafetensorsError.Reason.invalidEntry(tensor: metadataName, "a map of strings")
    guard case .object(let members) = value else { throw expected }
    var metadata: [String: String] = [:]
    for member in members {
      guard let text = member.value.text else { throw expected }
      metadata[member.name] = text
    }
    return metadata
  }

  private static func entry(
    _ name: String, _ value: JSON
  ) throws(SafetensorsError.Reason) -> Entry {
    func invalid(_ expected: String) -> SafetensorsError.Reason {
      .invalidEntry(tensor: name, expected)
    }
    guard value.members != nil else { throw invalid("an object") }
    guard let typeName = value["dtype"]?.text else { throw invalid("a string 'dtype'") }
    guard let type = TensorType(rawValue: typeName) else {
      throw .unknownType(tensor: name, typeName)
    }
    guard let shape = sizes(value["shape"]) else {
      throw invalid("'shape' to be an array of whole numbers")
    }
    guard let offsets = sizes(value["data_offsets"]), offsets.count == 2 else {
      throw invalid("'data_offsets' to be two whole numbers")
    }
    guard offsets[0] <= offsets[1] else {
      throw .invalidOffsets(
        tensor: name, start: offsets[0], end: offsets[1], expected: offsets[0])
    }
    return Entry(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  private static func sizes(_ value: JSON?) -> [Int]? {
    guard case .array(let elements)? = value else { return nil }
    var sizes: [Int] = []
    for element in elements {
      guard case .integer(let size) = element, size >= 0 else { return nil }
      sizes.append(size)
    }
    return sizes
  }

  private static func validate(
    _ entries: [Entry], dataByteCount: Int
  ) throws(SafetensorsError.Reason) {
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw .invalidOffsets(
          tensor: entry.name, start: entry.range.lowerBound, end: entry.range.upperBound,
          expected: end)
      }
      guard let expected = entry.type.byteCount(of: entry.shape) else {
        throw .shapeOverflow(tensor: entry.name, shape: entry.shape)
      }
      guard expected == entry.range.count else {
        throw .sizeMismatch(
          tensor: entry.name, shape: entry.shape, expected: expected, found: entry.range.count)
      }
      end = entry.range.upperBound
    }
    guard end == dataByteCount else { throw .dataMismatch(expected: end, found: dataByteCount) }
  }
}

extension JSON.Member {
  /// The key as text.
  fileprivate var name: String { String(decoding: key, as: UTF8.self) }
}
