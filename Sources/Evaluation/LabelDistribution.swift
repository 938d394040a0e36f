internal import Foundation

/// How many utterances each label has, largest first: the picture of a long tail (Figure 1 of the
/// paper).
public struct LabelDistribution: Sendable {
  /// A label and its utterances.
  public struct Entry: Sendable, Equatable {
    /// The label's name.
    public let name: String
    /// Its utterances.
    public let count: Int
  }

  /// The labels, the largest first; equal ones in id order.
  public let entries: [Entry]
  /// All utterances.
  public let total: Int

  /// Pairs names with counts, both in id order.
  public init(names: [String], counts: [Int]) {
    entries = zip(names, counts).map { Entry(name: $0, count: $1) }.enumerated()
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
    total = counts.reduce(0, +)
  }

  private var largest: Int { max(1, entries.first?.count ?? 0) }

  /// How many times larger the largest label is than the smallest, nil if that is empty.
  public var imbalance: Double? {
    guard let smallest = entries.last?.count, smallest > 0 else { return nil }
    return Double(largest) / Double(smallest)
  }

  /// One line a label: name, bar, count, share; the longest bar takes `width` characters.
  public func text(width: Int = 40) -> String {
    let names = entries.map { short($0.name, 40) }
    let column = names.map(\.count).max() ?? 0
    return zip(entries, names).map { entry, name in
      let eighths = (entry.count * width * 8 + largest - 1) / largest
      let bar = String(repeating: "\u{2588}", count: eighths / 8) + Self.part(eighths % 8)
      let pad = String(repeating: " ", count: column - name.count)
      return "\(pad)\(name) \(bar) \(entry.count) (\(percent(entry.count)))"
    }.joined(separator: "\n")
  }

  /// A block of some eighths of a character.
  private static func part(_ eighths: Int) -> String {
    guard eighths > 0, let scalar = Unicode.Scalar(0x2590 - UInt32(eighths)) else { return "" }
    return String(Character(scalar))
  }

  private func percent(_ count: Int) -> String {
    String(format: "%.1f %%", 100 * Double(count) / Double(max(1, total)))
  }

  // MARK: Picture

  private static let row = 20
  private static let top = 58
  private static let barWidth = 500

  /// Where the bars start: right of the longest name.
  private var left: Int { 24 + 7 * (entries.map { short($0.name).count }.max() ?? 0) }

  /// The picture as SVG, without scripts or outside resources.
  public func svg(title: String) -> String {
    let height = Self.top + entries.count * Self.row + 18
    return PageTemplates.render(
      "label-distribution",
      Drawing(
        width: left + Self.barWidth + 110, height: height, title: short(title, 90),
        left: left, nameEnd: left - 8, thickness: Self.row - 6, top: Self.top - 4,
        bottom: height - 14, numbers: Self.top - 9,
        lines: stride(from: 0, through: largest, by: step).map {
          .init(x: position($0), value: $0)
        },
        bars: entries.enumerated().map { index, entry in
          let y = Self.top + index * Self.row
          let end = position(entry.count)
          return .init(
            name: .label(entry.name), top: y + 3, baseline: y + 14, length: end - Double(left),
            countStart: end + 6, count: "\(entry.count) (\(percent(entry.count)))")
        })) + "\n"
  }

  /// What `label-distribution.mustache` shows.
  private struct Drawing {
    struct Line {
      let x: Double
      let value: Int
    }

    struct Bar {
      let name: Picture.Content
      let top: Int
      let baseline: Int
      let length: Double
      let countStart: Double
      let count: String
    }

    let width: Int
    let height: Int
    let title: String
    let left: Int
    let nameEnd: Int
    let thickness: Int
    let top: Int
    let bottom: Int
    let numbers: Int
    let lines: [Line]
    let bars: [Bar]
  }

  private func position(_ count: Int) -> Double {
    let offset = Double(Self.barWidth) * Double(count) / Double(largest)
    return Double(left) + (offset * 10).rounded() / 10
  }

  /// 1, 2 or 5 times a power of ten, so that there are up to eight grid lines.
  private var step: Int {
    var unit = 1
    while true {
      for factor in [1, 2, 5] where factor * unit * 7 >= largest { return factor * unit }
      unit *= 10
    }
  }
}
