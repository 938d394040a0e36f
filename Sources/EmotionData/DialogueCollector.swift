internal import OrderedCollections

/// What a row says of its place in a dialogue, not yet judged; nil for a column that is not read, or without a value.
struct TurnFields {
  var speaker: String?
  var dialogue: String?
  var turn: String?
}

/// Gathers the rows of one file as turns of dialogues.
///
/// Rows of a dialogue need not stand together. A row whose text is blank stands alone: it says nothing to others.
struct DialogueCollector {
  private struct Row {
    let turn: Turn
    let line: Int
    /// The row's dialogue; nil for one that stands alone.
    let dialogue: Int?
    /// Orders the rows of a dialogue.
    let position: Double
  }

  private let name: String
  private let columns: DialogueColumns
  private var rows: [Row] = []
  private var names: OrderedSet<String> = []

  /// For the rows of a file called `name`.
  init(_ name: String, _ columns: DialogueColumns) {
    (self.name, self.columns) = (name, columns)
  }

  /// Whether rows have others beside them.
  var readsDialogues: Bool { columns.dialogue != nil }

  /// Takes a row; returns its place in what `utterances` gives.
  ///
  /// Throws a `DataError` for a row that does not say which dialogue it belongs to, or where in it.
  mutating func add(_ record: Record) throws(DataError) -> Int {
    let speaker = record.turn.speaker.map { String(trimmed($0)) }
    let turn = Turn(record.text, speaker: speaker.flatMap { $0.isEmpty ? nil : $0 })
    var (dialogue, position): (Int?, Double) = (nil, 0)
    if readsDialogues, !isBlank(record.text) {
      (dialogue, position) = (try number(of: record), try self.position(of: record))
    }
    rows.append(Row(turn: turn, line: record.line, dialogue: dialogue, position: position))
    return rows.count - 1
  }

  private mutating func number(of record: Record) throws(DataError) -> Int {
    let id = String(trimmed(record.turn.dialogue ?? ""))
    guard !id.isEmpty else {
      throw DataError(
        name, line: record.line,
        "the row names no dialogue in '\(visible(columns.dialogue ?? ""))'; fill it in or delete the row"
      )
    }
    return names.append(id).index
  }

  private func position(of record: Record) throws(DataError) -> Double {
    guard let column = columns.turn else { return Double(rows.count) }
    let field = String(trimmed(record.turn.turn ?? ""))
    guard let position = Double(field), position.isFinite else {
      throw DataError(
        name, line: record.line,
        "the turn in '\(visible(column))' is "
          + (field.isEmpty ? "missing" : "\(DataError.excerpt(field))")
          + "; a number that orders the rows of a dialogue is wanted",
        cause: field.isEmpty ? "no turn" : "turn is no number")
    }
    return position
  }

  /// All rows in the order of the file, each among those of its dialogue.
  ///
  /// Two rows of a dialogue with one turn go to `rejected`: nobody knows which comes first. Dialogues whose rows do
  /// not stand together, without turns that order them, go to `noticed`.
  func utterances(rejected: RowRejection, noticed: RowRejection?) -> [Utterance] {
    guard readsDialogues else {
      return rows.map { Utterance($0.turn.text, speaker: $0.turn.speaker) }
    }
    var members = [[Int]](repeating: [], count: names.count)
    for (row, content) in rows.enumerated() {
      if let dialogue = content.dialogue { members[dialogue].append(row) }
    }
    var result = rows.map { Utterance($0.turn.text, speaker: $0.turn.speaker) }
    for (dialogue, unordered) in members.enumerated() {
      // Equal turns are refused, but the order must not depend on how a sort treats them.
      let order = unordered.sorted { (rows[$0].position, $0) < (rows[$1].position, $1) }
      for (one, next) in zip(order, order.dropFirst())
      where rows[one].position == rows[next].position {
        rejected(sameTurn(rows[one], rows[next], names[dialogue]))
      }
      if columns.turn == nil, let apart = firstApart(unordered) {
        noticed?(
          DataError(
            name, line: rows[apart].line,
            "dialogue \(DataError.excerpt(names[dialogue])) goes on here after rows of others; the order of the file "
              + "is taken for that of its turns: if it is not, name their column with --turn-column"
          ))
      }
      let turns = order.map { rows[$0].turn }
      for (place, row) in order.enumerated() { result[row] = Utterance(place, of: turns) }
    }
    return result
  }

  /// The first row that follows one of another dialogue.
  private func firstApart(_ members: [Int]) -> Int? {
    zip(members, members.dropFirst()).first { one, next in
      rows[(one + 1)..<next].contains { $0.dialogue != nil }
    }?.1
  }

  private func sameTurn(_ one: Row, _ other: Row, _ dialogue: String) -> DataError {
    let (first, second) = one.line < other.line ? (one, other) : (other, one)
    let turn =
      first.position == first.position.rounded() && abs(first.position) < 1e15
      ? "\(Int(first.position))" : "\(first.position)"
    return DataError(
      name, line: second.line,
      "turn \(turn) of dialogue \(DataError.excerpt(dialogue)) stands on line \(first.line) already; number the "
        + "turns of a dialogue apart, or leave --turn-column out where the file has them in order")
  }
}
