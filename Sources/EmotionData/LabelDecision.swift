internal import OrderedCollections

/// The distinct labels of one file, and what they stand for.
///
/// Ids and names are told apart once for a whole file: row by row, a label set with names such as `1` or `0`
/// would take some rows one way and some the other.
struct LabelFields {
  /// The fields, blanks around them left out, in the order of the file.
  private(set) var values: OrderedSet<String> = []
  private(set) var counts: [Int] = []

  /// Counts a row's field; returns its place among `values`.
  mutating func add(_ field: String) -> Int {
    let (isNew, place) = values.append(String(trimmed(field)))
    if isNew { counts.append(0) }
    counts[place] += 1
    return place
  }

  /// What a file's labels are, as far as the file alone tells.
  enum Decision: Equatable {
    case certain(LabelKind)
    /// They may be either; the field is read differently by name and by id.
    case ambiguous(String)
  }

  /// Decides; `numeric` labels are those that could be read both ways in principle.
  func decision(_ labels: LabelSet) -> Decision {
    var rows = (name: 0, id: 0)
    var hasWords = false
    var doubtful: String?
    for (value, count) in zip(values, counts) {
      let (name, id) = (labels.id(name: value), labels.id(number: value))
      if name != nil { rows.name += count }
      if id != nil { rows.id += count }
      if name != nil, LabelSet.wholeNumber(value) == nil { hasWords = true }
      if let name, let id, name != id { doubtful = doubtful ?? value }
    }
    let all = counts.reduce(0, +)
    switch (rows.name == all, rows.id == all) {
    case (true, true): return doubtful.map { .ambiguous($0) } ?? .certain(.name)
    case (true, false): return .certain(.name)
    case (false, true): return .certain(.id)
    case (false, false):
      if let doubtful, !hasWords { return .ambiguous(doubtful) }
      return .certain(rows.name > rows.id || rows.id == 0 && hasNoNumbers ? .name : .id)
    }
  }

  private var hasNoNumbers: Bool { values.allSatisfy { LabelSet.wholeNumber($0) == nil } }

  /// Whether a label of the file is a number.
  var hasNumbers: Bool { !hasNoNumbers }

  /// Each value's id, or what is wrong with it.
  func resolved(_ labels: LabelSet, _ kind: LabelKind) -> [Result<Int, Problem>] {
    values.map { value in
      let id = kind == .id ? labels.id(number: value) : labels.id(name: value)
      return id.map { .success($0) } ?? .failure(problem(value, labels, kind))
    }
  }

  /// Why a value is no label.
  struct Problem: Error {
    let text: String
    let cause: String
  }

  private func problem(_ value: String, _ labels: LabelSet, _ kind: LabelKind) -> Problem {
    let shown = DataError.excerpt(value)
    let ids = "ids 0 to \(labels.count - 1)"
    guard let number = LabelSet.wholeNumber(value) else {
      if kind == .id, labels.id(name: value) != nil {
        return Problem(
          text:
            "label \(shown) is a name, but the labels of this file are ids; write ids in all rows, or "
            + "names in all", cause: "name among ids")
      }
      return Problem(
        text: "unknown label \(shown); this label set knows \(ids) and "
          + DataError.list(labels.names),
        cause: "unknown label")
    }
    if kind == .name {
      return Problem(
        text:
          "label \(shown) is a number, but the labels of this file are names; write names in all rows, or "
          + "ids in all, or say which they are with --label-kind", cause: "number among names")
    }
    var hint = ""
    let numbers = values.compactMap(LabelSet.wholeNumber)
    if number == labels.count, numbers.min() == 1, numbers.max() == number {
      hint = "; ids count from 0, and these seem to count from 1"
    } else if number == labels.count, labels.names == LabelSet.named("goemotions")?.names {
      hint = "; 27 is GoEmotions' neutral, which the paper leaves out: drop these rows"
    } else if number < 0 {
      hint = "; if these numbers are the labels' names, name them so in the label map"
    }
    return Problem(
      text:
        "label id \(number) is out of range; this label set has \(labels.count) labels, \(ids)\(hint)",
      cause: "label id")
  }
}

extension LabelSet {
  /// The id of a name; numbers match the name of that number, `1.0` the name `1`.
  func id(name field: String) -> Int? {
    if let id = id(of: field) { return id }
    guard let number = Self.wholeNumber(field) else { return nil }
    return id(of: String(number))
  }

  /// The id that a whole number is, if it is one in `0..<count`.
  func id(number field: String) -> Int? {
    Self.wholeNumber(field).flatMap { names.indices.contains($0) ? $0 : nil }
  }

  /// The whole number that a field holds: `3`, `+3`, `03`, and `3.0`, as pandas writes it beside missing values.
  static func wholeNumber(_ field: String) -> Int? {
    let parts = trimmed(field).split(separator: ".", omittingEmptySubsequences: false)
    guard let whole = parts.first, !whole.isEmpty, parts.count < 3,
      parts.count == 1 || parts[1].utf8.allSatisfy({ $0 == UInt8(ascii: "0") })
    else { return nil }
    return Int(whole)
  }
}
