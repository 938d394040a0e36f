internal import ElementaryFunctions
import Foundation
internal import OrderedCollections

extension RunReport {
  /// The scores of all runs side by side.
  var comparison: ReportPage.Section? {
    guard runs.count > 1 else { return nil }
    let rows = runs.map { run -> [ReportPage.Inline] in
      let scores = run.history.test ?? run.history.best
      return [.text(run.name), .text(difference(of: run))]
        + Metric.allCases.map { metric in .text(scores.map { percent($0.value(metric)) } ?? "") }
        + [run.history.test != nil ? "test" : scores != nil ? "validation" : "no scores yet"]
    }
    return ReportPage.Section(
      "Runs", "What differs from the first run, and the scores, in percent.",
      parts: [
        .table(
          ["run", "differs in"] + Metric.allCases.map(\.title) + ["split"], rows,
          numeric: [2, 3, 4]),
        tests,
      ])
  }

  private func difference(of run: ReportedRun) -> String {
    subject.configuration.keys.union(run.configuration.keys)
      .filter { run.value($0) != subject.value($0) }
      .map { "\($0) \(run.value($0) ?? "not set")" }.joined(separator: ", ")
  }

  /// The first run against each other one on the same test rows.
  private var tests: ReportPage.Part? {
    guard let ours = subject.test.flatMap(rows(of:)) else { return nil }
    let lines = runs.dropFirst().compactMap { run -> [ReportPage.Inline]? in
      guard let theirs = run.test.flatMap(rows(of:)),
        let comparison = try? ModelComparison(ours, against: theirs)
      else { return nil }
      let test = comparison.mcNemar
      let interval = comparison.interval(.macroF1)
      return [
        .text(run.name), "\(signed(comparison.difference(.accuracy)))",
        "\(comparison.discordant.ours) / \(comparison.discordant.theirs)",
        .text(String(format: "%.3g", test.p) + (test.isExact ? " (exact)" : "")),
        "\(signed(comparison.difference(.macroF1)))",
        .text(interval.map { "\(signed($0.lowerBound)) to \(signed($0.upperBound))" } ?? ""),
      ]
    }
    return .details(
      "\(subject.name) against the others, row by row",
      .table(
        [
          "against", "accuracy", "right alone / they alone", "McNemar p", "macro-F1",
          "95 % interval",
        ], lines, numeric: [1, 2, 3, 4, 5]))
  }

  private func rows(of test: ReportedRun.Test) -> PredictedRows? {
    try? PredictedRows(
      truth: test.truth, predicted: test.predicted, labelCount: test.report.perClass.count)
  }

  private func signed(_ value: Double) -> String { String(format: "%+.2f", 100 * value) }

  /// Scores over alpha and over beta, the other settings equal (Figure 4).
  var sensitivity: ReportPage.Section? {
    let figures = ["alpha", "beta"].compactMap { option -> ReportPage.Figure? in
      let family = runs.filter { run in
        !run.configuration.isEmpty
          && settings(run, without: option) == settings(subject, without: option)
      }
      var scores: [Double: [RunHistory.Scores]] = [:]
      for run in family {
        guard let value = run.value(option).flatMap(Double.init), let found = run.history.test
        else { continue }
        scores[value, default: []].append(found)
      }
      guard scores.count > 1 else { return nil }
      let series = Metric.allCases.map { metric in
        Plot.Series(
          name: metric.title,
          points: scores.keys.sorted().map { value in
            let found = scores[value] ?? []
            let mean = found.reduce(0) { $0 + $1.value(metric) } / Double(max(1, found.count))
            return SIMD2(value, 100 * mean)
          }, marks: true)
      }
      let picture = Plot(
        title: "Sensitivity to \(option)", xTitle: option, yTitle: "%, test split", series: series
      ).picture
      return ReportPage.Figure(
        "Sensitivity to \(option)", picture, legend: series.map(\.name))
    }
    return ReportPage.Section(
      "Sensitivity",
      "Test scores of the runs that differ in this weight alone, means over seeds (the paper's Figure 4).",
      parts: [.grid(figures)])
  }

  private func settings(_ run: ReportedRun, without option: String) -> [String] {
    run.configuration.filter { ![option, "seed"].contains($0.key) }.map {
      "\($0.key)=\($0.value)"
    }
  }

  /// Utterances with the three best labels of each model, where two models differ (Table 4).
  var examples: ReportPage.Section? {
    let models = runs.filter { $0.test != nil }.prefix(2)
    guard let first = models.first, let test = first.test else { return nil }
    let other = models.count > 1 ? models[1].test : nil
    let names = test.report.perClass.map(\.name)
    let groups: [(String, [Int])]
    if let other, other.truth == test.truth {
      func rows(_ ours: Bool, _ theirs: Bool) -> [Int] {
        Array(
          test.truth.indices.filter {
            (test.predicted[$0] == test.truth[$0]) == ours
              && (other.predicted[$0] == test.truth[$0]) == theirs
          }.prefix(4))
      }
      groups = [
        ("\(first.name) alone is right", rows(true, false)),
        ("\(models[1].name) alone is right", rows(false, true)),
        ("Both are wrong", rows(false, false)),
      ]
    } else {
      let wrong = test.truth.indices.filter { test.predicted[$0] != test.truth[$0] }
      let close = wrong.filter { test.scores.ranking(ofRow: $0).prefix(2).last == test.truth[$0] }
      let lost = wrong.filter { !test.scores.ranking(ofRow: $0).prefix(3).contains(test.truth[$0]) }
      groups = [
        ("The second guess is right", Array(close.prefix(5))),
        ("None of the first three is right", Array(lost.prefix(5))),
      ]
    }
    let header = ["utterance", "true"] + models.map { "best three, \($0.name)" }
    let tables = groups.map { title, rows in
      ReportPage.Part.details(
        title,
        .table(
          header,
          rows.map { row in
            [.quotations([excerpt(test.texts[row])]), .label(names[test.truth[row]])]
              + models.compactMap { $0.test.map { best($0, row, names) } }
          }, stacks: true))
    }
    return ReportPage.Section(
      "Examples",
      "The three best labels with their share of the softmax over all labels (the paper's Table 4).",
      parts: tables)
  }

  private func best(
    _ test: ReportedRun.Test, _ row: Int, _ names: [String]
  ) -> ReportPage.Inline {
    let shares = test.scores.probabilities(ofRow: row)
    return .guesses(
      test.scores.ranking(ofRow: row).prefix(3).map { label in
        ReportPage.Guess(
          names[label], share: shares[label], isRight: label == test.truth[row])
      })
  }
}

extension LabelScores {
  /// The softmax of one row's scores, `[E]`, summing to 1.
  public func probabilities(ofRow row: Int) -> [Double] {
    let scores = self[row].map(Double.init)
    let highest = scores.max() ?? 0
    let powers = scores.map { Elementary.exp($0 - highest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
