/// An objective's constant tables before they are made, which may take its time.
public struct TableSource {
  /// All that decides what the tables hold, as text: equal keys, equal bits.
  public let key: String
  private let body: (_ pause: () throws -> Void) throws -> [[Float]]

  /// A source.
  ///
  /// - Parameters:
  ///   - key: All that decides what the tables hold, with a number for the algorithm.
  ///   - make: Gives the tables in their order, each row by row, the same on every rank; calls its argument now and
  ///     then, and ends when that throws.
  public init(key: String, make: @escaping (_ pause: () throws -> Void) throws -> [[Float]]) {
    self.key = key
    body = make
  }

  /// Makes the tables, each row by row.
  ///
  /// - Parameter pause: Called now and then; what it throws ends the work.
  /// - Returns: The tables, in their order.
  /// - Throws: What `pause` throws.
  public func make(pause: () throws -> Void = {}) throws -> [[Float]] { try body(pause) }
}
