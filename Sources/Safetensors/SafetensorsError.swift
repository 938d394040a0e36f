/// A safetensors file that cannot be read, or written.
public struct SafetensorsError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The file's path; empty before a writer knows it.
  public let path: String
  /// What is wrong.
  public let reason: Reason

  /// One line: the file, what was found in it, and what to do.
  public var description: String { path.isEmpty ? "\(reason)" : "\(path): \(reason)" }

  /// What can be wrong with a file, in the order in which it is looked at.
  public enum Reason: Error, Equatable, Sendable {
    /// The system refused: what was tried, and its answer.
    case system(String, String)
    /// Fewer than the 8 bytes that hold the header's length.
    case tooShort(bytes: Int)
    /// A header longer than 100,000,000 bytes.
    case headerTooLarge(UInt64)
    /// A header that ends after the file.
    case headerTruncated(header: Int, file: Int)
    /// A header that is not the JSON it must be: where, and what was expected.
    case invalidHeader(offset: Int, String)
    /// Two entries of one name.
    case duplicateName(String)
    /// A tensor's entry without dtype, shape and data_offsets of the right kind.
    case invalidEntry(tensor: String, String)
    /// An element type that is not in `TensorType`.
    case unknownType(tensor: String, String)
    /// A shape whose size in bytes overflows or is negative.
    case shapeOverflow(tensor: String, shape: [Int])
    /// A shape that does not take the bytes its offsets span.
    case sizeMismatch(tensor: String, shape: [Int], expected: Int, found: Int)
    /// Data that does not start where the tensor before it ends.
    case invalidOffsets(tensor: String, start: Int, end: Int, expected: Int)
    /// Data that ends before or after the file does.
    case dataMismatch(expected: Int, found: Int)
    /// A tensor that was asked for and is not there.
    case missingTensor(String)
    /// A tensor whose elements cannot be had as the type that was asked for.
    case wrongType(tensor: String, found: TensorType, wanted: String)
    /// A buffer or array of the wrong length for a tensor.
    case wrongCount(tensor: String, expected: Int, found: Int)
  }
}

extension SafetensorsError.Reason: CustomStringConvertible {
  /// The reason as the second half of a message.
  public var description: String {
    switch self {
    case .system(let action, let answer):
      "cannot \(action): \(answer)"
    case .tooShort(let bytes):
      "\(bytes) bytes are too few for a safetensors file; copy or download it again"
    case .headerTooLarge(let bytes):
      "the header claims \(bytes) bytes, over the limit of 100000000; is this a safetensors file?"
    case .headerTruncated(let header, let file):
      "the header ends at byte \(header), the file at \(file); copy or download it again"
    case .invalidHeader(let offset, let expected):
      "invalid header at byte \(offset): expected \(expected)"
    case .duplicateName(let name):
      "'\(name)' stands twice in the header"
    case .invalidEntry(let tensor, let expected):
      "tensor '\(tensor)': expected \(expected)"
    case .unknownType(let tensor, let type):
      "tensor '\(tensor)' has the unknown type '\(type)'; save it as F32, F16 or BF16"
    case .shapeOverflow(let tensor, let shape):
      "tensor '\(tensor)' of shape \(shape) has no valid size"
    case .sizeMismatch(let tensor, let shape, let expected, let found):
      "tensor '\(tensor)' of shape \(shape) takes \(expected) bytes, its offsets span \(found)"
    case .invalidOffsets(let tensor, let start, let end, let expected):
      "tensor '\(tensor)' has the offsets \(start) to \(end), but must start at \(expected)"
    case .dataMismatch(let expected, let found):
      "the tensors take \(expected) bytes, the file has \(found); copy or download it again"
    case .missingTensor(let name):
      "there is no tensor '\(name)'"
    case .wrongType(let tensor, let found, let wanted):
      "tensor '\(tensor)' holds \(found.rawValue), which cannot be read as \(wanted)"
    case .wrongCount(let tensor, let expected, let found):
      "tensor '\(tensor)' has \(expected) elements, not \(found)"
    }
  }
}
