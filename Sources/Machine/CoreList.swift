/// Numbers of processors as the kernel writes them: `0-3,8`.
public struct CoreList: Sendable, Equatable, CustomStringConvertible {
  /// The numbers, ascending.
  public let numbers: [Int]

  /// A list of numbers, in any order.
  public init(_ numbers: some Sequence<Int>) {
    self.numbers = Set(numbers).sorted()
  }

  /// Reads a list; nil when the text is none.
  public init?(_ text: some StringProtocol) {
    var numbers: [Int] = []
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
        Int(String($0.filter { !$0.isWhitespace }))
      }
      switch (ends.first ?? nil, ends.last ?? nil) {
      case (let first?, let last?) where first <= last && ends.count <= 2 && last < 1 << 20:
        numbers += first...last
      default: return nil
      }
    }
    self.init(numbers)
  }

  /// How many there are.
  public var count: Int { numbers.count }

  /// The text that the kernel would write.
  public var description: String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}
