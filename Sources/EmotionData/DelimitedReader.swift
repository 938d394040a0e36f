/// The rows of comma- or tab-separated text, as RFC 4180 writes it.
///
/// Rows end with LF, CRLF or CR; a field in quotes may hold separators, line ends and doubled quotes.
/// Lines with nothing on them are passed over. A quote inside an unquoted field stands for itself.
struct DelimitedReader {
  /// Where a field's characters are, quotes around it left out.
  struct Field {
    var range: Range<Int>
    var hasDoubledQuotes = false
  }

  private let source: Source
  private let separator: UInt8
  private var position = 0
  /// The line that `position` is on.
  private var line = 1

  /// The fields of the row that `next()` read last.
  private(set) var fields: [Field] = []
  /// The line that this row starts on, counted from 1.
  private(set) var rowLine = 1

  init(_ source: Source, separator: UInt8) {
    self.source = source
    self.separator = separator
  }

  /// Reads one row; false at the end of the input.
  mutating func next() throws(DataError) -> Bool {
    while !isAtEnd, isLineEnd(source.bytes[position]) { skipLineEnd() }
    if isAtEnd { return false }
    fields.removeAll(keepingCapacity: true)
    rowLine = line
    while true {
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

  private mutating func skipLine() {
    while !isAtEnd, !isLineEnd(source.bytes[position]) { position += 1 }
    if !isAtEnd { skipLineEnd() }
  }

  private mutating func nextField() throws(DataError) -> Field {
    if !isAtEnd, source.bytes[position] == Byte.quote { return try nextQuotedField() }
    let start = position
    while !isAtEnd, source.bytes[position] != separator, !isLineEnd(source.bytes[position]) {
      position += 1
    }
    return Field(range: start..<position)
  }

  private mutating func nextQuotedField() throws(DataError) -> Field {
    let openingLine = line
    position += 1
    var field = Field(range: position..<position)
    while !isAtEnd {
      let byte = source.bytes[position]
      if isLineEnd(byte) {
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
        throw DataError(
          source.name, line: line,
          "characters follow a closing quote; write a quote inside a quoted field twice")
      }
      return field
    }
    throw DataError(
      source.name, line: openingLine,
      "a quote opens here and is never closed; write a text that starts with a quote in quotes")
  }
}
