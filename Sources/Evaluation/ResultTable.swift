import Foundation

/// The paper's result tables: a row a variant, mean and standard deviation over its runs.
public struct ResultTable: Sendable {
  /// How a table is written.
  public enum Format: String, Sendable, CaseIterable {
    /// Columns of equal width.
    case text
    /// GitHub's tables.
    case markdown
    /// A `tabular` with booktabs' rules.
    case latex
    /// RFC 4180, means and deviations in columns of their own, as shares of one.
    case csv
  }

  /// The runs of one variant.
  public struct Row: Sendable {
    /// The rows with the same group stand together, such as those of one data set; may be empty.
    public let group: String
    /// The variant.
    public let name: String
    /// The scores of each run, as shares of one.
    public let scores: [Metric: [Double]]
    /// An interval for each metric, as shares of one.
    public let intervals: [Metric: ClosedRange<Double>]
    /// A comparison with another model, such as a p-value, ready to print.
    public let comparison: String

    /// A row.
    public init(
      group: String = "", name: String, scores: [Metric: [Double]],
      intervals: [Metric: ClosedRange<Double>] = [:], comparison: String = ""
    ) {
      (self.group, self.name, self.scores) = (group, name, scores)
      (self.intervals, self.comparison) = (intervals, comparison)
    }

    func spread(_ metric: Metric) -> Spread? { Spread(scores[metric] ?? []) }
    var runs: Int { scores.values.map(\.count).max() ?? 0 }
  }

  private let rows: [Row]
  private let comparisonTitle: String

  /// A table.
  ///
  /// - Parameters:
  ///   - rows: In the order of printing; groups come together at the place of their first row.
  ///   - comparisonTitle: What the rows' comparisons are, or empty.
  public init(_ rows: [Row], comparisonTitle: String = "") {
    var groups: [String] = []
    for row in rows where !groups.contains(row.group) { groups.append(row.group) }
    self.rows = groups.flatMap { group in rows.filter { $0.group == group } }
    self.comparisonTitle = comparisonTitle
  }

  /// The table, ending in a newline.
  ///
  /// - Parameters:
  ///   - format: Its form.
  ///   - safe: What is done to texts in CSV, such as ``formulaSafe(_:)``.
  /// - Returns: The text.
  public func text(_ format: Format, safe: (String) -> String = { $0 }) -> String {
    switch format {
    case .text: plain()
    case .markdown: markdown()
    case .latex: latex()
    case .csv: csv(safe)
    }
  }

  private var hasIntervals: Bool { rows.contains { !$0.intervals.isEmpty } }

  private var header: [String] {
    ["", "runs"] + Metric.allCases.map(\.title) + (comparisonTitle.isEmpty ? [] : [comparisonTitle])
  }

  /// Whether a row has the best mean of its group, where there is a choice.
  private func isBest(_ row: Row, _ metric: Metric) -> Bool {
    let means = rows.filter { $0.group == row.group }.compactMap { $0.spread(metric)?.mean }
    guard means.count > 1, let mean = row.spread(metric)?.mean else { return false }
    return mean == means.max()
  }

  private func cell(_ row: Row, _ metric: Metric, _ plusMinus: String) -> String {
    guard let spread = row.spread(metric) else { return "" }
    var text = percent(spread.mean)
    if let deviation = spread.deviation { text += plusMinus + percent(deviation) }
    if let interval = row.intervals[metric] {
      text += " [\(percent(interval.lowerBound)), \(percent(interval.upperBound))]"
    }
    return text
  }

  // MARK: Forms

  private func plain() -> String {
    var lines = [header]
    for row in rows {
      lines.append(
        [row.name, "\(row.runs)"]
          + Metric.allCases.map { cell(row, $0, " \u{B1} ") + (isBest(row, $0) ? "*" : " ") }
          + (comparisonTitle.isEmpty ? [] : [row.comparison]))
    }
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    var group = ""
    var result = line(header, widths)
    for (row, cells) in zip(rows, lines.dropFirst()) {
      if row.group != group {
        group = row.group
        result += "\(group)\n"
      }
      result += line(cells, widths)
    }
    return result + notes
  }

  private var notes: String {
    var notes = "in percent; mean \u{B1} sample standard deviation over runs"
    if hasIntervals { notes += " [95 % bootstrap interval over test rows]" }
    if rows.count > 1 { notes += "; * best of its group" }
    return notes + "\n"
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = zip(cells, widths).map { cell, width in
      cell + String(repeating: " ", count: width - cell.count)
    }
    let text = padded.joined(separator: "  ")
    return String(text.reversed().drop { $0 == " " }.reversed()) + "\n"
  }

  private func markdown() -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    var result = line(header)
    result += "|---" + String(repeating: "|---:", count: header.count - 1) + "|\n"
    var group = ""
    for row in rows {
      if row.group != group {
        group = row.group
        result += line(["*\(markdownEscaped(group))*"] + header.dropFirst().map { _ in "" })
      }
      let scores = Metric.allCases.map { metric in
        let text = cell(row, metric, " \u{B1} ")
        return isBest(row, metric) ? "**\(text)**" : text
      }
      result += line(
        [markdownEscaped(row.name), "\(row.runs)"] + scores
          + (comparisonTitle.isEmpty ? [] : [markdownEscaped(row.comparison)]))
    }
    return result
  }

  private func latex() -> String {
    func score(_ row: Row, _ metric: Metric) -> String {
      guard let spread = row.spread(metric) else { return "" }
      let mean = isBest(row, metric) ? "\\mathbf{\(percent(spread.mean))}" : percent(spread.mean)
      let deviation = spread.deviation.map { "_{\(percent($0))}" } ?? ""
      let interval = row.intervals[metric].map {
        "\\ [\(percent($0.lowerBound)), \(percent($0.upperBound))]"
      }
      return "$\(mean)\(deviation)\(interval ?? "")$"
    }
    let columns = "l" + String(repeating: "r", count: header.count - 1)
    var result = "\\begin{tabular}{\(columns)}\n\\toprule\n"
    result += header.map(latexEscaped).joined(separator: " & ") + " \\\\\n\\midrule\n"
    var group = rows.first?.group ?? ""
    if !group.isEmpty { result += groupLine(group) }
    for row in rows {
      if row.group != group {
        group = row.group
        result += "\\midrule\n" + groupLine(group)
      }
      let cells =
        [latexEscaped(row.name), "\(row.runs)"] + Metric.allCases.map { score(row, $0) }
        + (comparisonTitle.isEmpty ? [] : [latexEscaped(row.comparison)])
      result += cells.joined(separator: " & ") + " \\\\\n"
    }
    return result + "\\bottomrule\n\\end{tabular}\n"

    func groupLine(_ group: String) -> String {
      "\\multicolumn{\(header.count)}{l}{\\emph{\(latexEscaped(group))}} \\\\\n"
    }
  }

  private func csv(_ safe: (String) -> String) -> String {
    func field(_ text: String) -> String { csvField(safe(text)) }
    var names = ["group", "name", "runs"]
    for metric in Metric.allCases {
      let name = metric.rawValue.replacingOccurrences(of: "-", with: "_")
      names += [name, "\(name)_std"] + (hasIntervals ? ["\(name)_low", "\(name)_high"] : [])
    }
    if !comparisonTitle.isEmpty { names.append(field(comparisonTitle)) }
    var result = names.joined(separator: ",") + "\n"
    for row in rows {
      var cells = [field(row.group), field(row.name), "\(row.runs)"]
      for metric in Metric.allCases {
        let spread = row.spread(metric)
        cells += [
          spread.map { "\($0.mean)" } ?? "", spread?.deviation.map { "\($0)" } ?? "",
        ]
        if hasIntervals {
          let interval = row.intervals[metric]
          cells += [
            interval.map { "\($0.lowerBound)" } ?? "", interval.map { "\($0.upperBound)" } ?? "",
          ]
        }
      }
      if !comparisonTitle.isEmpty { cells.append(field(row.comparison)) }
      result += cells.joined(separator: ",") + "\n"
    }
    return result
  }

  private func percent(_ value: Double) -> String { String(format: "%.2f", 100 * value) }
}
