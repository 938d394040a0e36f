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
    let width = left + Self.barWidth + 110
    var lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
      width="\(width)" height="\(height)" font-family="Helvetica, Arial, sans-serif">
      """,
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
      "<text x=\"16\" y=\"27\" font-size=\"16\" fill=\"#1f2933\">\(HTMLPage.escaped(short(title, 90)))</text>",
    ]
    lines += grid(height: height)
    for (index, entry) in entries.enumerated() { lines += bar(entry, at: index) }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private func grid(height: Int) -> [String] {
    stride(from: 0, through: largest, by: step).map { value in
      let x = position(value)
      return """
        <path d="M\(x) \(Self.top - 4)V\(height - 14)" stroke="#e4e7eb"/>\
        <text x="\(x)" y="\(Self.top - 9)" font-size="11" fill="#7b8794" \
        text-anchor="middle">\(value)</text>
        """
    }
  }

  private func bar(_ entry: Entry, at index: Int) -> [String] {
    let y = Self.top + index * Self.row
    let end = position(entry.count)
    return [
      """
      <text x="\(left - 8)" y="\(y + 14)" font-size="12" fill="#1f2933" \
      text-anchor="end">\(HTMLPage.svgName(entry.name))</text>
      """,
      """
      <rect x="\(left)" y="\(y + 3)" width="\(end - Double(left))" \
      height="\(Self.row - 6)" rx="2" fill="#5b8def"/>
      """,
      """
      <text x="\(end + 6)" y="\(y + 14)" font-size="11" fill="#52606d" \
      stroke="#ffffff" stroke-width="3" paint-order="stroke">\(entry.count) \
      (\(percent(entry.count)))</text>
      """,
    ]
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
