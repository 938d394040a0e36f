/// An order of labels in which those that are taken for each other stand side by side.
public enum Seriation {
  /// Average-linkage clustering of the symmetrised confusion shares; each merge turns the two parts so
  /// that their nearest ends meet.
  ///
  /// - Parameter confusion: Counts of (true, predicted), `[E, E]`.
  /// - Returns: The label ids in their new order, `[E]`; those without confusions keep id order after
  ///   each other.
  public static func order(_ confusion: [[Int]]) -> [Int] {
    let count = confusion.count
    let shares = confusion.map { row -> [Double] in
      let total = Double(max(1, row.reduce(0, +)))
      return row.map { Double($0) / total }
    }
    let likeness = (0..<count).map { i -> [Double] in
      (0..<count).map { j -> Double in i == j ? 0 : shares[i][j] + shares[j][i] }
    }
    var parts = (0..<count).map { [$0] }
    while parts.count > 1 {
      var best = (first: 0, second: 1, value: -1.0)
      for first in parts.indices {
        for second in parts.indices where second > first {
          let value = mean(likeness, parts[first], parts[second])
          if value > best.value { best = (first, second, value) }
        }
      }
      let joined = join(parts[best.first], parts[best.second], likeness)
      parts.remove(at: best.second)
      parts[best.first] = joined
    }
    return parts.first ?? []
  }

  private static func mean(_ likeness: [[Double]], _ left: [Int], _ right: [Int]) -> Double {
    let sum = left.reduce(0) { sum, i in right.reduce(sum) { $0 + likeness[i][$1] } }
    return sum / Double(left.count * right.count)
  }

  private static func join(
    _ left: [Int], _ right: [Int], _ likeness: [[Double]]
  ) -> [Int] {
    let ways = [
      (left, right), (left, Array(right.reversed())), (Array(left.reversed()), right),
      (Array(left.reversed()), Array(right.reversed())),
    ]
    var best = ways[0]
    for way in ways.dropFirst() where closeness(way) > closeness(best) { best = way }
    return best.0 + best.1

    func closeness(_ way: ([Int], [Int])) -> Double {
      guard let end = way.0.last, let start = way.1.first else { return 0 }
      return likeness[end][start]
    }
  }
}
