import JSONText
import Testing

@Suite struct JSONReaderTests {
  private static let strict = JSONReader.Options(maximumDepth: 8)
  private static let lenient: JSONReader.Options = {
    var options = strict
    options.allowsLooseNumbers = true
    options.allowsNonFinite = true
    options.replacesHalfCharacters = true
    options.checksEncoding = false
    return options
  }()

  private func read(
    _ bytes: [UInt8], _ options: JSONReader.Options = strict
  ) throws(JSONFault) -> JSON {
    try bytes.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
      var reader = JSONReader(bytes, options)
      return try reader.document()
    }
  }

  private func fault(_ text: String, _ options: JSONReader.Options = strict) -> JSONFault? {
    #expect(throws: JSONFault.self) { try read(Array(text.utf8), options) }
  }

  @Test func membersKeepTheirOrderAndTheLastOfEqualKeysCounts() throws {
    let value = try read(Array(#" {"b":1, "a":[true,null], "b":{}} "#.utf8))
    #expect(
      value
        == .object([
          .init("b", .integer(1)), .init("a", .array([.bool(true), .null])),
          .init("b", .object([])),
        ]))
    #expect(value["b"] == .object([]) && value["c"] == nil)
    #expect(String(decoding: value["a"]!.serialized(), as: UTF8.self) == "[\n  true,\n  null\n]\n")
  }

  @Test func keysThatLookAlikeAreDifferent() throws {
    var options = Self.strict
    options.allowsDuplicateKeys = false
    #expect(try read(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8), options).members?.count == 2)
    #expect(fault(#"{"a":1,"\u0061":2}"#, options)?.kind == .duplicateKey("a"))
  }

  @Test(arguments: [
    ("0", JSON.integer(0)), ("-12", .integer(-12)), ("-0", .decimal(Array("-0".utf8))),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .decimal(Array("9223372036854775808".utf8))),
    ("1.50", .decimal(Array("1.50".utf8))), ("2E-3", .decimal(Array("2E-3".utf8))),
  ])
  func numbersAreWhatStandsThere(_ text: String, _ value: JSON) throws {
    #expect(try read(Array(text.utf8)) == value && value.digits == text)
    #expect(try read(Array(text.utf8), Self.lenient) == value)
  }

  @Test(arguments: ["+1", "007", ".5", "NaN", "Infinity", "-Infinity"])
  func pythonsNumbersAreAnOption(_ text: String) throws {
    #expect(fault(text) != nil)
    #expect(try read(Array(text.utf8), Self.lenient).digits == text)
  }

  @Test func escapesBecomeBytes() throws {
    let text = #""\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00x""#
    #expect(try read(Array(text.utf8)).text == "\"\\/\u{8}\u{C}\n\r\t\u{E9}\u{1F600}x")
  }

  @Test func halfCharactersAreRefusedOrReplaced() throws {
    #expect(fault(#""\ud83d""#)?.kind == .surrogate)
    #expect(fault(#""\ud83d\u0041""#)?.kind == .lowSurrogate)
    for (text, read) in [
      (#""\ud83d""#, "\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ude00\n""#, "\u{FFFD}\n"),
    ] {
      #expect(try self.read(Array(text.utf8), Self.lenient).text == read)
    }
  }

  @Test(arguments: [
    ("", JSONFault.Kind.value, 0), ("[1,]", .value, 3), ("tru", .word("true"), 0),
    ("[-]", .digit, 2), ("[1.]", .digit, 3), ("{\"a\" 1}", .character(UInt8(ascii: ":")), 5),
    ("[1 2]", .separator(closing: UInt8(ascii: "]")), 3),
    ("{\"a\":1", .separator(closing: UInt8(ascii: "}")), 6), ("{a:1}", .key, 1),
    ("1 2", .end, 2), ("01", .end, 1), ("[[[[[[[[1]]]]]]]]", .depth, 8),
    ("\"a", .unclosedString, 2), ("\"a\\", .unclosedString, 3), ("\"\n\"", .controlCharacter, 1),
    ("\"\\x\"", .escape, 3), ("\"\\u12g4\"", .hexadecimal, 5),
  ])
  func faultsHaveAPlace(_ text: String, _ kind: JSONFault.Kind, _ offset: Int) throws {
    let found = try #require(self.fault(text))
    #expect(found.kind == kind && found.offset == offset, "\(found)")
  }

  @Test func stringsAreCheckedWhereTheTextWasNot() throws {
    let bytes: [UInt8] = [0x22, 0x61, 0xFF, 0x22]
    let fault = #expect(throws: JSONFault.self) { try read(bytes) }
    #expect(fault?.kind == .encoding && fault?.offset == 1)
    #expect(try read(bytes, Self.lenient).bytes == [0x61, 0xFF])
  }

  @Test func aListIsReadElementByElement() throws {
    let text = Array(#" [1 , "\ud800",{}] "#.utf8)
    try text.withUnsafeBufferPointer { text in
      var reader = JSONReader(text, Self.lenient)
      try reader.beginArray()
      var found: [JSON] = []
      var starts: [Int] = []
      var halves: [Bool] = []
      while let element = try reader.nextElement() {
        found.append(element)
        starts.append(reader.elementStart)
        halves.append(reader.hasHalfCharacter)
      }
      try reader.end()
      #expect(found == [.integer(1), .text("\u{FFFD}"), .object([])])
      #expect(starts == [2, 6, 15] && halves == [false, true, false])
    }
    for (text, kind) in [
      ("[1,]", JSONFault.Kind.value), ("[1", .character(UInt8(ascii: "]"))), ("[] 1", .end),
      ("{}", .character(UInt8(ascii: "["))),
    ] {
      let fault = #expect(throws: JSONFault.self) {
        try Array(text.utf8).withUnsafeBufferPointer { text in
          var reader = JSONReader(text, Self.strict)
          try reader.beginArray()
          while try reader.nextElement() != nil {}
          try reader.end()
        }
      }
      #expect(fault?.kind == kind, "\(text)")
    }
  }
}
