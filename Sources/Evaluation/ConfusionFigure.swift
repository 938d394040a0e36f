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
  var picture: Picture {
    let longest = Double(names.map { short($0).count }.max() ?? 0)
    let left = longest * 6.6 + 14
    let side = cell * Double(order.count)
    let (width, height) = (left + side + 6, left + side + 26)
    var picture = Picture(width: width, height: height, title: "Confusion matrix")
    picture.add(
      "text",
      ["x": number(left + side / 2), "y": number(height - 4), "text-anchor": "middle"],
      .text("predicted"))
    for (place, label) in order.enumerated() {
      let middle = left + cell * (Double(place) + 0.5)
      picture.add(
        "text",
        [
          "class": "ink", "x": number(left - 6),
          "y": number(cell * (Double(place) + 0.5) + 4), "text-anchor": "end",
        ], .label(names[label]))
      picture.add(
        "text",
        [
          "transform": "translate(\(number(middle + 4)) \(number(side + 8))) rotate(-90)",
          "text-anchor": "end",
        ], .label(names[label]))
    }
    for (row, label) in order.enumerated() {
      for (column, other) in order.enumerated() {
        addSquare(
          label, other, x: number(left + cell * Double(column)), y: number(cell * Double(row)),
          to: &picture)
      }
    }
    return picture
  }

  private func addSquare(
    _ label: Int, _ other: Int, x: String, y: String, to picture: inout Picture
  ) {
    let total = counts[label].reduce(0, +)
    let count = counts[label][other]
    let side = number(cell - gap)
    guard count > 0 else {
      picture.add(
        "rect",
        [
          "x": x, "y": y, "width": side, "height": side, "rx": "2", "fill": "var(--line)",
          "opacity": ".35",
        ])
      return
    }
    let share = Double(count) / Double(total)
    picture.add(
      "rect",
      [
        "class": label == other ? "hit" : "miss", "x": x, "y": y, "width": side, "height": side,
        "rx": "2",
        // Square roots keep small shares visible.
        "opacity": String(format: "%.2f", 0.12 + 0.88 * share.squareRoot()),
      ],
      .title(
        "\(names[label]) taken for \(names[other]): \(count) of \(total) "
          + "(\(wholePercent(share)) %)"))
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
