/// The element types of a safetensors file, by their names there.
public enum TensorType: String, CaseIterable, Sendable {
  /// 64-bit IEEE float.
  case float64 = "F64"
  /// 32-bit IEEE float.
  case float32 = "F32"
  /// 16-bit IEEE float.
  case float16 = "F16"
  /// The upper half of a 32-bit IEEE float.
  case bfloat16 = "BF16"
  /// 64-bit signed integer.
  case int64 = "I64"
  /// 32-bit signed integer.
  case int32 = "I32"
  /// 16-bit signed integer.
  case int16 = "I16"
  /// 8-bit signed integer.
  case int8 = "I8"
  /// 8-bit unsigned integer.
  case uint8 = "U8"
  /// One byte, 0 or 1.
  case boolean = "BOOL"

  /// The bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .boolean: 1
    }
  }

  /// The bytes of a tensor; nil when a dimension is negative or the product overflows.
  func byteCount(of shape: [Int]) -> Int? {
    var total = byteCount
    for dimension in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else { return nil }
      total = product
    }
    return total
  }
}

/// A Swift scalar that a safetensors file can hold.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// Its type in the file.
  static var tensorType: TensorType { get }
}

extension Double: TensorElement {
  /// `F64`.
  public static var tensorType: TensorType { .float64 }
}

extension Float: TensorElement {
  /// `F32`.
  public static var tensorType: TensorType { .float32 }
}

extension Int64: TensorElement {
  /// `I64`.
  public static var tensorType: TensorType { .int64 }
}

extension Int32: TensorElement {
  /// `I32`.
  public static var tensorType: TensorType { .int32 }
}

extension UInt8: TensorElement {
  /// `U8`.
  public static var tensorType: TensorType { .uint8 }
}
