import EmotionData
import Evaluation
import Foundation

/// What `data` tells, as text or as JSON.
struct DataReport {
  let source: String
  let format: DataSetFormat
  let labelSet: String
  let data: DataSet
  /// One for each split.
  let lengths: [LengthSummary]
  /// What measured them.
  let model: String
  let maximumLength: Int
  let rejected: DataProblems
  let notices: [DataProblems.Group]
  let audit: DataAudit

  init(
    source: String, format: DataSetFormat, labelSet: String, data: DataSet,
    lengths: [LengthSummary], model: String, maximumLength: Int, rejected: DataProblems,
    notices: [DataProblems.Group]
  ) {
    (self.source, self.format, self.labelSet, self.data) = (source, format, labelSet, data)
    (self.lengths, self.model, self.maximumLength) = (lengths, model, maximumLength)
    (self.rejected, self.notices) = (rejected, notices)
    audit = DataAudit(data)
  }

  /// Of the training split.
  var distribution: LabelDistribution {
    LabelDistribution(names: data.labels.names, counts: audit.splits[0].labelCounts)
  }

  // MARK: Text

  func text() -> String {
    let parts = [
      heading, splitTable, omissions, lengthTable, leakTable, conflicts, labelChart, verdict,
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var heading: String {
    visible(source)
      + ": format \(format.rawValue), \(data.labels.count) labels (\(visible(labelSet)))"
      + (data.labelKinds.isEmpty ? "" : ", given as \(data.labelKinds)")
  }

  private var splitTable: String {
    let header = [
      "split", "utterances", "labels used", "repeated rows", "repeated texts", "conflicting texts",
    ]
    return Self.table(
      [header]
        + audit.splits.map { split in
          [
            split.name, grouped(split.utterances), "\(split.labelCounts.count { $0 > 0 })",
            grouped(split.repeatedRows), grouped(split.repeatedTexts),
            grouped(split.conflicts.count),
          ]
        })
  }

  private var omissions: String {
    guard !data.omitted.isEmpty else { return "" }
    let rows = data.omitted.sorted { $0.key.rawValue < $1.key.rawValue }
    return "left out: "
      + rows.map { "\(grouped($0.value)) (\($0.key.rawValue))" }.joined(separator: ", ")
  }

  private var lengthTable: String {
    let header = [
      "tokens (\(visible(URL(fileURLWithPath: model).lastPathComponent)))", "p50", "p95", "p99",
      "max",
      "over \(maximumLength)",
    ]
    return Self.table(
      [header]
        + zip(audit.splits, lengths).map { split, length in
          [split.name]
            + [length.p50, length.p95, length.p99, length.max, length.overLimit].map(grouped)
        })
  }

  private var leakTable: String {
    guard !audit.leaks.isEmpty else { return "leaks: no text stands in two splits" }
    return Self.table(
      [["texts that stand in two splits", "rows", "with another label"]]
        + audit.leaks.map { leak in
          ["\(leak.of) in \(leak.into)", grouped(leak.rows), grouped(leak.withOtherLabel)]
        })
  }

  /// A few texts with several labels.
  private var conflicts: String {
    audit.splits.filter { !$0.conflicts.isEmpty }.map { split in
      "several labels in \(split.name), for instance:\n"
        + split.conflicts.prefix(3).map { conflict in
          "  \(visible(conflict.labels.joined(separator: ", "))): \(Self.excerpt(conflict.text))"
        }.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private var labelChart: String {
    let imbalance = distribution.imbalance.map {
      "; the largest is \(decimal($0, $0 < 10 ? 1 : 0)) times the smallest"
    }
    return "labels of train\(imbalance ?? "; some have no utterance")\n"
      + distribution.text()
  }

  private var verdict: String {
    guard rejected.isEmpty else {
      return
        "training would refuse this folder: \(grouped(rejected.count)) problem\(rejected.count == 1 ? "" : "s"), on standard error"
    }
    let omitted = data.omitted.values.reduce(0, +)
    return omitted == 0
      ? "every row can be used"
      : "\(grouped(omitted)) row\(omitted == 1 ? " is" : "s are") left out, as told above; every other row can be used"
  }

  /// Columns of equal width: the first to the left, numbers to the right.
  private static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let pad = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + pad : pad + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func excerpt(_ text: String) -> String {
    let line = visible(String(text.map { $0.isNewline ? " " : $0 }))
    return line.count > 70 ? line.prefix(67) + "..." : line
  }

  // MARK: JSON

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Object(self)), as: UTF8.self)
  }

  private struct Object: Encodable {
    let data: String
    let format: String
    let labelSet: String
    let labels: [String]
    let splits: [DataAudit.Split]
    let leaks: [DataAudit.Leak]
    let omitted: [String: Int]
    let tokens: Tokens
    let labelKinds: [String: String]
    let rejected: [Rejection]
    let warnings: [Rejection]

    struct Tokens: Encodable {
      let model: String
      let maxLength: Int
      let splits: [String: LengthSummary]

      enum CodingKeys: String, CodingKey {
        case model, splits
        case maxLength = "max_length"
      }
    }

    struct Rejection: Encodable {
      let file: String
      let line: Int?
      /// The first few lines, and the number of rows.
      let lines: [Int]
      let rows: Int
      let problem: String

      init(_ group: DataProblems.Group) {
        (file, line, problem) = (group.first.source, group.first.line, group.first.problem)
        (lines, rows) = (group.lines, group.count)
      }
    }

    enum CodingKeys: String, CodingKey {
      case data, format, labels, splits, leaks, omitted, tokens, rejected, warnings
      case labelSet = "label_set"
      case labelKinds = "label_kinds"
    }

    init(_ report: DataReport) {
      (data, format, labelSet) = (report.source, report.format.rawValue, report.labelSet)
      labels = report.data.labels.names
      (splits, leaks) = (report.audit.splits, report.audit.leaks)
      omitted = Dictionary(
        uniqueKeysWithValues: report.data.omitted.map { ($0.key.rawValue, $0.value) })
      tokens = Tokens(
        model: report.model, maxLength: report.maximumLength,
        splits: Dictionary(
          uniqueKeysWithValues: zip(report.audit.splits.map(\.name), report.lengths)))
      labelKinds = Dictionary(
        uniqueKeysWithValues: report.data.splits.compactMap { split in
          split.labelKind.map { (split.name, $0.rawValue) }
        })
      rejected = report.rejected.groups.map(Rejection.init)
      warnings = report.notices.map(Rejection.init)
    }
  }
}

/// A whole number with commas between groups of three digits.
func grouped(_ number: Int) -> String {
  var digits = String(number.magnitude)
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
}

extension DataSet {
  /// What the labels of the splits were read as: `ids`, or `names in train, ids in test`; empty where none were
  /// read.
  var labelKinds: String {
    let kinds = splits.compactMap { split in split.labelKind.map { (split.name, $0) } }
    guard let first = kinds.first?.1 else { return "" }
    if kinds.allSatisfy({ $0.1 == first }) { return "\(first.rawValue)s" }
    return kinds.map { "\($0.1.rawValue)s in \($0.0)" }.joined(separator: ", ")
  }
}
