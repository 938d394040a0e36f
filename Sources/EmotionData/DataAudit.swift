/// What a data set is made of, and what in it may mislead.
///
/// That is: texts that stand there twice, with one label or several, and texts of one split in another.
/// Texts are compared as they stand.
public struct DataAudit: Sendable, Codable {
  /// One split.
  public struct Split: Sendable, Codable {
    /// `train`, `validation` or `test`.
    public let name: String
    /// The rows.
    public let utterances: Int
    /// Rows of each label, in id order.
    public let labelCounts: [Int]
    /// Distinct texts that stand in more than one row.
    public let repeatedTexts: Int
    /// Rows that would go if every text were kept once.
    public let repeatedRows: Int
    /// The texts with more than one label.
    public let conflicts: [Conflict]
  }

  /// A text with several labels.
  public struct Conflict: Sendable, Codable, Equatable {
    /// The text.
    public let text: String
    /// The names of its labels, in id order.
    public let labels: [String]
  }

  /// Texts of one split that stand in another.
  public struct Leak: Sendable, Codable, Equatable {
    /// The split with the texts.
    public let of: String
    /// The split that they stand in as well.
    public let into: String
    /// Rows of the former.
    public let rows: Int
    /// Those of them whose label is not among the labels there.
    public let withOtherLabel: Int

    enum CodingKeys: String, CodingKey {
      case of, into, rows
      case withOtherLabel = "with_other_label"
    }
  }

  /// The splits.
  public let splits: [Split]
  /// Each pair of splits that share a text, in the order of the splits.
  public let leaks: [Leak]

  /// Counts.
  public init(_ data: DataSet) {
    let tables = data.splits.map { split in
      Dictionary(grouping: split.examples, by: \.text).mapValues { $0.map(\.label) }
    }
    splits = zip(data.splits, tables).map { Split($0, $1, data.labels) }
    leaks = data.splits.indices.flatMap { later in
      (0..<later).compactMap { Leak(data.splits[later], data.splits[$0].name, tables[$0]) }
    }
  }
}

/// The labels that each text has, one a row.
private typealias LabelsOfTexts = [String: [Int]]

extension DataAudit.Split {
  fileprivate init(_ split: DataSplit, _ table: LabelsOfTexts, _ labels: LabelSet) {
    name = split.name
    utterances = split.count
    var counts = [Int](repeating: 0, count: labels.count)
    for example in split.examples { counts[example.label] += 1 }
    labelCounts = counts
    repeatedTexts = table.values.count { $0.count > 1 }
    repeatedRows = split.count - table.count
    conflicts = table.compactMap { text, ids in
      let ids = Set(ids).sorted()
      return ids.count < 2
        ? nil : DataAudit.Conflict(text: text, labels: ids.map { labels.names[$0] })
    }.sorted { $0.text < $1.text }
  }

  enum CodingKeys: String, CodingKey {
    case name, utterances, conflicts
    case labelCounts = "label_counts"
    case repeatedTexts = "repeated_texts"
    case repeatedRows = "repeated_rows"
  }
}

extension DataAudit.Leak {
  fileprivate init?(_ split: DataSplit, _ other: String, _ table: LabelsOfTexts) {
    let found = split.examples.compactMap { example in
      table[example.text].map { $0.contains(example.label) }
    }
    guard !found.isEmpty else { return nil }
    (of, into, rows, withOtherLabel) = (split.name, other, found.count, found.count { !$0 })
  }
}

/// How long sequences are.
public struct LengthSummary: Sendable, Codable, Equatable {
  /// Half of the sequences are not longer, 95 % are not, 99 % are not.
  public let p50, p95, p99: Int
  /// The longest.
  public let max: Int
  /// Sequences beyond the limit.
  public let overLimit: Int

  /// Summarises lengths, zeros for none; percentiles by nearest rank.
  public init(_ lengths: [Int], limit: Int) {
    let sorted = lengths.sorted()
    func percentile(_ percent: Int) -> Int {
      sorted.isEmpty ? 0 : sorted[(sorted.count * percent + 99) / 100 - 1]
    }
    (p50, p95, p99) = (percentile(50), percentile(95), percentile(99))
    max = sorted.last ?? 0
    overLimit = sorted.count { $0 > limit }
  }

  enum CodingKeys: String, CodingKey {
    case p50, p95, p99, max
    case overLimit = "over_limit"
  }
}
