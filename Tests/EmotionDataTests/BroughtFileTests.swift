import EmotionData
import Foundation
import Testing

/// Files as spreadsheets, Python and other programs write them.
@Suite struct BroughtFileTests {
  private func read(
    _ name: String, _ bytes: some Sequence<UInt8>, _ options: ReadingOptions = ReadingOptions()
  ) throws -> (examples: [Example], notices: [DataError]) {
    let folder = try TemporaryFolder()
    var notices: [DataError] = []
    let examples = try readExamples(
      file: try folder.write(name, bytes), labels: try threeLabels(), options,
      noticed: { notices.append($0) })
    return (examples, notices)
  }

  private static let wanted = [
    Example(text: "hi, you", label: 0), Example(text: "so; so", label: 2),
  ]

  @Test(arguments: [
    "text;label\r\nhi, you;0\r\n\"so; so\";2\r\n",
    "\u{FEFF}sep=;\r\ntext;label\r\nhi, you;0\n\"so; so\";2\n",
    "\"sep=|\"\ntext|label\nhi, you|0\nso; so|2\n", "text\tlabel\nhi, you\t0\nso; so\t2\n",
    "label, text\n0, \"hi, you\"\n2, so; so\n",
    "text,label\n\"hi, you\",0\n,\n  \n,,,\nso; so,2\n,\n\n",
    "text|label\nhi, you|0\nso; so|2\n", " text , label\n\"hi, you\",0\nso; so,2\n",
  ])
  func separators(_ text: String) throws {
    #expect(try read("a.csv", text.utf8).examples == Self.wanted, "\(text)")
    let folder = try TemporaryFolder()
    let texts = try readTexts(file: folder.write("a.csv", text)).filter { !$0.isEmpty }
    #expect(texts == Self.wanted.map(\.text))
  }

  @Test func theLineOfARowAfterASeparatorLine() throws {
    let found = try failure("a.csv", "sep=;\ntext;label\nhi;0\nyou;9\n".utf8)
    #expect(found.line == 4)
  }

  @Test func utf16() throws {
    let text = "text;label\r\nhi, you;0\r\n\"so; so\";2\r\n"
    for isBig in [true, false] {
      let bytes = ("\u{FEFF}" + text).utf16.flatMap { unit in
        isBig ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
      }
      #expect(try read("a.csv", bytes).examples == Self.wanted)
      let name = isBig ? "UTF-16BE" : "UTF-16LE"
      let unmarked = try failure("a.csv", bytes.dropFirst(2))
      #expect(unmarked.problem.contains("iconv -f \(name) -t UTF-8 '"), "\(unmarked)")
      #expect(try failure("a.csv", bytes.dropLast()).problem.contains("half a character"))
    }
    let half = try failure("a.csv", [0xFF, 0xFE, 0x61, 0, 0x0A, 0, 0x3D, 0xD8, 0x62, 0])
    #expect(half.line == 2)
    #expect(half.problem.contains("half a surrogate pair"))
    #expect(try failure("a.csv", [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0]).problem.contains("UTF-32"))
  }

  @Test func codePages() throws {
    let bytes =
      Array("text,label\nhi,0\ncaf".utf8) + [0xE9, 0x2C, 0x31, 0x0A, 0x80, 0x2C, 0x31, 0x0A]
    let found = try failure("a.csv", bytes)
    #expect(found.line == 3)
    #expect(found.problem.contains("and 1 more lines with such bytes"))
    #expect(found.problem.contains("Windows-1252 the place says 'caf\u{E9},1'"), "\(found)")
    #expect(found.problem.contains("iconv -f WINDOWS-1252 -t UTF-8 '"))
  }

  @Test func jsonOfPython() throws {
    let rows = [
      #"{"text":"hi, you","label":0,"x":NaN,"y":[-Infinity,Infinity]}"#,
      #"{"text":"so; so","label":2.0,"x":NaN}"#,
    ]
    let lines = rows.joined(separator: "\n")
    let array = "[\n" + rows.joined(separator: ",\n") + "\n]\n"
    for name in ["a.json", "a.ndjson", "a.jsonl"] {
      #expect(try read(name, lines.utf8).examples == Self.wanted, "\(name)")
      #expect(try read(name, array.utf8).examples == Self.wanted, "\(name)")
    }
    #expect(try read("a.json", "[]\n{".utf8.prefix(0) + Array(array.utf8)).notices.isEmpty)
  }

  @Test func halfAnEmoji() throws {
    for escape in [#"\ud83d"#, #"\ude00"#, #"\ud83d\n"#, #"\ud83d\u0041"#, #"\ud83d\ud83d\ude00"#] {
      let line = "{\"text\":\"a\(escape)\",\"label\":0}\n"
      let (examples, notices) = try read("a.jsonl", (line + line).utf8)
      #expect(examples.first?.text.hasPrefix("a\u{FFFD}") == true, "\(escape)")
      #expect(notices.map(\.line) == [1, 2])
    }
    #expect(
      try read("a.jsonl", #"{"text":"a\ud83d\ud83d\ude00","label":0}"#.utf8).examples.map(\.text)
        == ["a\u{FFFD}\u{1F600}"])
  }

  @Test func formWhateverTheName() throws {
    let csv = ReadingOptions(form: .csv)
    #expect(
      try read("a.txt", "text,label\n\"hi, you\",0\nso; so,2\n".utf8, csv).examples == Self.wanted)
    let folder = try TemporaryFolder()
    try folder.write("train.data", "text,label\na,0\n")
    try folder.write("dev.txt", "text,label\nb,1\n")
    let data = try DataSet(folder: folder.url, labels: try threeLabels(), csv)
    #expect(data.splits.map(\.count) == [1, 1])
    let file = try folder.write("a.csv", "one, two\n\nthree\n")
    #expect(
      try readUtterances(file: file, ReadingOptions(form: .txt)).texts == ["one, two", "", "three"])
  }

  @Test func textsWithoutHeader() throws {
    let folder = try TemporaryFolder()
    let options = ReadingOptions(columns: ColumnNames(text: "1"))
    let file = try folder.write("a.csv", "7,hi\n8,\"you, too\"\n")
    #expect(try readUtterances(file: file, options).texts == ["hi", "you, too"])
    let counted = try folder.write("b.csv", "0,1\n7,hi\n")
    var notices: [DataError] = []
    #expect(
      try readUtterances(file: counted, options, noticed: { notices.append($0) }).texts == ["hi"])
    #expect(notices.map(\.problem) == ["the first row only counts the columns; passed over"])
    let error = try #require(throws: DataError.self) { try readTexts(file: file) }
    #expect(error.problem.contains("of a file without a header give the place, 0 for the first"))
  }

  @Test func textsOfReleases() throws {
    let folder = try TemporaryFolder()
    let rows = try folder.write("a.tsv", "hi\t3\tab1\nyou\t1,2\tab2\n")
    #expect(try readTexts(file: rows) == ["hi", "you"])
    let lines = try folder.write("a.txt", "29 <SEP> Oh!\n\n38 <SEP> Why?\n")
    #expect(try readTexts(file: lines) == ["Oh!", "", "Why?"])
    let plain = try readUtterances(file: lines, ReadingOptions(form: .txt)).texts
    #expect(plain[0] == "29 <SEP> Oh!")
  }

  @Test func whatStandsBesideTheTexts() throws {
    let folder = try TemporaryFolder()
    let csv = try folder.write("a.csv", "id,text,id\n1,hi,x\n2,you,y\n")
    let table = try readUtterances(file: csv, ReadingOptions(), keepsFields: true)
    #expect(table.columns == ["id", "text", "id.1"])
    #expect(
      table.rows == [
        [.text("1"), .text("hi"), .text("x")], [.text("2"), .text("you"), .text("y")],
      ])
    let lines = try folder.write(
      "a.jsonl", #"{"text":"hi","n":[1,{"a\n":null}]}"# + "\n" + #"{"k":NaN,"text":"you"}"#)
    let more = try readUtterances(file: lines, ReadingOptions(), keepsFields: true)
    #expect(more.columns == ["text", "n", "k"])
    #expect(more.rows[0] == [.text("hi"), .json(#"[1,{"a\n":null}]"#)])
    #expect(more.rows[1] == [.text("you"), nil, .json("null")])
  }

  @Test func oldLineEnds() throws {
    for name in ["a.csv", "a.jsonl"] {
      let rows =
        name == "a.csv"
        ? "text,label\r\"hi, you\",0\rso; so,2\r"
        : "{\"text\":\"hi, you\",\"label\":0}\r{\"text\":\"so; so\",\"label\":2}\r"
      #expect(try read(name, rows.utf8).examples == Self.wanted)
    }
    let folder = try TemporaryFolder()
    #expect(try readTexts(file: folder.write("a.txt", "one\rtwo\r")) == ["one", "two"])
  }

  @Test func aMessageACause() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<20_000).map { "x,\($0 % 2 == 0 ? "bliss\($0)" : "joy")\n" }.joined()
    let file = try folder.write("a.csv", "text,label\n" + rows + ",joy\n")
    var problems = DataProblems()
    _ = try readExamples(file: file, labels: threeLabels(), rejected: { problems.add($0) })
    #expect(problems.count == 10_001)
    #expect(problems.groups.count == 2)
    #expect(
      problems.groups[0].description.hasSuffix("(10000 rows: lines 2, 4, 6, 8, 10, ...)"),
      "\(problems.groups[0])")
    let error = try #require(throws: DataError.self) {
      try readExamples(file: file, labels: threeLabels())
    }
    #expect(error.problem.split(separator: "\n").count == 2)
  }

  @Test func pipes() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.url.appendingPathComponent("p.csv")
    try #require(mkfifo(pipe.path, 0o600) == 0)
    #expect(FileContents.isStream(pipe.path))
    let size = 300_000
    Thread.detachNewThread {
      let handle = FileHandle(forWritingAtPath: pipe.path)
      handle?.write(Data("text,label\n\(String(repeating: "a", count: size)),1\n".utf8))
      handle?.closeFile()
    }
    let examples = try readExamples(file: pipe, labels: try threeLabels())
    #expect(examples.map(\.text.count) == [size])
  }
}

@Suite struct QuoteTests {
  private let stray =
    "text\tlabel\nfine\t1\n\"no way\t0\nwhat a day\t1\nis that all\"\t0\nsee you\t1\n"

  private func read(_ name: String, _ text: String, _ quotes: QuoteReading) throws -> (
    texts: [String], problems: DataProblems, notices: [DataError]
  ) {
    let folder = try TemporaryFolder()
    var problems = DataProblems()
    var notices: [DataError] = []
    let examples = try readExamples(
      file: try folder.write(name, text), labels: try threeLabels(), ReadingOptions(quotes: quotes),
      rejected: { problems.add($0) }, noticed: { notices.append($0) })
    return (examples.map(\.text), problems, notices)
  }

  @Test func tabsAndLineEndsInQuotesAreRefused() throws {
    let found = try read("a.tsv", stray, .auto)
    #expect(found.texts == ["fine", "what a day", "is that all\"", "see you"])
    #expect(found.problems.groups.map(\.first.line) == [3])
    #expect(found.problems.groups[0].problem.contains("holds a tab"))
    #expect(found.problems.groups[0].problem.contains("--quotes plain"))
    let lines = try read("a.tsv", "text\tlabel\n\"two\nlines\"\t1\n", .auto)
    #expect(lines.problems.groups.map(\.first.line) == [2])
    let plain = try read("a.tsv", stray, .plain)
    #expect(plain.texts == ["fine", "\"no way", "what a day", "is that all\"", "see you"])
    #expect(plain.problems.isEmpty)
    #expect(try read("a.tsv", stray, .enclosing).texts.count == 3)
    let quoted = "text\tlabel\n\"say \"\"hi\"\"\"\t1\n\"\"\"\"\t2\n"
    #expect(try read("a.tsv", quoted, .auto).texts == ["say \"hi\"", "\""])
    #expect(try read("a.tsv", quoted, .plain).texts == ["\"say \"\"hi\"\"\"", "\"\"\"\""])
  }

  @Test func swallowedRowsAreWarnedOf() throws {
    let swallowing = "text,label\nfine,1\n\"no way,0\nwhat a day,1\nis that all\",0\nsee you,1\n"
    let found = try read("a.csv", swallowing, .auto)
    #expect(found.texts.count == 3)
    #expect(found.notices.map(\.line) == [3])
    #expect(found.notices[0].problem.contains("what looks like 2 further rows"))
    for harmless in [
      "text,label\n\"two, three\nlines, and, so on\",1\n", "text,label\n\"Dear all,\nhi\",1\n",
      "id,text,label\n1,\"a\nb\",1\n",
    ] {
      #expect(try read("a.csv", harmless, .auto).notices.isEmpty, "\(harmless)")
    }
    for swallowing in [
      "text,label\n\"no way,0\nok\",0\n", "label,text\n0,\"no way\n1,ok\"\n",
      "id,text,label\na,\"no way,0\nb,ok\",1\n",
    ] {
      #expect(try read("a.csv", swallowing, .auto).notices.count == 1, "\(swallowing)")
    }
  }

  @Test func swallowedRowsWithoutLabels() throws {
    let folder = try TemporaryFolder()
    func notices(_ text: String) throws -> Int {
      var count = 0
      let file = try folder.write("a.csv", text)
      _ = try readUtterances(file: file, ReadingOptions(), noticed: { _ in count += 1 })
      return count
    }
    #expect(try notices("id,text\n1,\"no way\n2,ok\"\n") == 1)
    #expect(try notices("text,id\n\"no way,1\nok\",2\n") == 1)
    #expect(try notices("id,text\n1,\"Dear all, hi\nyou, too\"\n") == 0)
    #expect(try notices("text,id\n\"Dear all,\nhi\",1\n\"well, yes\nno\",x\n") == 0)
  }

  @Test func anOpenQuoteTakesNoRowsAlong() throws {
    let found = try read("a.csv", "text,label\n\"a,0\nb,1\nc,2\n", .auto)
    #expect(found.texts == ["b", "c"])
    #expect(found.problems.groups.map(\.first.line) == [2])
  }
}

/// Rows of which nobody knows what was meant.
@Suite struct DoubtfulRowTests {
  @Test(arguments: ["\n", ",\n"])
  func aKeyThatComesAgain(_ end: String) throws {
    let rows = [
      #"{"text":"a","label":"joy"}"#, #"{"text":"b","label":"joy","label":"sadness"}"#,
    ].joined(separator: end)
    let found = try failure("a.jsonl", (end == "\n" ? rows : "[\(rows)]").utf8)
    #expect(found.line == 2)
    #expect(found.problem.contains("the key 'label' stands in one object twice"), "\(found)")
  }

  @Test func severalLabels() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "a.jsonl",
      #"{"text":"a","label":["joy"]}"# + "\n" + #"{"text":"b","label":["joy","sadness"]}"#)
    var notices: [String] = []
    let examples = try readExamples(
      file: file, labels: threeLabels(), noticed: { notices.append($0.problem) })
    #expect(examples.map(\.text) == ["a"])
    #expect(notices == ["1 row has several labels; left out, for one label a row is wanted"])
    let found = try failure("a.csv", "text,label\na,\"[0, 1]\"\nb,\"[1, 2]\"\n".utf8)
    #expect(
      found.problem
        == "no row is left; left out: 2 (several labels); one label a row is wanted")
  }

  @Test func linesOfAStream() throws {
    #expect(try lineOfText([0xEF, 0xBB, 0xBF, 0x61], number: 1, source: "s") == "a")
    #expect(try lineOfText([0xEF, 0xBB, 0xBF, 0x61], number: 2, source: "s") == "\u{FEFF}a")
    #expect(try lineOfText([], number: 1, source: "s") == "")
    for bytes in [[0x63, 0xE9], [0xFF, 0xFE, 0x61, 0]] as [[UInt8]] {
      let error = try #require(throws: DataError.self) {
        try lineOfText(bytes, number: 1, source: "s")
      }
      #expect(error.description.hasPrefix("s:1: not UTF-8: byte 0x"), "\(error)")
    }
  }
}

@Suite struct VisibleTests {
  @Test(arguments: [
    ("a\u{200B}b", "a\\u{200B}b"), ("\u{FEFF}x", "\\u{FEFF}x"), ("a\u{A0}b", "a\\u{A0}b"),
    ("a\n\t\r", "a\\n\\t\\r"), ("\u{1B}[31m", "\\u{1B}[31m"), ("\u{202E}x", "\\u{202E}x"),
    ("\u{3164}", "\\u{3164}"), ("\u{AD}", "\\u{AD}"), ("caf\u{E9} \u{4F60}", "caf\u{E9} \u{4F60}"),
    ("\u{2764}\u{FE0F}\u{200D}\u{1F525}", "\u{2764}\u{FE0F}\u{200D}\u{1F525}"), ("", ""),
  ])
  func characters(_ text: String, _ shown: String) { #expect(visible(text) == shown) }

  @Test func messagesKeepTheirLines() {
    #expect(
      terminalSafe("a\n\tb\u{1B}c\u{9B}\u{2066}\u{200B}")
        == "a\n\tb\\u001Bc\\u009B\\u2066\u{200B}")
  }
}
