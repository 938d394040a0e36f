/// Splits rows that come without a split of their own, 80 : 10 : 10, always in the same way.
///
/// A row's place depends on its text alone: the order of files and rows does not matter. The training
/// seed does not either, so that runs with different seeds are judged by the same rows.
enum KeyedSplit {
  /// Any number; another one would give another split.
  private static let key: UInt64 = 0x7461_636F_2D64_6973

  /// The rows of the three splits, each in ascending order.
  ///
  /// Rows of which `isPreferred` is true are held out first: those that people labelled.
  static func parts(
    of texts: [String], isPreferred: [Bool]
  ) -> (train: [Int], validation: [Int], test: [Int]) {
    let ranks = texts.map { rank($0) }
    let order = texts.indices.sorted {
      isPreferred[$0] != isPreferred[$1]
        ? isPreferred[$0] : (ranks[$0], $0) < (ranks[$1], $1)
    }
    let share = texts.count / 10
    return (
      order[(2 * share)...].sorted(), order[share..<(2 * share)].sorted(), order[..<share].sorted()
    )
  }

  /// FNV-1a over the bytes, then the finalizer of splitmix64.
  private static func rank(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash ^= key
    hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
    return hash ^ hash >> 31
  }
}
