public import Foundation

/// Changes files in the ways that break readers; the same seed gives the same files.
public struct Mutation: Sendable {
  private var state: UInt64

  /// A sequence of mutations.
  public init(seed: UInt64) { state = seed }

  /// SplitMix64.
  private mutating func next(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(max(bound, 1)))
  }

  private static let words = [
    "\"", "\"\"", "\\", "\\u", "\\ud800", "{", "}", "[", "]", ",", ":", "\n", "\r", "\r\n", "\t",
    "\0",
    "-1", "0", "1e999", "-0.0", "NaN", "null", "true", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "16777215", "4294967295", "1e308", "0.5",
    "\u{FEFF}",
    "\u{1F600}", "*a", "&a ", "- ", "? ", "!!binary ", "<<: ", "---\n", "|\n", "%YAML 9.9\n",
    "__metadata__",
    String(repeating: "[", count: 2000), String(repeating: "{\"a\":", count: 500),
    String(repeating: "a", count: 5000), String(repeating: "- ", count: 1500),
  ].map { Array($0.utf8) }

  /// A changed copy: one to four changes of bits, bytes, stretches, numbers or length.
  ///
  /// - Parameter original: A file that a reader takes, or nearly takes.
  /// - Returns: Another file.
  public mutating func callAsFunction(_ original: Data) -> Data {
    var bytes = [UInt8](original)
    for _ in 0...next(4) { change(&bytes) }
    return Data(bytes)
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = next(bytes.count + 1)
    let length = min(next(8) == 0 ? next(200) : next(12), bytes.count - place)
    switch next(9) {
    case 0: if place < bytes.count { bytes[place] ^= 1 << UInt8(next(8)) }
    case 1: if place < bytes.count { bytes[place] = UInt8(next(256)) }
    case 2: bytes.removeSubrange(place..<place + length)
    case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: next(bytes.count + 1))
    case 4: bytes.insert(contentsOf: Self.words[next(Self.words.count)], at: place)
    case 5: bytes.replaceSubrange(place..<place + length, with: Self.words[next(Self.words.count)])
    case 6: bytes.removeSubrange(place...)
    case 7: replaceNumber(in: &bytes, after: place)
    default: bytes.insert(contentsOf: (0..<next(20)).map { _ in UInt8(next(256)) }, at: place)
    }
  }

  /// Numbers are where sizes stand.
  private mutating func replaceNumber(in bytes: inout [UInt8], after place: Int) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    let numbers = [
      "0", "-1", "1", "7", "255", "65536", "1000000", "16777216", "2147483648", "9999999999",
      "9223372036854775807", "99999999999999999999", "1.5", "1e9",
    ]
    bytes.replaceSubrange(start..<end, with: Array(numbers[next(numbers.count)].utf8))
  }
}
