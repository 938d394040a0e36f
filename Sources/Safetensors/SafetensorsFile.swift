public import Foundation

/// A safetensors file, mapped into memory and validated; tensors are read when they are asked for.
///
/// The file must not change while it is open: writers replace it as a whole, as `SafetensorsWriter` does.
public struct SafetensorsFile: Sendable {
  /// The file's free text, by name.
  public let metadata: [String: String]
  /// The tensors' names, in the order of their data.
  public let names: [String]

  private let file: MappedFile
  private let dataOffset: Int
  private let entries: [String: Header.Entry]

  /// Opens and validates a file; reads the header only.
  ///
  /// - Parameter url: The file.
  /// - Throws: `SafetensorsError`.
  public init(contentsOf url: URL) throws {
    file = try MappedFile(path: url.path)
    do {
      let header = try Header(file.bytes)
      metadata = header.metadata
      names = header.entries.map(\.name)
      dataOffset = header.dataOffset
      // Names that differ in bytes but not to the eye would be one key.
      entries = try Dictionary(header.entries.map { ($0.name, $0) }) { first, _ in
        throw SafetensorsError.Reason.duplicateName(first.name)
      }
    } catch let reason as SafetensorsError.Reason {
      throw SafetensorsError(path: file.path, reason: reason)
    }
  }

  /// The tensor of a name; nil when there is none.
  public subscript(name: String) -> TensorView? {
    entries[name].map { TensorView($0, in: file, dataOffset: dataOffset) }
  }

  /// The tensor of a name.
  ///
  /// - Parameter name: One of `names`.
  /// - Returns: A view that keeps the file mapped.
  /// - Throws: `SafetensorsError` when there is none.
  public func tensor(_ name: String) throws -> TensorView {
    guard let tensor = self[name] else {
      throw SafetensorsError(path: file.path, reason: .missingTensor(name))
    }
    return tensor
  }

  /// A tensor's elements as floats; see `TensorView.floats()`.
  public func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }

  /// A tensor's elements as doubles; see `TensorView.doubles()`.
  public func doubles(_ name: String) throws -> [Double] { try tensor(name).doubles() }

  /// A tensor's elements as integers; see `TensorView.int64s()`.
  public func int64s(_ name: String) throws -> [Int64] { try tensor(name).int64s() }

  /// Copies a tensor's elements; see `TensorView.copyFloats(into:)`.
  public func copyFloats(
    _ name: String, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws {
    try tensor(name).copyFloats(into: buffer)
  }
}
