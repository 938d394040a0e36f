public import Foundation

/// Collects tensors and writes them as one safetensors file.
///
/// Tensors stand in the file in the order in which they were added, metadata sorted by name: equal
/// content gives equal bytes. Data is read only while `write` runs and is not copied before.
public struct SafetensorsWriter {
  /// Appends the next bytes of a tensor to the file.
  public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private struct Entry {
    let name: String
    let type: TensorType
    let shape: [Int]
    let byteCount: Int
    let produce: (Sink) throws -> Void
  }

  private let metadata: [String: String]
  private var entries: [Entry] = []
  private var names: Set<String> = [Header.metadataName]

  /// Begins an empty file.
  ///
  /// - Parameter metadata: Free text for `__metadata__`.
  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Adds a tensor from an array, which is kept until the file is written.
  ///
  /// - Parameters:
  ///   - name: A name that is not yet taken.
  ///   - shape: The dimensions, outermost first.
  ///   - values: The elements, row-major, as many as the shape says.
  /// - Throws: `SafetensorsError`.
  public mutating func add<T: TensorElement>(
    _ name: String, shape: [Int], values: [T]
  ) throws {
    let byteCount = values.count * MemoryLayout<T>.stride
    guard T.tensorType.byteCount(of: shape) == byteCount else {
      let expected = T.tensorType.byteCount(of: shape) ?? 0
      throw SafetensorsError(
        path: "",
        reason: .sizeMismatch(tensor: name, shape: shape, expected: expected, found: byteCount))
    }
    try add(name, shape: shape, type: T.tensorType) { sink in
      try values.withUnsafeBytes(sink)
    }
  }

  /// Adds a tensor whose bytes are produced while the file is written.
  ///
  /// - Parameters:
  ///   - name: A name that is not yet taken.
  ///   - shape: The dimensions, outermost first.
  ///   - type: The elements' type.
  ///   - produce: Hands the bytes, little-endian and row-major, to the sink, in one piece or in several.
  /// - Throws: `SafetensorsError`.
  public mutating func add(
    _ name: String, shape: [Int], type: TensorType, produce: @escaping (Sink) throws -> Void
  ) throws {
    guard let byteCount = type.byteCount(of: shape) else {
      throw SafetensorsError(path: "", reason: .shapeOverflow(tensor: name, shape: shape))
    }
    guard names.insert(name).inserted else {
      throw SafetensorsError(path: "", reason: .duplicateName(name))
    }
    entries.append(
      Entry(name: name, type: type, shape: shape, byteCount: byteCount, produce: produce))
  }

  /// Writes the file beside its place, then moves it there: it is never seen half written.
  ///
  /// - Parameter url: The file, replaced when it exists; its folder must exist.
  /// - Throws: `SafetensorsError`, and what a tensor's `produce` throws.
  public func write(to url: URL) throws {
    let path = url.path
    let header = try header(path: path)
    try AtomicFile.write(to: path) { file in
      try header.withUnsafeBytes(file.append)
      for entry in entries {
        var found = 0
        try entry.produce { bytes in
          found += bytes.count
          try file.append(bytes)
        }
        guard found == entry.byteCount else {
          let reason = SafetensorsError.Reason.sizeMismatch(
            tensor: entry.name, shape: entry.shape, expected: entry.byteCount, found: found)
          throw SafetensorsError(path: path, reason: reason)
        }
      }
    }
  }

  /// The length and the JSON, padded with blanks so that the data starts at a multiple of 8.
  private func header(path: String) throws -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map {
        "\(quoted($0.key)):\(quoted($0.value))"
      }
      members.append("\(quoted(Header.metadataName)):{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for entry in entries {
      let (end, overflow) = offset.addingReportingOverflow(entry.byteCount)
      guard !overflow else {
        let reason = SafetensorsError.Reason.shapeOverflow(tensor: entry.name, shape: entry.shape)
        throw SafetensorsError(path: path, reason: reason)
      }
      let shape = entry.shape.map { String($0) }.joined(separator: ",")
      members.append(
        """
        \(quoted(entry.name)):{"dtype":"\(entry.type.rawValue)","shape":[\(shape)],\
        "data_offsets":[\(offset),\(end)]}
        """)
      offset = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8))
    guard text.count <= Header.maximumByteCount else {
      throw SafetensorsError(path: path, reason: .headerTooLarge(UInt64(text.count)))
    }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\0"..<" ":
        let code = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
