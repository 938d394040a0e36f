import Foundation

extension ClassificationReport {
  /// The headline figures on one line.
  public var summary: String {
    [
      ("accuracy", accuracy), ("weighted-F1", weightedF1), ("macro-F1", macroF1),
      ("macro-F1 (labels present)", macroF1Present),
    ].map { "\($0) \(fixed($1, digits: 4))" }.joined(separator: ", ") + " on \(count) rows"
  }

  /// A table for reading, the same text as scikit-learn's `classification_report`.
  ///
  /// - Parameter digits: The digits after the point, in `0...15`.
  /// - Returns: One line a label, then accuracy and the two means over all labels.
  public func table(digits: Int = 4) -> String {
    let digits = min(max(digits, 0), 15)
    let width = max("weighted avg".count, perClass.map(\.name.count).max() ?? 0)
    func line(_ name: String, _ cells: [String], _ support: String) -> String {
      let head = padded(name, to: width) + " "
      return cells.reduce(head) { $0 + " " + padded($1, to: 9) } + " " + padded(support, to: 9)
    }
    func line(_ name: String, _ values: [Double], _ support: Int) -> String {
      line(name, values.map { fixed($0, digits: digits) }, String(support))
    }
    let columns: [KeyPath<ClassScore, Double>] = [\.precision, \.recall, \.f1]
    let labels = perClass.map { score in
      line(score.name, columns.map { score[keyPath: $0] }, score.support)
    }
    return
      ([line("", ["precision", "recall", "f1-score"], "support"), ""]
      + labels
      + [
        "",
        line("accuracy", ["", "", fixed(accuracy, digits: digits)], String(count)),
        line("macro avg", columns.map(perClass.mean(of:)), count),
        line("weighted avg", columns.map(perClass.weightedMean(of:)), count), "",
      ]).joined(separator: "\n")
  }

  /// One JSON object: a line a figure, a label, a row of the confusion matrix and a `k`.
  ///
  /// Keys keep their order and numbers read back to the same bits, so equal reports are equal text.
  ///
  /// - Returns: The text, ending in a newline.
  /// - Throws: What `JSONEncoder` throws.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func text(_ value: some Encodable) throws -> String {
      String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    func list(_ values: [some Encodable]) throws -> String {
      guard !values.isEmpty else { return "[]" }
      return "[\n" + (try values.map { "    " + (try text($0)) }).joined(separator: ",\n") + "\n  ]"
    }
    var members: [(CodingKeys, String)] = [
      (.count, try text(count)),
      (.accuracy, try text(accuracy)),
      (.weightedF1, try text(weightedF1)),
      (.macroF1, try text(macroF1)),
      (.macroF1Present, try text(macroF1Present)),
      (.perClass, try list(perClass)),
      (.confusion, try list(confusion)),
      (.entropy, try list(entropy)),
    ]
    if let answers { members.append((.answers, try text(answers))) }
    if let intervals { members.append((.intervals, try text(intervals))) }
    if let debias { members.append((.debias, try text(debias))) }
    let lines = members.map { "  \"\($0.stringValue)\": \($1)" }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
  }
}

private func fixed(_ value: Double, digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

private func padded(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
