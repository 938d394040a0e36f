import Foundation

/// The confusion matrix as a heat map, confusable labels side by side.
struct ConfusionFigure {
  let names: [String]
  let counts: [[Int]]
  let order: [Int]

  private let cell = 22.0
  private let gap = 2.0

  init(_ report: ClassificationReport) {
    names = report.perClass.map(\.name)
    counts = report.confusion
    order = Seriation.order(report.confusion)
  }

  /// Rows are true labels and sum to 100 %; the diagonal has a colour of its own.
  func svg() -> String {
    let longest = Double(names.map { short($0).count }.max() ?? 0)
    let left = longest * 6.6 + 14
    let side = cell * Double(order.count)
    let (width, height) = (left + side + 6, left + side + 26)
    var parts = [
      "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" role=\"img\" "
        + "aria-label=\"Confusion matrix\">",
      "<text x=\"\(number(left + side / 2))\" y=\"\(number(height - 4))\" text-anchor=\"middle\">"
        + "predicted</text>",
    ]
    for (place, label) in order.enumerated() {
      let middle = left + cell * (Double(place) + 0.5)
      let name = HTMLPage.svgName(names[label])
      parts.append(
        "<text class=\"ink\" x=\"\(number(left - 6))\" "
          + "y=\"\(number(cell * (Double(place) + 0.5) + 4))\" text-anchor=\"end\">\(name)</text>")
      parts.append(
        "<text transform=\"translate(\(number(middle + 4)) \(number(side + 8))) rotate(-90)\" "
          + "text-anchor=\"end\">\(name)</text>")
    }
    for (row, label) in order.enumerated() {
      let total = counts[label].reduce(0, +)
      for (column, other) in order.enumerated() {
        parts.append(square(row, column, label, other, total, left))
      }
    }
    return parts.joined() + "</svg>"
  }

  private func square(
    _ row: Int, _ column: Int, _ label: Int, _ other: Int, _ total: Int, _ left: Double
  ) -> String {
    let count = counts[label][other]
    let share = total == 0 ? 0 : Double(count) / Double(total)
    let place =
      "x=\"\(number(left + cell * Double(column)))\" y=\"\(number(cell * Double(row)))\" "
      + "width=\"\(number(cell - gap))\" height=\"\(number(cell - gap))\""
    guard count > 0 else { return "<rect \(place) rx=\"2\" fill=\"var(--line)\" opacity=\".35\"/>" }
    let kind = label == other ? "hit" : "miss"
    // Square roots keep small shares visible.
    let opacity = String(format: "%.2f", 0.12 + 0.88 * share.squareRoot())
    let percent = String(format: "%.0f", 100 * share)
    return "<rect class=\"\(kind)\" \(place) rx=\"2\" opacity=\"\(opacity)\"><title>"
      + "\(HTMLPage.escaped(names[label])) taken for \(HTMLPage.escaped(names[other])): \(count) of "
      + "\(total) (\(percent) %)</title></rect>"
  }

  /// The pairs of labels most often taken for each other, by count.
  func pairs(_ limit: Int) -> [(true: Int, predicted: Int, count: Int)] {
    var all: [(true: Int, predicted: Int, count: Int)] = []
    for row in counts.indices {
      for column in counts.indices where column != row && counts[row][column] > 0 {
        all.append((row, column, counts[row][column]))
      }
    }
    all.sort { ($1.count, $0.true, $0.predicted) < ($0.count, $1.true, $1.predicted) }
    return Array(all.prefix(limit))
  }
}
