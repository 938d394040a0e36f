/// A JSON value that keeps what `JSONSerialization` loses: the order of members, the bytes of strings, the digits.
public enum JSON: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number that fits an `Int` and has no sign or zeros that it does not need.
  case integer(Int)
  /// Any other number, as it was written.
  case decimal([UInt8])
  /// A string: UTF-8, without quotes and escapes.
  case string([UInt8])
  /// A list.
  case array([JSON])
  /// Keys and values in the order of the text; a key may come twice.
  case object([Member])

  /// A key and its value.
  public struct Member: Sendable, Equatable {
    /// The key as UTF-8.
    public var key: [UInt8]
    /// Its value.
    public var value: JSON

    /// A member with a key of text.
    public init(_ key: String, _ value: JSON) { self.init(key: Array(key.utf8), value: value) }

    /// A member with a key of UTF-8.
    public init(key: [UInt8], value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// The value of an object's member, the last one of equal keys; setting nil removes it.
  public subscript(key: String) -> JSON? {
    get { members?.last { $0.key.elementsEqual(key.utf8) }?.value }
    set {
      var members = members ?? []
      let index = members.lastIndex { $0.key.elementsEqual(key.utf8) }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key, value))
      case (nil, nil): break
      }
      self = .object(members)
    }
  }

  /// The members of an object; nil for other values.
  public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
  /// The elements of a list; nil for other values.
  public var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
  /// The UTF-8 of a string; nil for other values.
  public var bytes: [UInt8]? { if case .string(let bytes) = self { bytes } else { nil } }
  /// A string as text; nil for other values.
  public var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
  /// A whole number; nil for other values.
  public var integer: Int? { if case .integer(let integer) = self { integer } else { nil } }
  /// `true` or `false`; nil for other values.
  public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

  /// A number as it was written; nil for other values.
  public var digits: String? {
    switch self {
    case .integer(let integer): "\(integer)"
    case .decimal(let digits): String(decoding: digits, as: UTF8.self)
    default: nil
    }
  }

  /// A string value.
  public static func text(_ text: String) -> JSON { .string(Array(text.utf8)) }
}
