internal import OrderedCollections

/// What is wrong with the rows of files, one entry a cause and file.
public struct DataProblems: Sendable {
  /// Rows of one file with one trouble.
  public struct Group: Sendable, Equatable, CustomStringConvertible {
    /// The first row's error.
    public let first: DataError
    /// How many rows there are.
    public internal(set) var count: Int
    /// The lines of the first few, in the order of the file.
    public internal(set) var lines: [Int]

    init(first: DataError) { (self.first, count, lines) = (first, 0, []) }

    fileprivate mutating func addRow(_ line: Int?) {
      count += 1
      if let line, lines.count < DataProblems.shownLines { lines.append(line) }
    }

    /// The first row's message and, where there are more, how many and the first lines.
    public var description: String { first.description + rest }

    /// What is wrong, without file and line.
    public var problem: String { first.problem + rest }

    private var rest: String {
      guard count > 1 else { return "" }
      let places = lines.isEmpty ? "" : ": lines " + lines.map(String.init).joined(separator: ", ")
      return " (\(count) rows\(places)\(count > lines.count && !lines.isEmpty ? ", ..." : ""))"
    }
  }

  private struct Key: Hashable {
    let source: String
    let cause: String
  }

  /// Lines that a message tells.
  private static let shownLines = 5

  private var entries: OrderedDictionary<Key, Group> = [:]
  private var sources: OrderedSet<String> = []
  /// All rows.
  public private(set) var count = 0

  /// No problems.
  public init() {}

  /// Whether there are none.
  public var isEmpty: Bool { entries.isEmpty }

  /// Adds a row's trouble.
  public mutating func add(_ error: DataError) {
    count += 1
    let key = Key(source: error.source, cause: error.cause)
    sources.append(error.source)
    entries[key, default: Group(first: error)].addRow(error.line)
  }

  /// The causes, file by file in the order of their first lines.
  public var groups: [Group] {
    sources.flatMap { source in
      entries.values.filter { $0.first.source == source }
        .sorted { ($0.first.line ?? 0) < ($1.first.line ?? 0) }
    }
  }

  /// All of it as one error: the first cause, and the next few on lines of their own; nil if there is none.
  var error: DataError? {
    let groups = groups
    guard let first = groups.first else { return nil }
    let shown = 5
    let more = groups.dropFirst().prefix(shown - 1).map { "\n\($0)" }.joined()
    let rest = groups.count > shown ? "\nand \(groups.count - shown) more kinds of problem" : ""
    return DataError(
      first.first.source, line: first.first.line, message: first.problem + more + rest,
      cause: first.first.cause)
  }
}
