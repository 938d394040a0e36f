/// A 53-bit fingerprint of numbers' bits, which a `Double` carries exactly; not for security.
///
/// Each step is a bijection of the state, so that numbers which differ in one place never agree before
/// the last bits are dropped.
public struct Digest: Sendable {
  private var state: UInt64 = 0x243F_6A88_85A3_08D3
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The fingerprint of nothing.
  public init() {}

  /// The fingerprint of some floats.
  public init(_ values: Vector) { add(values) }

  /// Takes in one number.
  public mutating func add(_ value: UInt64) {
    state = (state ^ value) &* Self.factor
    state ^= state >> 29
  }

  /// Takes in the bits of floats; four chains at a time, since each multiplication waits for the last.
  public mutating func add(_ values: Vector) {
    let pairs = values.count / 8 * 4
    values.pointer.withMemoryRebound(to: UInt64.self, capacity: max(pairs, 1)) { words in
      var (a, b, c, d) = (state, ~state, state &+ 1, state &- 1)
      for index in stride(from: 0, to: pairs, by: 4) {
        a = (a ^ words[index]) &* Self.factor
        b = (b ^ words[index + 1]) &* Self.factor
        c = (c ^ words[index + 2]) &* Self.factor
        d = (d ^ words[index + 3]) &* Self.factor
      }
      for chain in [a, b, c, d] { add(chain ^ chain >> 32) }
    }
    for index in pairs * 2..<values.count { add(UInt64(values.pointer[index].bitPattern)) }
    add(UInt64(values.count))
  }

  /// The fingerprint, a whole number below 2^53.
  public var value: Double { Double((state ^ state >> 32) >> 11) }
}
