import EmotionData
import Foundation
import Testing

@Suite struct ReaderErrorTests {
  /// Broken files, the line to blame and a part of the message.
  static let cases: [(name: String, text: String, line: Int?, problem: String)] = [
    (
      "a.csv", "text,label\nhi,0\nyou,bliss\n", 3,
      "unknown label 'bliss'; this label set knows ids 0 to 2 and 'joy'"
    ),
    (
      "a.csv", "text,label\nhi,3\n", 2,
      "label id 3 is out of range; this label set has 3 labels, ids 0 to 2"
    ),
    ("a.csv", "text,label\nhi,-1\n", 2, "label id -1 is out of range"),
    ("a.csv", "text,label\nhi,99999999999999999999\n", 2, "unknown label '99999999999999999999'"),
    ("a.csv", "text,label\nhi,\n", 2, "the label is missing"),
    ("a.csv", "text,label\nhi,1.5\n", 2, "unknown label '1.5'"),
    ("a.csv", "text,label\nhi,3.0\n", 2, "label id 3 is out of range"),
    ("a.csv", "text,label\nhi,1\nyou,3\n", 3, "ids count from 0, and these seem to count from 1"),
    (
      "a.csv", "text,label\nhi,joy\nho,joy\nyou,2\n", 4,
      "label '2' is a number, but the labels of this"
    ),
    (
      "a.csv", "text,label\nhi,0\nho,1\nyou,joy\n", 4,
      "label 'joy' is a name, but the labels of this"
    ),
    ("a.csv", "te\u{200B}xt,label\nhi,0\n", 1, "the header has 'te\\u{200B}xt', 'label'"),
    ("a.csv", "text,label\nhi,joy\u{200B}\n", 2, "unknown label 'joy\\u{200B}'"),
    ("a.csv", "text,label\n\"two\nlines\",0\n,1\n", 4, "the text is empty"),
    ("a.csv", "text,label\n \u{A0}\t,1\n", 2, "the text is empty"),
    ("a.csv", "", nil, "no rows"),
    ("a.csv", "text,label\n\n", nil, "no rows"),
    ("a.csv", "body,label\nhi,0\n", 1, "no column 'text'; the header has 'body', 'label'"),
    ("a.csv", "text,class\nhi,0\n", 1, "no column 'label'; the header has 'text', 'class'"),
    ("a.csv", "text,label,text\nhi,0,x\n", 1, "two columns are named 'text'"),
    ("a.csv", "text,label\nwell, yes,0\n", 2, "3 fields, but the header has 2"),
    ("a.csv", "text,label\nhi\n", 2, "1 fields, but the header has 2"),
    ("a.csv", "text,label\nhi,0\n\"you,1\nthem,2\n", 3, "a quote opens here and is never closed"),
    ("a.csv", "text,label\n\"hi\" you,0\n", 2, "characters follow a closing quote"),
    ("a.tsv", "text/label\nhi/0\n", 1, "no column 'text'; the header has 'text/label'"),
    (
      "a.jsonl", "{\"text\":\"a\",\"label\":0}\n{\"text\":\"b\"}\n", 2,
      "no key 'label'; the object has 'text'"
    ),
    ("a.jsonl", "{\"text\":7,\"label\":0}\n", 1, "the value of 'text' is not text"),
    (
      "a.jsonl", "{\"text\":\"a\",\"label\":true}\n", 1,
      "the value of 'label' is neither an id nor a name"
    ),
    ("a.jsonl", "{\"text\":\"a\",\"label\":9}\n", 1, "label id 9 is out of range"),
    (
      "a.jsonl", "\n{\"text\":\"a\" \"label\":9}\n", 2,
      "broken JSON at byte 13 of the line: '}' is missing"
    ),
    ("a.jsonl", "[1]\n", 1, "not a JSON object"),
    ("a.jsonl", "{\"text\":\"a", 1, "a string is not closed"),
    ("a.jsonl", "{\"text\":NaN,\"label\":0}", 1, "the value of 'text' is not text but NaN"),
    ("a.jsonl", "{\"text\":\"a\",\"label\":NaN}", 1, "the label is NaN"),
    ("a.jsonl", "{\"text\":\"a\",\"label\":null}", 1, "the label is null"),
    ("a.jsonl", "{\"text\":\"a\",\"label\":[]}", 1, "the label is an empty list"),
    ("a.jsonl", "{\"text\":\"a\",\"label\":[[1]]}", 1, "neither an id nor a name but a list"),
    ("a.json", "[{\"text\":\"a\",\"label\":0},\n{\"text\":\"b\",\"label\":7}]", 2, "label id 7"),
    ("a.json", "[{\"text\":\"a\",\"label\":0},\n]", 2, "broken JSON at byte 1 of the line"),
    ("a.json", "[{\"text\":\"a\",\"label\":0}]\n{}", 2, "more follows after the array"),
    (
      "a.json", "{\n\"text\":{\"0\":\"a\"}\n}", 1, "one JSON object over several lines, with 'text'"
    ),
    ("a.jsonl", "{\"text\":Nay}", 1, "'NaN' was expected"),
    ("a.jsonl", "{\"text\":\"\\x\"}", 1, "no such escape"),
    ("a.jsonl", "{\"text\":\"a\tb\"}", 1, "a control character"),
    ("a.jsonl", "{\"text\":tru}", 1, "'true' was expected"),
    ("a.jsonl", "{} {}", 1, "more follows after the value"),
    ("a.jsonl", String(repeating: "[", count: 100_000), 1, "nested deeper than"),
    ("a.txt", "hi\n", nil, "a .txt file holds no labels"),
    ("a.xyz", "hi", nil, "unknown kind of file"),
    ("a.csv.parquet", "PAR1", nil, "read_parquet('a.csv.parquet').to_json('a.jsonl'"),
    ("a.csv", "PAR1...", nil, "a Parquet file"),
    ("a.csv", "version https://git-lfs.github.com/spec/v1\n", nil, "git lfs pull"),
    ("a.csv", "<!DOCTYPE html><html>", nil, "a web page, not data"),
    ("a.xlsx", "PK\u{3}\u{4}", nil, "save it as 'CSV UTF-8'"),
    ("a.csv.gz", "", nil, "gunzip -k 'a.csv.gz'"),
    ("it's.csv.gz", "", nil, "gunzip -k 'it'\\''s.csv.gz'"),
  ]

  @Test(arguments: cases.indices) func brokenFile(_ index: Int) throws {
    let broken = Self.cases[index]
    let found = try failure(broken.name, broken.text.utf8)
    #expect(found.line == broken.line)
    #expect(found.problem.contains(broken.problem), "found: \(found.problem)")
  }

  /// Byte sequences that are not UTF-8, each after `head`, and the offset of the first bad byte.
  static let brokenBytes: [(bytes: [UInt8], at: Int)] = [
    ([0x80], 0), ([0xC3], 0), ([0xC0, 0xAF], 0), ([0xE9, 0x74, 0x65], 0), ([0xE0, 0x80, 0x80], 0),
    ([0xED, 0xA0, 0x80], 0), ([0xF0, 0x8F, 0x80, 0x80], 0), ([0xF4, 0x90, 0x80, 0x80], 0),
    ([0xF5, 0x80, 0x80, 0x80], 0), ([0xE2, 0x82], 0), ([0xC3, 0xA9, 0xFF], 2),
    ([0xF0, 0x9F, 0x98, 0x80, 0xF0, 0x9F, 0x98], 4),
  ]

  @Test(arguments: brokenBytes.indices) func brokenUTF8(_ index: Int) throws {
    let head = "text,label\nhi,0\n"
    let (bytes, at) = Self.brokenBytes[index]
    let found = try failure("a.csv", Array(head.utf8) + bytes)
    #expect(found.line == 3)
    #expect(found.problem.contains("half an emoji") == (bytes.starts(with: [0xED, 0xA0])))
    #expect(found.problem.hasPrefix("not UTF-8: byte 0x"))
    #expect(found.problem.contains("at offset \(head.utf8.count + at)"), "\(found.problem)")
  }

  @Test func placesBeyondTheRow() throws {
    let found = try failure("a.csv", "hi,0\n".utf8, columns: ColumnNames(text: "0", label: "2"))
    #expect(found.line == 1)
    #expect(found.problem.contains("2 fields, but column 2 (the first is 0) is wanted"))
  }

  @Test func everyPrefixOfAFileReadsOrThrows() throws {
    let text = "text,label\n\"a \"\"b\"\"\r\nc\",0\r\n\u{E9}t\u{E9},2\n"
    let json = "{\"text\":\"\\ud83d\\ude00 \u{E9}\",\"label\":-1.5e3,\"n\":[true,null,{}]}\n"
    for (format, bytes) in [(DataFormat.csv, Array(text.utf8)), (.jsonl, Array(json.utf8))] {
      for end in bytes.indices {
        do throws(DataError) {
          _ = try readTexts(bytes: Array(bytes[..<end]), format: format, source: "prefix")
        } catch {
          #expect(error.description.hasPrefix("prefix"))
        }
      }
    }
  }
}

@Suite struct FolderErrorTests {
  private func problem(_ folder: URL) throws -> String {
    let labels = try threeLabels()
    return try #require(throws: DataError.self) {
      try DataSet(folder: folder, labels: labels)
    }.description
  }

  @Test func missingFolder() throws {
    let folder = try TemporaryFolder()
    #expect(try problem(folder.url.appendingPathComponent("no")).hasSuffix("no such folder"))
    let file = try folder.write("train.csv", "text,label\na,0\n")
    #expect(try problem(file).hasSuffix("is a file; a folder is wanted here"))
  }

  @Test func symbolicLinksAreFollowed() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("real"), withIntermediateDirectories: false)
    try folder.write("real/train.csv", "text,label\na,0\n")
    try folder.write("real/valid.csv", "text,label\nb,0\n")
    try folder.write("real/.hidden.csv", "")
    let link = folder.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(
      at: link, withDestinationURL: folder.url.appendingPathComponent("real"))
    let data = try DataSet(folder: link, labels: threeLabels())
    #expect(data.train.examples.map(\.text) == ["a"])
  }

  @Test func missingAndDoubledSplits() throws {
    let folder = try TemporaryFolder()
    #expect(try problem(folder.url).contains("no train split"))
    #expect(try problem(folder.url).contains("the folder holds nothing"))
    try folder.write("train.csv", "text,label\na,0\n")
    #expect(try problem(folder.url).contains("no validation split: valid, validation, dev, val"))
    #expect(try problem(folder.url).contains("the folder holds 'train.csv'"))
    try folder.write("valid.csv", "text,label\na,0\n")
    try folder.write("dev.tsv", "text\tlabel\na\t0\n")
    #expect(
      try problem(folder.url).contains(
        "2 files for the validation split: 'dev.tsv', 'valid.csv'; keep one"))
  }

  @Test func emptyOptionalSplitIsStillAnError() throws {
    let folder = try TemporaryFolder()
    try folder.write("train.csv", "text,label\na,0\n")
    try folder.write("valid.csv", "text,label\na,0\n")
    try folder.write("test.csv", "text,label\n")
    #expect(try problem(folder.url).hasSuffix("test.csv: no rows; nothing to read"))
  }

  @Test func missingFile() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("a.csv")
    let error = try #require(throws: DataError.self) { try readTexts(file: file) }
    #expect(error.description == "\(file.path): no such file")
  }
}
