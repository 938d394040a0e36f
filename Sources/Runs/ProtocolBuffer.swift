internal import Foundation

/// The few kinds of protocol-buffer fields that event files have.
package struct ProtocolBuffer {
  private(set) var bytes = Data()

  mutating func add(_ field: Int, _ value: Double) {
    addVarint(UInt64(field << 3 | 1))
    bytes.appendLittleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: Float) {
    addVarint(UInt64(field << 3 | 5))
    bytes.appendLittleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: UInt64) {
    addVarint(UInt64(field << 3))
    addVarint(value)
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Data(text.utf8)) }

  mutating func add(_ field: Int, _ message: Data) {
    addVarint(UInt64(field << 3 | 2))
    addVarint(UInt64(message.count))
    bytes += message
  }

  private mutating func addVarint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  /// A field as it stands in a message; numbers in `value`, everything else in `bytes`.
  struct Field {
    let number: Int
    var value: UInt64 = 0
    var bytes = Data()
  }

  /// The fields up to the first that cannot be read.
  static func fields(of message: Data) -> [Field] {
    var rest = message[...]
    func varint() -> UInt64? {
      var (value, shift) = (UInt64(0), UInt64(0))
      while let byte = rest.popFirst() {
        guard shift < 64 else { return nil }
        value |= UInt64(byte & 0x7F) << shift
        if byte & 0x80 == 0 { return value }
        shift += 7
      }
      return nil
    }
    var fields: [Field] = []
    while let key = varint() {
      var field = Field(number: Int(truncatingIfNeeded: key >> 3))
      let size: Int
      switch key & 7 {
      case 0:
        guard let value = varint() else { return fields }
        field.value = value
        size = 0
      case 1: size = 8
      case 2:
        guard let count = varint(), count <= UInt64(rest.count) else { return fields }
        size = Int(count)
      case 5: size = 4
      default: return fields
      }
      guard size <= rest.count else { return fields }
      field.bytes = Data(rest.prefix(size))
      rest = rest.dropFirst(size)
      fields.append(field)
    }
    return fields
  }
}

extension Data {
  /// Appends a number, its lowest byte first.
  mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    var value = value.littleEndian
    Swift.withUnsafeBytes(of: &value) { append(contentsOf: $0) }
  }

  /// The number that these bytes are.
  func littleEndian<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type) -> T {
    var value: T = 0
    for byte in reversed() { value = value << 8 | T(byte) }
    return value
  }
}

/// The checksum of TFRecords: CRC-32C (Castagnoli), turned and shifted so that a checksum of bytes with
/// checksums in them is no weaker.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(index)
    for _ in 0..<8 {
      let half = value >> 1
      value = value & 1 == 1 ? half ^ 0x82F6_3B78 : half
    }
    return value
  }

  static func checksum(_ bytes: Data) -> UInt32 {
    var value = ~UInt32(0)
    for byte in bytes {
      let index = Int((value ^ UInt32(byte)) & 0xFF)
      value = table[index] ^ (value >> 8)
    }
    return ~value
  }

  static func masked(_ bytes: Data) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
