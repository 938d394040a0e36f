/// Pattern search: the highest score on a grid of tenths, along straight lines.
///
/// From a centre it walks in every direction of {-1, 0, 1}^d but the zero one, a tenth a step, until so many steps have
/// brought nothing higher than the line's best; the best point of all lines is the next centre, until no line has a
/// higher one. It is deterministic: of equal points the first one counts, directions in ascending order. A score that
/// takes finitely many values makes it end.
public struct PatternSearch: Sendable {
  /// Steps in a unit, so that a point is a row of whole numbers and no rounding adds up.
  public static let stepsPerUnit = 10

  /// The steps without a gain that end a line.
  public let patience: Int
  private let directions: [[Int]]

  /// A search over some weights.
  ///
  /// - Parameters:
  ///   - dimensions: How many, at least 1.
  ///   - patience: The steps without a gain that end a line, at least 1.
  public init(dimensions: Int, patience: Int = 20) {
    self.patience = patience
    directions = (0..<dimensions).reduce([[]]) { directions, _ in
      directions.flatMap { direction in [-1, 0, 1].map { direction + [$0] } }
    }.filter { $0.contains { $0 != 0 } }
  }

  /// The best point that is found from the origin.
  ///
  /// - Parameter score: What is to be high at a point, whose coordinates are in steps; asked once a point.
  /// - Returns: The point, in steps, and its score.
  public func maximum(_ score: ([Int]) -> Double) -> (point: [Int], score: Double) {
    var known: [[Int]: Double] = [:]
    func value(_ point: [Int]) -> Double {
      if let value = known[point] { return value }
      let value = score(point)
      known[point] = value
      return value
    }
    var centre = [Int](repeating: 0, count: directions.first?.count ?? 0)
    var best = (point: centre, score: value(centre))
    repeat {
      centre = best.point
      for direction in directions {
        let found = line(from: centre, direction, value)
        if found.score > best.score { best = found }
      }
    } while best.point != centre
    return best
  }

  /// The best point on a line, its start included.
  private func line(
    from centre: [Int], _ direction: [Int], _ value: ([Int]) -> Double
  ) -> (point: [Int], score: Double) {
    var best = (point: centre, score: value(centre))
    var (point, idle) = (centre, 0)
    while idle < patience {
      point = zip(point, direction).map { $0 + $1 }
      let score = value(point)
      idle = score > best.score ? 0 : idle + 1
      if score > best.score { best = (point, score) }
    }
    return best
  }
}
