import Foundation

extension RunReport {
  /// The confusion matrix and the pairs most often confused, with examples.
  var confusion: ReportPage.Section? {
    guard let test = subject.test else { return nil }
    let figure = ConfusionFigure(test.report)
    let names = test.report.perClass.map(\.name)
    let rows = figure.pairs(12).map { pair -> [ReportPage.Inline] in
      let examples = test.truth.indices.filter {
        test.truth[$0] == pair.true && test.predicted[$0] == pair.predicted
      }.prefix(2).map { excerpt(test.texts[$0]) }
      return [
        .label(names[pair.true]), .label(names[pair.predicted]),
        "\(pair.count) of \(test.report.perClass[pair.true].support)",
        .quotations(examples),
      ]
    }
    return ReportPage.Section(
      "What is taken for what",
      "Each row is a true label. Labels stand beside those they are confused with; a stronger colour means a larger share of the row. Blue is right, orange is wrong. Point at a square for its numbers.",
      parts: [
        .wide(ReportPage.Figure("Confusion matrix, test split", figure.picture)),
        .details(
          "The most confused pairs, with examples",
          .table(
            ["true", "predicted", "times", "for instance"], rows, numeric: [2], stacks: true),
          isOpen: true),
      ])
  }

  /// Precision, recall and F1 of each label against its size.
  var perClass: ReportPage.Section? {
    guard let test = subject.test else { return nil }
    let scores = test.report.perClass
    let sizes = trainingCounts.count == scores.count ? trainingCounts : scores.map(\.support)
    let sizeTitle =
      trainingCounts.count == scores.count ? "training utterances" : "test utterances"
    let order = scores.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    let rows = order.map { label -> [ReportPage.Inline] in
      let score = scores[label]
      return [
        .label(score.name), "\(sizes[label])", "\(score.support)",
        "\(percent(score.precision))", "\(percent(score.recall))", "\(percent(score.f1))",
      ]
    }
    return ReportPage.Section(
      "The long tail",
      "F1 of each label on the test split against its size in training: macro-F1 counts every point alike.",
      parts: [
        .wide(
          ReportPage.Figure(
            "F1 against class size", tail(scores, sizes, sizeTitle, order))),
        .details(
          "Precision, recall and F1 of each label",
          .table(
            ["label", sizeTitle, "test", "precision", "recall", "F1"], rows,
            numeric: [1, 2, 3, 4, 5])),
      ])
  }

  /// A point a label, named where there is room.
  private func tail(
    _ scores: [ClassScore], _ sizes: [Int], _ title: String, _ order: [Int]
  ) -> Picture? {
    let (width, height) = (760.0, 330.0)
    guard let largest = sizes.max(), largest > 0 else { return nil }
    let smallest = max(1, sizes.filter { $0 > 0 }.min() ?? 1)
    let frame = Frame(
      x: Axis(
        0.85 * Double(smallest), 1.15 * Double(largest), isLog: true, wanted: 6, isTight: true),
      y: Axis(0, 100, isLog: false, wanted: 6, isTight: true), left: 48, right: width - 20, top: 26,
      bottom: height - 40)
    var picture = Picture(width: width, height: height, title: "F1 against class size")
    frame.addGrid(to: &picture)
    picture.add(
      "text", ["x": number(width / 2), "y": number(height - 6), "text-anchor": "middle"],
      .text("\(title) (logarithmic)"))
    picture.add("text", ["x": "4", "y": "11"], .text("F1, %"))
    var taken: [(low: SIMD2<Double>, high: SIMD2<Double>)] = []
    let places = Dictionary(
      uniqueKeysWithValues: order.map { label in
        (label, frame.place(SIMD2(Double(max(smallest, sizes[label])), 100 * scores[label].f1)))
      })
    for label in order {
      guard let place = places[label] else { continue }
      taken.append((place - SIMD2(5, 5), place + SIMD2(5, 5)))
      picture.add(
        "circle", ["class": "f0", "cx": number(place.x), "cy": number(place.y), "r": "4"],
        .title(
          "\(scores[label].name): F1 \(percent(scores[label].f1)) %, \(sizes[label]) \(title)"))
    }
    for label in order {
      guard let place = places[label] else { continue }
      let length = 6.9 * Double(short(scores[label].name).count)
      let spots: [(SIMD2<Double>, String)] = [
        (SIMD2(7, 4), "start"), (SIMD2(-7, 4), "end"), (SIMD2(0, -8), "middle"),
        (SIMD2(0, 17), "middle"),
      ]
      for (offset, anchor) in spots {
        let start =
          place.x + offset.x - (anchor == "end" ? length : anchor == "middle" ? length / 2 : 0)
        let low = SIMD2(start, place.y + offset.y - 10)
        let high = SIMD2(start + length, place.y + offset.y + 2)
        let isFree = !taken.contains {
          $0.low.x < high.x && low.x < $0.high.x && $0.low.y < high.y && low.y < $0.high.y
        }
        guard isFree, low.x > 48, high.x < width, high.y < height - 40 else { continue }
        taken.append((low, high))
        picture.add(
          "text",
          [
            "x": number(place.x + offset.x), "y": number(place.y + offset.y), "class": "halo",
            "text-anchor": anchor,
          ], .label(scores[label].name))
        break
      }
    }
    return picture
  }

  /// The entropy of the top-k scores, for every run (Figure 3).
  var entropy: ReportPage.Section? {
    let curves = runs.compactMap { run in
      run.test.map { test in
        Plot.Series(
          name: run.name,
          points: test.report.entropy.map { SIMD2(Double($0.top), $0.entropy) })
      }
    }
    guard !curves.isEmpty else { return nil }
    let picture = Plot(
      title: "Entropy of the top-k scores", xTitle: "k", yTitle: "nats", fromZero: true,
      series: curves
    ).picture
    return ReportPage.Section(
      "How sure it is",
      "Mean entropy of the k highest scores under their softmax (the paper's equation 11 and Figure 3). Lower is surer, which is not the same as right.",
      parts: [
        .grid([
          ReportPage.Figure(
            "Entropy of the top-k scores", picture, legend: curves.map(\.name))
        ])
      ])
  }

  /// t-SNE of test embeddings (Figure 5).
  var embeddingMaps: ReportPage.Section? {
    guard let map, let test = subject.test else { return nil }
    let names = test.report.perClass.map(\.name)
    var highlighted: [Int] = []
    for pair in ConfusionFigure(test.report).pairs(40) {
      for label in [pair.true, pair.predicted]
      where highlighted.count < 8 && !highlighted.contains(label) {
        highlighted.append(label)
      }
    }
    func figure(_ title: String, _ state: EmbeddingMap.State) -> ReportPage.Figure? {
      ReportPage.Figure(
        "\(title): \(String(format: "%.1f", 100 * state.purity)) % of neighbours share the label",
        ProjectionFigure(
          title: title, points: state.points, labels: map.labels, names: names,
          highlighted: highlighted
        ).picture)
    }
    return ReportPage.Section(
      "Embeddings before and after training",
      "t-SNE of \(map.labels.count) test utterances (the paper's Figure 5). The labels most often confused are in colour. Neighbours are each row's ten nearest in the embedding space itself, where t-SNE bends no distance.",
      parts: [
        .grid([map.before.flatMap { figure("Before", $0) }, figure("After", map.after)])
      ])
  }

  /// A text short enough for a table.
  func excerpt(_ text: String) -> String {
    let line = String(text.map { $0.isNewline ? " " : $0 })
    return line.count > 160 ? line.prefix(157) + "..." : line
  }
}
