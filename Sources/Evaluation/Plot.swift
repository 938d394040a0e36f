import Foundation

/// Line plots and scatter plots.
struct Plot {
  /// A line, or points, of one colour.
  struct Series {
    let name: String
    let points: [SIMD2<Double>]
    /// Marks the points too.
    var marks = false
  }

  var title: String
  var xTitle = ""
  var yTitle = ""
  var isLogX = false
  /// Whether the vertical axis starts at 0.
  var fromZero = false
  var series: [Series]

  private let width = 480.0
  private let height = 278.0
  private let left = 52.0
  private let right = 14.0
  private let top = 30.0
  private let bottom = 40.0

  /// The picture; nil when there is nothing to show.
  var picture: Picture? {
    let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    guard let first = points.first, !isLogX || points.allSatisfy({ $0.x > 0 }) else { return nil }
    var (low, high) = (first, first)
    for point in points {
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    if fromZero { low.y = min(0, low.y) }
    let frame = Frame(
      x: Axis(low.x, high.x, isLog: isLogX, wanted: 6, isTight: true),
      y: Axis(low.y, high.y, isLog: false, wanted: 5, isTight: false),
      left: left, right: width - right, top: top, bottom: height - bottom)
    var picture = Picture(width: width, height: height, title: title)
    frame.addGrid(to: &picture)
    addTitles(to: &picture)
    for (index, line) in series.enumerated() { add(line, index, frame, to: &picture) }
    return picture
  }

  private func addTitles(to picture: inout Picture) {
    if !xTitle.isEmpty {
      picture.add(
        "text",
        [
          "x": number((left + width - right) / 2), "y": number(height - 6), "text-anchor": "middle",
        ], .text(xTitle))
    }
    if !yTitle.isEmpty { picture.add("text", ["x": "4", "y": "12"], .text(yTitle)) }
  }

  private func add(_ line: Series, _ index: Int, _ frame: Frame, to picture: inout Picture) {
    let points = line.points.filter { $0.x.isFinite && $0.y.isFinite }
    let places = points.map { frame.place($0) }
    let path = places.enumerated().map { index, place in
      "\(index == 0 ? "M" : "L")\(number(place.x)) \(number(place.y))"
    }.joined()
    picture.add("path", ["class": "s\(index % 8)", "d": path])
    guard line.marks || points.count == 1 else { return }
    for (point, place) in zip(points, places) {
      picture.add(
        "circle",
        ["class": "f\(index % 8)", "cx": number(place.x), "cy": number(place.y), "r": "3.5"],
        .title("\(line.name): \(Axis.text(point.x)), \(Axis.text(point.y))"))
    }
  }
}

/// Where values stand in a picture.
struct Frame {
  let x: Axis
  let y: Axis
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  func place(_ point: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(
      left + (right - left) * x.share(point.x), bottom - (bottom - top) * y.share(point.y))
  }

  /// Lines and numbers of both axes.
  func addGrid(to picture: inout Picture) {
    for value in y.ticks {
      let place = bottom - (bottom - top) * y.share(value)
      picture.add(
        "path", ["class": "axis", "d": "M\(number(left)) \(number(place))H\(number(right))"])
      picture.add(
        "text", ["x": number(left - 6), "y": number(place + 4), "text-anchor": "end"],
        .text(Axis.text(value)))
    }
    for value in x.ticks {
      picture.add(
        "text",
        [
          "x": number(left + (right - left) * x.share(value)), "y": number(bottom + 17),
          "text-anchor": "middle",
        ], .text(Axis.text(value)))
    }
  }
}

/// A scale with round numbers on it.
struct Axis {
  let low: Double
  let high: Double
  let isLog: Bool
  let ticks: [Double]

  /// A scale over a range.
  ///
  /// - Parameters:
  ///   - low: The smallest value.
  ///   - high: The largest value.
  ///   - isLog: Whether it is logarithmic; the values are positive then.
  ///   - wanted: About how many numbers stand at it.
  ///   - isTight: Whether it ends at the values, not at round numbers.
  init(_ low: Double, _ high: Double, isLog: Bool, wanted: Int, isTight: Bool) {
    self.isLog = isLog
    if isLog {
      (self.low, self.high) = (low, high > low ? high : low * 2)
      var ticks: [Double] = []
      for exponent in -12...12 {
        for factor in [1.0, 2, 5] {
          let value = factor * pow(10, Double(exponent))
          if value >= self.low * 0.999, value <= self.high * 1.001 { ticks.append(value) }
        }
      }
      self.ticks = ticks.isEmpty ? [self.low, self.high] : ticks
      return
    }
    let span = high > low ? high - low : max(abs(low), 1) * 0.1
    let raw = span / Double(max(1, wanted - 1))
    let unit = pow(10, log10(raw).rounded(.down))
    let step = [1, 2, 2.5, 5, 10].first { $0 * unit >= raw * 0.999 }.map { $0 * unit } ?? raw
    let bottom = high > low ? low : low - span / 2
    let top = high > low ? high : high + span / 2
    let start = isTight ? (bottom / step).rounded(.up) : (bottom / step).rounded(.down)
    let end = isTight ? (top / step).rounded(.down) : (top / step).rounded(.up)
    self.low = isTight ? bottom : start * step
    self.high = isTight ? top : end * step
    ticks = stride(from: start, through: end + 1e-9, by: 1).map { $0 * step }
  }

  /// A value's place, 0 at the low end and 1 at the high end.
  func share(_ value: Double) -> Double {
    isLog ? log(value / low) / log(high / low) : (value - low) / (high - low)
  }

  /// A number in few characters.
  static func text(_ value: Double) -> String {
    if value == 0 || abs(value) < 1e-12 { return "0" }
    let size = abs(value)
    if size >= 1e6 { return String(format: "%.3g", value) }
    if size >= 10_000, size.truncatingRemainder(dividingBy: 1000) == 0 {
      return String(format: "%.0fk", value / 1000)
    }
    if size >= 1000 { return String(format: "%.0f", value) }
    if size < 1e-3 {
      // 5e-4 rather than 5.0e-04.
      let exponent = Int(log10(size).rounded(.down))
      return String(format: "%.3ge%d", value / pow(10, Double(exponent)), exponent)
    }
    return String(format: "%.4g", value)
  }
}
