import Foundation
internal import RunEvents

extension RunReport {
  /// Loss parts, validation scores, learning rate, throughput and the health of the objective.
  var curves: ReportPage.Section? {
    let history = subject.history
    guard !history.steps.isEmpty else { return nil }
    let losses = [("total", points(\.loss))] + named(\.losses)
    let lossFigure = plot(
      "Losses", "loss",
      losses.map { series($0, smooth($1)) }.filter { $0.points.contains { $0.y != 0 } })
    let scores = history.validation
    let scoreFigure = plot(
      "Validation scores", "%",
      Metric.allCases.map { metric in
        series(
          metric.title,
          scores.map { SIMD2(Double($0.step), 100 * $0.value(metric)) }, marks: true)
      })
    let rate = plot(
      "Learning rate", "", [series("rate", points(\.learningRate))], fromZero: true)
    let speed = plot(
      "Throughput", "tokens/s",
      [
        series(
          "tokens/s",
          smooth(
            points { step in
              guard let tokens = step.tokens, let seconds = step.seconds, seconds > 0 else {
                return nil
              }
              return Double(tokens) / seconds
            }))
      ], fromZero: true)
    return ReportPage.Section(
      "Training",
      "Losses are means over neighbouring steps. The kept model is the best by accuracy + weighted-F1 on the validation split.",
      parts: [
        .grid([lossFigure, scoreFigure, rate, speed]),
        .details("Health of the objective", health), validationTable,
      ])
  }

  /// A figure for the gradient's norm and for every statistic of the objective.
  private var health: ReportPage.Part? {
    let norms = plot(
      "Gradient norm", "", [series("norm", smooth(points(\.gradientNorm)))], fromZero: true)
    let statistics = named(\.statistics).map { title, points in
      let caption = title.prefix(1).uppercased() + title.dropFirst()
      return plot(caption, "", [series(title, smooth(points))], fromZero: true)
    }
    return .grid([norms] + statistics)
  }

  /// The points of every number in a list, with what people call it.
  private func named(
    _ numbers: (StepEvent) -> [LoggedNumber]
  ) -> [(title: String, points: [SIMD2<Double>])] {
    subject.history.steps.names(of: numbers).map { name in
      (titles[name] ?? name, points { numbers($0).first { $0.name == name }?.value })
    }
  }

  private var validationTable: ReportPage.Part? {
    .details(
      "Validation scores as a table",
      .table(
        ["epoch", "step", "accuracy", "weighted-F1", "macro-F1", ""],
        subject.history.validation.map { row in
          [
            "\(row.epoch)", "\(row.step)", "\(percent(row.accuracy))",
            "\(percent(row.weightedF1))", "\(percent(row.macroF1))",
            row == subject.history.best ? "kept" : "",
          ]
        }, numeric: [0, 1, 2, 3, 4]))
  }

  private func points(_ value: (StepEvent) -> Double?) -> [SIMD2<Double>] {
    subject.history.steps.compactMap { step in
      value(step).map { SIMD2(Double(step.step), $0) }
    }
  }

  private func series(
    _ name: String, _ points: [SIMD2<Double>], marks: Bool = false
  ) -> Plot.Series {
    Plot.Series(name: name, points: points, marks: marks)
  }

  private func plot(
    _ title: String, _ yTitle: String, _ series: [Plot.Series], fromZero: Bool = false
  ) -> ReportPage.Figure? {
    let picture = Plot(
      title: title, xTitle: "step", yTitle: yTitle, fromZero: fromZero, series: series
    ).picture
    return ReportPage.Figure(title, picture, legend: series.map(\.name))
  }

  /// About 120 points, each the mean of its neighbours, so that a page stays small and a trend shows.
  private func smooth(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
    let width = max(1, points.count / 120)
    return stride(from: 0, to: points.count, by: width).map { start in
      let part = points[start..<min(start + width, points.count)]
      return part.reduce(.zero, +) / Double(part.count)
    }
  }
}

extension RunHistory.Scores {
  /// The score of a metric.
  public func value(_ metric: Metric) -> Double {
    switch metric {
    case .accuracy: accuracy
    case .weightedF1: weightedF1
    case .macroF1: macroF1
    }
  }
}
