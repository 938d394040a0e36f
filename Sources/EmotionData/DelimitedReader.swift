/// The rows of comma- or tab-separated text, as RFC 4180 writes it.
///
/// Rows end with LF, CRLF or CR; a field in quotes may hold separators, line ends and doubled quotes.
/// Lines with nothing on them are passed over. A quote inside an unquoted field stands for itself.
struct DelimitedReader {
  /// Where a field's characters are, quotes around it left out.
  struct Field {
    var range: Range<Int>
    var hasDoubledQuotes = false
    var hasLineEnd = false
  }

  private let source: Source
  private let separator: UInt8
  private let quotes: QuoteReading
  /// Whether blanks after a separator belong to it.
  var skipsBlanks = false
  private var position = 0
  /// The line that `position` is on.
  private var line = 1
  /// Where the field that is read began.
  private var fieldStart = (position: 0, line: 1)

  /// The fields of the row that `next()` read last.
  private(set) var fields: [Field] = []
  /// The line that this row starts on, counted from 1.
  private(set) var rowLine = 1

  /// A reader of all of `source`, or of what begins at byte `start` on line `line`.
  init(
    _ source: Source, separator: UInt8, quotes: QuoteReading = .auto, start: Int = 0, line: Int = 1
  ) {
    (self.source, self.separator, self.quotes) = (source, separator, quotes)
    (position, self.line) = (start, line)
  }

  /// Reads one row; false at the end of the input.
  mutating func next() throws(DataError) -> Bool {
    while !isAtEnd, isLineEnd(source.bytes[position]) { skipLineEnd() }
    if isAtEnd { return false }
    fields.removeAll(keepingCapacity: true)
    rowLine = line
    while true {
      if skipsBlanks, !fields.isEmpty { skipBlanks() }
      fieldStart = (position, line)
      fields.append(try nextField())
      if isAtEnd { return true }
      if source.bytes[position] != separator {
        skipLineEnd()
        return true
      }
      position += 1
    }
  }

  /// Hands each row that is left to `body`; what is wrong with one goes to `rejected` or, without
  /// that, is thrown.
  mutating func forEachRow(
    rejected: RowRejection?, _ body: (DelimitedReader) throws(DataError) -> Void
  ) throws(DataError) {
    while !isAtEnd {
      var isRow = false
      try sift(rejected) { () throws(DataError) in
        do throws(DataError) {
          isRow = try next()
        } catch {
          // A quote that should not be there must not take the rows after it along.
          (position, line) = fieldStart
          skipLine()
          throw error
        }
      }
      if isRow { try sift(rejected) { () throws(DataError) in try body(self) } }
    }
  }

  /// The characters of the row's field at `index`.
  func string(at index: Int) -> String {
    let field = fields[index]
    guard field.hasDoubledQuotes else { return source.string(field.range) }
    var characters: [UInt8] = []
    characters.reserveCapacity(field.range.count)
    var index = field.range.lowerBound
    while index < field.range.upperBound {
      characters.append(source.bytes[index])
      index += source.bytes[index] == Byte.quote ? 2 : 1
    }
    return String(decoding: characters, as: UTF8.self)
  }

  private var isAtEnd: Bool { position >= source.bytes.count }

  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == Byte.lineFeed || byte == Byte.carriageReturn
  }

  private mutating func skipLineEnd() {
    let isReturn = source.bytes[position] == Byte.carriageReturn
    position += 1
    if isReturn, !isAtEnd, source.bytes[position] == Byte.lineFeed { position += 1 }
    line += 1
  }

  private mutating func skipBlanks() {
    while !isAtEnd, source.bytes[position] == Byte.space { position += 1 }
  }

  private mutating func skipLine() {
    while !isAtEnd, !isLineEnd(source.bytes[position]) { position += 1 }
    if !isAtEnd { skipLineEnd() }
  }

  private mutating func nextField() throws(DataError) -> Field {
    if quotes != .plain, !isAtEnd, source.bytes[position] == Byte.quote {
      return try nextQuotedField()
    }
    let start = position
    while !isAtEnd, source.bytes[position] != separator, !isLineEnd(source.bytes[position]) {
      position += 1
    }
    return Field(range: start..<position)
  }

  private mutating func nextQuotedField() throws(DataError) -> Field {
    let isStrict = separator == Byte.tab && quotes == .auto
    position += 1
    var field = Field(range: position..<position)
    while !isAtEnd {
      let byte = source.bytes[position]
      if isStrict, byte == separator || isLineEnd(byte) {
        throw problem(
          "a quote opens a field here that holds \(byte == separator ? "a tab" : "a line end"), so it is "
            + "most likely part of the text; \(Self.plain); if it does enclose a field, give --quotes "
            + "enclosing")
      }
      if isLineEnd(byte) {
        field.hasLineEnd = true
        skipLineEnd()
        continue
      }
      position += 1
      guard byte == Byte.quote else { continue }
      if !isAtEnd, source.bytes[position] == Byte.quote {
        field.hasDoubledQuotes = true
        position += 1
        continue
      }
      field.range = field.range.lowerBound..<(position - 1)
      guard isAtEnd || source.bytes[position] == separator || isLineEnd(source.bytes[position])
      else {
        let place = line == fieldStart.line ? "" : " on line \(line)"
        throw problem(
          "characters follow a closing quote\(place); write a quote inside a quoted field twice; "
            + Self.plain)
      }
      return field
    }
    throw problem(
      "a quote opens here and is never closed; write a text that starts with a quote in quotes; "
        + Self.plain)
  }

  private static let plain = "where quotes are plain characters, give --quotes plain"

  /// An error at the line where the field begins.
  private func problem(_ text: String) -> DataError {
    DataError(source.name, line: fieldStart.line, text)
  }

  // MARK: Rows that a stray quote has swallowed

  /// How many lines inside the row's quoted fields look like rows themselves; 0 without line ends.
  ///
  /// Such a line has as many separators as a row has, and `isRow` says whether its fields may be one. The first
  /// line is the rest of the row that the quote stands in, the last one the beginning of another.
  func swallowedRows(_ isRow: ([String]) -> Bool) -> Int {
    var count = 0
    for (index, field) in fields.enumerated() where field.hasLineEnd {
      let pieces = source.bytes[field.range].split(whereSeparator: isLineEnd)
      let found = pieces.enumerated().count { place, piece in
        var cells = piece.split(separator: separator, omittingEmptySubsequences: false)
          .map { String(decoding: $0, as: UTF8.self) }
        guard cells.count > 1 else { return false }
        if place == 0 { cells = (0..<index).map { string(at: $0) } + cells }
        if place == pieces.count - 1 {
          cells += fields.indices.dropFirst(index + 1).map { string(at: $0) }
        }
        return cells.count == fields.count && isRow(cells)
      }
      count += min(found, pieces.count - 1)
    }
    return count
  }
}
