import Foundation

/// A map of embeddings: a few labels in colour, each with its name, the others grey.
struct ProjectionFigure {
  let title: String
  let points: [SIMD2<Double>]
  let labels: [Int]
  let names: [String]
  /// The labels in colour, at most eight.
  let highlighted: [Int]

  private let side = 460.0

  /// The picture; nil when there are no points.
  var picture: Picture? {
    guard let first = points.first else { return nil }
    var (low, high) = (first, first)
    for point in points {
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    let scale = (side - 24) / max(high.x - low.x, high.y - low.y, 1e-9)
    let middle = (low + high) / 2
    let places = points.map { (($0 - middle) * scale) + SIMD2(side / 2, side / 2) }
    var picture = Picture(width: side, height: side, title: title)
    let order =
      places.indices.filter { !highlighted.contains(labels[$0]) }
      + places.indices.filter { highlighted.contains(labels[$0]) }
    for index in order {
      let color = highlighted.firstIndex(of: labels[index]).map { "f\($0)" } ?? "fx"
      picture.add(
        "circle",
        [
          "class": color, "cx": number(places[index].x), "cy": number(places[index].y),
          "r": color == "fx" ? "2.2" : "3.2",
        ], .title(names[labels[index]]))
    }
    var taken: [(low: SIMD2<Double>, high: SIMD2<Double>)] = []
    for (color, label) in highlighted.enumerated() {
      let own = places.indices.filter { labels[$0] == label }.map { places[$0] }
      guard !own.isEmpty else { continue }
      let middle = SIMD2(median(own.map(\.x)), median(own.map(\.y)))
      let half = SIMD2(4.8 * Double(short(names[label]).count), 9)
      let center = Self.free(near: middle, half, taken)
      taken.append((center - half, center + half))
      picture.add(
        "text",
        [
          "class": "halo f\(color)", "x": number(center.x), "y": number(center.y),
          "text-anchor": "middle", "font-weight": "700", "style": "fill:var(--c\(color))",
        ], .label(names[label]))
    }
    return picture
  }

  /// The nearest place above or below where a name of that size covers no other.
  private static func free(
    near middle: SIMD2<Double>, _ half: SIMD2<Double>,
    _ taken: [(low: SIMD2<Double>, high: SIMD2<Double>)]
  ) -> SIMD2<Double> {
    for step in 0..<32 {
      let shift = Double((step + 1) / 2) * (step.isMultiple(of: 2) ? 6 : -6)
      let place = middle + SIMD2(0, shift)
      let (low, high) = (place - half, place + half)
      let isFree = !taken.contains {
        $0.low.x < high.x && low.x < $0.high.x && $0.low.y < high.y && low.y < $0.high.y
      }
      if isFree { return place }
    }
    return middle
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
