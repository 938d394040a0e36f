import ArgumentParser

/// An amount of memory on the command line: a number of bytes, or one with K, M, G or T.
struct ByteCount: ExpressibleByArgument, Equatable {
  /// The number of bytes.
  let bytes: Int

  init?(argument: String) {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    let unit = argument.last.flatMap { units[Character($0.uppercased())] }
    guard let number = Double(unit == nil ? argument : String(argument.dropLast())),
      let bytes = Int(exactly: (number * Double(unit ?? 1)).rounded()), bytes > 0
    else { return nil }
    self.bytes = bytes
  }
}
