/// GoEmotions' original release: text TAB comma-separated ids TAB comment id, without a header.
enum GoEmotionsRelease {
  /// Ids 0 to 26 are emotions, in the order of the label set `goemotions`; this one follows them.
  private static let neutral = 27

  /// Whether the first row has three fields, of which the second is a list of ids.
  static func isRelease(_ head: Source) -> Bool {
    var reader = DelimitedReader(head, separator: Byte.tab)
    guard (try? reader.next()) == true, reader.fields.count == 3 else { return false }
    return labelIDs(reader.string(at: 1)) != nil && !isBlank(reader.string(at: 2))
      && reader.string(at: 2).allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) }
  }

  /// Reads all rows; those of several labels are left out, and neutral ones unless it is a label.
  static func read(
    _ source: Source, _ quotes: QuoteReading, into rows: inout ExampleCollector
  ) throws(DataError) {
    var reader = DelimitedReader(source, separator: Byte.tab, quotes: quotes)
    try reader.forEachRow(rejected: rows.rejected) { (row) throws(DataError) in
      guard row.fields.count > 1 else {
        throw DataError(
          source.name, line: row.rowLine,
          "1 field; text, label ids and comment id with tabs between them are wanted")
      }
      guard let ids = labelIDs(row.string(at: 1)) else {
        throw DataError(
          source.name, line: row.rowLine,
          "the label ids are \(DataError.excerpt(row.string(at: 1))); whole numbers from 0 to "
            + "\(neutral) with commas between them are wanted")
      }
      if ids.count > 1 { return rows.omit(.severalLabels) }
      if ids[0] == neutral, rows.labels.count <= neutral { return rows.omit(.neutral) }
      try rows.add(Record(line: row.rowLine, text: row.string(at: 0), label: .text("\(ids[0])")))
    }
  }

  private static func labelIDs(_ field: String) -> [Int]? {
    let parts = field.split(separator: ",", omittingEmptySubsequences: false)
    let ids = parts.compactMap { Int($0) }.filter { 0...neutral ~= $0 }
    return ids.count == parts.count ? ids : nil
  }
}

/// EmpatheticIntents: `id <SEP> text` lines.
enum EmpatheticIntentsRelease {
  static let separator = Array(" <SEP> ".utf8)

  /// Whether the first line has the separator after a number.
  static func isRelease(_ head: Source) -> Bool {
    let line = head.bytes.prefix { $0 != Byte.lineFeed }
    guard let place = line.firstRange(of: separator) else { return false }
    return Int(head.string(0..<place.lowerBound)) != nil
  }

  /// Reads all lines but empty ones.
  static func read(_ source: Source, into rows: inout ExampleCollector) throws(DataError) {
    let rejected = rows.rejected
    try forEachLine(of: source) { (line, range) throws(DataError) in
      guard source.bytes[range].contains(where: { $0 > Byte.space }) else { return }
      try sift(rejected) { () throws(DataError) in
        guard let place = source.bytes[range].firstRange(of: separator) else {
          throw DataError(
            source.name, line: line,
            "no ' <SEP> ' in \(DataError.excerpt(source.string(range))); the label's id, this mark "
              + "and the text are wanted")
        }
        try rows.add(
          Record(
            line: line, text: source.string(place.upperBound..<range.upperBound),
            label: LabelField(source.string(range.lowerBound..<place.lowerBound))))
      }
    }
  }
}

/// The labelled dialogues that EDOS's authors trained their classifier on: one file labelled by three
/// workers each, and files that their classifier or a similarity labelled.
///
/// A label is that of the last turn in the light of those before. As in the authors' program the text
/// is the whole dialogue, its turns from the last to the first, so that truncation takes the oldest;
/// there the turns are weighed by position as well, here they are joined by a blank.
enum EDOSRelease {
  private static let workers = ColumnNames(text: "Dialog", label: "Agreed emotion (2/3 vote)")
  private static let machine = ColumnNames(text: "os_dialog", label: "emotion")

  /// Whether the header has the columns of either kind of file.
  static func isRelease(_ head: Source) -> Bool { columns(of: head) != nil }

  /// Whether workers labelled the file.
  static func isLabelledByWorkers(_ source: Source) -> Bool { columns(of: source) == workers }

  /// Reads all rows; those without a common answer, or with one that is no label, are left out.
  static func read(_ source: Source, into rows: inout ExampleCollector) throws(DataError) {
    guard let columns = Self.columns(of: source) else {
      throw DataError(
        source.name, line: 1,
        "not a file of EDOS; its header has '\(workers.text)' and '\(workers.label)', or "
          + "'\(machine.text)' and '\(machine.label)'")
    }
    let wishes = RecordWishes(isLabelled: true, rejected: rows.rejected)
    try forEachRecord(of: source, .csv, ReadingOptions(columns: columns), wishes) {
      (record) throws(DataError) in
      guard case .text(let field) = record.label else { return try rows.add(record) }
      let answer = trimmed(field).lowercased()
      if answer == "-" { return rows.omit(.noAgreement) }
      let own = " (other)"
      let label = answer.hasSuffix(own) ? String(answer.dropLast(own.count)) : answer
      if label != answer, rows.labels.id(of: label) == nil { return rows.omit(.otherAnswer) }
      try rows.add(Record(line: record.line, text: lastTurnFirst(record.text), label: .text(label)))
    }
  }

  /// The turns of a dialogue from the last to the first.
  static func lastTurnFirst(_ dialogue: String) -> String {
    dialogue.split(whereSeparator: \.isNewline).reversed()
      .map { $0.hasPrefix("- ") ? $0.dropFirst(2) : $0 }.joined(separator: " ")
  }

  /// The columns of a file, if it is one of the release's.
  static func columns(of source: Source) -> ColumnNames? {
    var reader = DelimitedReader(source, separator: Byte.comma)
    guard (try? reader.next()) == true else { return nil }
    let header = reader.fields.indices.map { reader.string(at: $0) }
    return [workers, machine].first { header.contains($0.text) && header.contains($0.label) }
  }
}
