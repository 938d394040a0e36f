import EmotionData
import Foundation
import Testing

@Suite struct ReaderTests {
  private func read(_ name: String, _ text: String, columns: ColumnNames = ColumnNames()) throws
    -> [Example]
  {
    let folder = try TemporaryFolder()
    return try readExamples(
      file: try folder.write(name, text), labels: try threeLabels(),
      ReadingOptions(columns: columns))
  }

  @Test func quotedFields() throws {
    let examples = try read(
      "a.csv",
      "label,note,text\r\n0,,\"two\r\nlines, and \"\"quotes\"\"\"\n\n2,\"a\nb\",plain \"bare\" one\r\n1,x,\"\"\"\""
    )
    #expect(
      examples == [
        Example(text: "two\r\nlines, and \"quotes\"", label: 0),
        Example(text: "plain \"bare\" one", label: 2),
        Example(text: "\"", label: 1),
      ])
  }

  @Test func textsKeepTheirBlanks() throws {
    #expect(try read("a.csv", "text,label\n  hi  ,0\n").first?.text == "  hi  ")
    #expect(try read("a.tsv", "text\tlabel\n hi, you \t0\n").first?.text == " hi, you ")
    #expect(try read("a.jsonl", #"{"text":" hi\n","label":0}"#).first?.text == " hi\n")
  }

  @Test func byteOrderMark() throws {
    #expect(try read("a.csv", "\u{FEFF}text,label\nhi,0").count == 1)
  }

  @Test func labelsByIdAndName() throws {
    func labels(_ rows: [String]) throws -> [Int] {
      try read("a.csv", "text,label\n" + rows.map { "x,\($0)\n" }.joined()).map(\.label)
    }
    #expect(try labels(["2", " 2 ", "02", "2.0", "0"]) == [2, 2, 2, 2, 0])
    #expect(
      try labels(["sadness", "Sadness", "mild_anger", "Mild Anger", "MILD-ANGER"])
        == [2, 2, 1, 1, 1])
  }

  @Test func columnsByNameAndPlace() throws {
    let named = ColumnNames(text: "utterance", label: "emotion")
    #expect(
      try read("a.csv", "emotion,utterance\njoy,hi\n", columns: named)
        == [Example(text: "hi", label: 0)])
    #expect(
      try read("a.tsv", "hi\tid7\t2\nyou\tid8\t0\n", columns: ColumnNames(text: "0", label: "2"))
        == [Example(text: "hi", label: 2), Example(text: "you", label: 0)])
  }

  @Test func jsonLines() throws {
    let text = #"""
      {"label": "joy", "text": "tab\t \u00e9 \ud83d\ude00 \"q\" \\ \/", "more": [1, {"a": null}, true]}

      {"text": "second", "label": "sadness"}
      """#
    #expect(
      try read("a.jsonl", text)
        == [
          Example(text: "tab\t \u{E9} \u{1F600} \"q\" \\ /", label: 0),
          Example(text: "second", label: 2),
        ])
  }

  @Test func textsWithoutLabels() throws {
    let folder = try TemporaryFolder()
    let csv = try folder.write("a.csv", "id,text\n1,hi\n2, \n3,you\n")
    #expect(try readTexts(file: csv) == ["hi", " ", "you"])
    let lines = Array("one\r\n\ntwo, \"three\"".utf8)
    #expect(
      try readTexts(bytes: lines, format: .txt, source: "standard input")
        == ["one", "", "two, \"three\""])
    let json = Array("{\"text\":\"hi\"}\n".utf8)
    #expect(try readTexts(bytes: json, format: .jsonl, source: "-") == ["hi"])
    #expect(try readTexts(bytes: [], format: .csv, source: "-").isEmpty)
  }

  @Test func folders() throws {
    let folder = try TemporaryFolder()
    try folder.write("train.csv", "text,label\na,0\nb,1\n")
    try folder.write("DEV.TSV", "text\tlabel\nc\tjoy\n")
    try folder.write("notes.txt", "not read")
    let data = try DataSet(folder: folder.url, labels: try threeLabels())
    #expect((data.train.name, data.train.count) == ("train", 2))
    #expect((data.validation.name, data.validation.count) == ("validation", 1))
    #expect(data.test == nil)
    try folder.write("test.jsonl", #"{"text":"d","label":2}"#)
    let more = try DataSet(folder: folder.url, labels: try threeLabels())
    #expect(more.test?.examples == [Example(text: "d", label: 2)])
  }
}
