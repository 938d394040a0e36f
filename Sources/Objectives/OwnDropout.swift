public import Tensors

/// Dropout in layers that an objective owns: keyed by seed, step, pass, site and global row, so that every rank drops
/// the same elements.
public struct OwnDropout: Sendable, Hashable {
  private let seed: UInt64
  private let step: UInt64
  private let pass: UInt8

  /// The decisions of one pass of a step.
  public init(seed: UInt64, step: UInt64, pass: UInt8 = 0) {
    (self.seed, self.step, self.pass) = (seed, step, pass)
  }

  /// The factors of one row's elements: 0, or 1 / (1 - rate).
  ///
  /// - Parameters:
  ///   - site: The place in the objective, below 2^24; no two share decisions.
  ///   - row: The row in the global batch; or that of a parameter, for DropConnect.
  ///   - count: The elements.
  ///   - rate: The probability of dropping, 0 up to but not including 1, as a multiple of 1 / 65536.
  /// - Returns: The factors, in order.
  public func factors(site: UInt32, row: Int, count: Int, rate: Double) -> [Double] {
    guard rate > 0 else { return [Double](repeating: 1, count: count) }
    let random = KeyedRandom(
      seed: seed, purpose: .objective, step: step, stream: UInt32(pass) << 24 | site)
    return DropoutSite(key: random.key, rate: rate).factors(row: row, line: 0, count: count)
  }

  /// The factors of the elements of rows 0 and up, `[rows, columns]`.
  ///
  /// - Parameters:
  ///   - site: The place in the objective, below 2^24.
  ///   - rows: The rows of the global batch; or those of a parameter.
  ///   - columns: The elements of a row.
  ///   - rate: The probability of dropping.
  /// - Returns: The factors.
  public func mask(site: UInt32, rows: Int, columns: Int, rate: Double) -> DoubleMatrix {
    DoubleMatrix(
      rows: rows, columns: columns,
      values: (0..<rows).flatMap { factors(site: site, row: $0, count: columns, rate: rate) })
  }
}
