/// How a .csv or .tsv file's rows are divided, and where its first one is: told from the file's beginning.
struct Delimiter {
  let separator: UInt8
  /// The byte that the first row starts at, and its line: after a line such as `sep=;`.
  private(set) var start = 0
  private(set) var line = 1

  /// What may stand between fields, beside what the file's name says.
  private static let separators = [Byte.comma, UInt8(ascii: ";"), Byte.tab, UInt8(ascii: "|")]

  /// Looks for a line such as `sep=;`; else takes the usual separator, unless only another one gives a first row
  /// that `fits`.
  init(
    _ source: Source, usual: UInt8, quotes: QuoteReading, fits: ([String]) -> Bool
  ) {
    if let (separator, next) = Self.announced(source) {
      (self.separator, start, line) = (separator, next, 2)
      return
    }
    let candidates = [usual] + Self.separators.filter { $0 != usual }
    separator =
      candidates.first { separator in
        var reader = DelimitedReader(source, separator: separator, quotes: quotes)
        guard (try? reader.next()) == true else { return false }
        return fits(reader.fields.indices.map { reader.string(at: $0) })
      } ?? usual
  }

  /// A reader of the rows.
  func reader(_ source: Source, _ quotes: QuoteReading) -> DelimitedReader {
    DelimitedReader(source, separator: separator, quotes: quotes, start: start, line: line)
  }

  /// The separator that spreadsheets are told of in a first line, and where the next line starts.
  private static func announced(_ source: Source) -> (separator: UInt8, next: Int)? {
    let line = source.bytes.prefix(16).prefix { $0 != Byte.lineFeed && $0 != Byte.carriageReturn }
    let word = line.filter { $0 != Byte.quote }
    guard word.count == 5, word.starts(with: "sep=".utf8) || word.starts(with: "SEP=".utf8),
      let separator = word.last, separator < 0x80
    else { return nil }
    var next = line.endIndex
    for byte in [Byte.carriageReturn, Byte.lineFeed]
    where next < source.bytes.count && source.bytes[next] == byte { next += 1 }
    return (separator, next)
  }
}

/// Which fields of a row hold the text and the label.
struct Layout {
  /// The place of the text.
  let text: Int
  /// The place of the label; 0 where none is asked for.
  let label: Int
  /// The places of speaker, dialogue and turn, where they are asked for.
  private var speaker, dialogue, turn: Int?
  /// The place of the second view, if there is one.
  private(set) var view: Int?
  /// The header, if there is one.
  let header: [String]?
  /// Whether every field of the header but the first starts with a blank: `text, label`.
  let hasBlanks: Bool

  /// The last place that is read.
  var last: Int { [text, label, speaker, dialogue, turn, view].compactMap(\.self).max() ?? 0 }

  /// What a row says of its place in a dialogue.
  func turnFields(of row: DelimitedReader) -> TurnFields {
    TurnFields(
      speaker: speaker.map(row.string(at:)), dialogue: dialogue.map(row.string(at:)),
      turn: turn.map(row.string(at:)))
  }

  /// The fields that each row must have, if a header says so.
  var width: Int? { header?.count }

  /// The names of a row's fields, without a header their places.
  ///
  /// One that comes again has its number after it, as pandas has it: `id`, `id.1`.
  func names(_ count: Int) -> [String] {
    guard let header else { return (0..<count).map(String.init) }
    var seen: [String: Int] = [:]
    return header.map { name in
      let times = seen[name, default: 0]
      seen[name] = times + 1
      return times == 0 ? name : "\(name).\(times)"
    }
  }

  /// Columns given by place, nil if they are names.
  init?(places columns: ColumnNames, labelled: Bool) {
    guard let text = columns.textPlace else { return nil }
    if labelled {
      guard let label = columns.labelPlace else { return nil }
      self.label = label
    } else {
      label = 0
    }
    func place(of name: String?) -> Int? { name.flatMap(ColumnNames.place) }
    let own = columns.dialogue
    speaker = place(of: own.speaker)
    dialogue = place(of: own.dialogue)
    turn = place(of: own.turn)
    view = place(of: columns.view?.name)
    // A name among places is looked for in a header.
    guard (speaker == nil) == (own.speaker == nil), (dialogue == nil) == (own.dialogue == nil),
      (turn == nil) == (own.turn == nil), view != nil || columns.view?.isRequired != true
    else { return nil }
    (self.text, header, hasBlanks) = (text, nil, false)
  }

  /// Columns by the names in a header; throws a `DataError` for one that is missing or doubled.
  init(
    header fields: [String], _ columns: ColumnNames, labelled: Bool, _ source: Source, line: Int
  ) throws(DataError) {
    let header = fields.map { String(trimmed($0)) }
    func place(of name: String, _ option: String) throws(DataError) -> Int {
      guard let place = header.firstIndex(of: name) else {
        throw DataError(
          source.name, line: line,
          "no column '\(visible(name))'; the header has \(DataError.list(header)); name the column to "
            + "read with \(option); of a file without a header give the place, 0 for the first")
      }
      guard header.lastIndex(of: name) == place else {
        throw DataError(
          source.name, line: line, "two columns are named '\(visible(name))'; rename one of them")
      }
      return place
    }
    text = try place(of: columns.text, "--text-column")
    label = labelled ? try place(of: columns.label, "--label-column") : 0
    let own = columns.dialogue
    if let name = own.speaker { speaker = try place(of: name, "--speaker-column") }
    if let name = own.dialogue { dialogue = try place(of: name, "--dialogue-column") }
    if let name = own.turn { turn = try place(of: name, "--turn-column") }
    if let own = columns.view, own.isRequired || header.contains(own.name) {
      view = try place(of: own.name, "--view-column")
    }
    self.header = header
    hasBlanks = fields.count > 1 && fields.dropFirst().allSatisfy { $0.hasPrefix(" ") }
  }
}
