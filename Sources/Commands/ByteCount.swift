import ArgumentParser
import Settings

/// An amount of memory on the command line: a number of bytes, or one with K, M, G or T.
struct ByteCount: Equatable {
  /// The number of bytes.
  let bytes: Int

  /// Reads an amount.
  ///
  /// - Throws: `ValidationError` for what is none.
  static func parse(_ argument: String) throws -> ByteCount {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    let unit = argument.last.flatMap { units[Character($0.uppercased())] }
    let number = try? RealNumber.parse(unit == nil ? argument : String(argument.dropLast()))
    guard let number, let bytes = Int(exactly: (number * Double(unit ?? 1)).rounded()), bytes > 0
    else { throw ValidationError("give a positive number of bytes, such as 500M or 2G.") }
    return ByteCount(bytes: bytes)
  }
}
