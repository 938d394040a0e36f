import EmotionData
import Foundation
import Testing

/// The column of second views, which the training split alone has to have.
@Suite struct SecondViewTests {
  private static let named = ViewColumn("other", isRequired: true)

  private func read(
    _ name: String, _ text: String, _ columns: ColumnNames, noticed: RowRejection? = nil
  ) throws -> [Example] {
    let folder = try TemporaryFolder()
    return try readExamples(
      file: try folder.write(name, text), labels: try threeLabels(),
      ReadingOptions(columns: columns), noticed: noticed)
  }

  @Test func viewsStandInTheirColumn() throws {
    let csv = "text,aug_text,label,other\na,b,joy,c\n\"d, e\",f,joy,g\n"
    let usual = try read("t.csv", csv, ColumnNames(view: .usual))
    #expect(usual.map(\.view) == ["b", "f"])
    #expect(try read("t.csv", csv, ColumnNames(view: Self.named)).map(\.view) == ["c", "g"])
    #expect(try read("t.csv", csv, ColumnNames()).map(\.view) == [nil, nil])
    let json = #"{"text": "a", "label": 0, "other": "c"}"#
    #expect(try read("t.jsonl", json, ColumnNames(view: Self.named)).map(\.view) == ["c"])
    let places = ColumnNames(text: "0", label: "1", view: ViewColumn("2", isRequired: true))
    #expect(try read("t.tsv", "a\tjoy\tc\n", places).map(\.view) == ["c"])
    // A place is a number as it is usually written; anything else is a name, and names stand in a header.
    for name in ["02", "+2", "2.0", "-0"] {
      let column = ViewColumn(name, isRequired: true)
      let error = try failure(
        "t.tsv", "text\tlabel\tc\n".utf8, columns: ColumnNames(view: column))
      #expect(error.problem.contains("no column '\(name)'"))
      let headed = ColumnNames(view: column)
      #expect(try read("t.tsv", "text\tlabel\t\(name)\na\tjoy\tc\n", headed).map(\.view) == ["c"])
      #expect(throws: DataError.self) {
        try read(
          "t.tsv", "a\tjoy\tc\n", ColumnNames(text: "0", label: "1", view: column))
      }
    }
    // Without a header a column that need not be there is not.
    let plain = ColumnNames(text: "0", label: "1", view: .usual)
    #expect(try read("t.tsv", "a\tjoy\tc\n", plain).map(\.view) == [nil])
  }

  @Test func aColumnThatIsNamedMustBeThere() throws {
    let csv = try failure(
      "t.csv", "text,label\na,joy\n".utf8, columns: ColumnNames(view: Self.named))
    #expect(csv.line == 1 && csv.problem.contains("no column 'other'"))
    #expect(csv.problem.contains("'text', 'label'") && csv.problem.contains("--view-column"))
    let json = try failure(
      "t.jsonl", #"{"text": "a", "label": 0}"#.utf8, columns: ColumnNames(view: Self.named))
    #expect(json.problem.contains("no key 'other'") && json.problem.contains("--view-column"))
    #expect(
      try read("t.csv", "text,label\na,joy\n", ColumnNames(view: .usual)).map(\.view) == [nil])
  }

  @Test func blankViewsAreToldAndReadTwice() throws {
    var notices: [String] = []
    let examples = try read(
      "t.csv", "text,aug_text,label\na, ,joy\nb,c,joy\n", ColumnNames(view: .usual)
    ) { notices.append($0.problem) }
    #expect(examples.map(\.view) == [nil, "c"])
    #expect(examples[0].secondView == examples[0].utterance)
    #expect(notices.count == 1 && notices[0].contains("1 row has no second view"))
  }

  @Test func aViewStandsInThePlaceOfItsText() throws {
    let columns = ColumnNames(
      dialogue: DialogueColumns(speaker: "who", dialogue: "id"), view: .usual)
    let examples = try read(
      "t.csv", "id,who,text,aug_text,label\n1,A,one,first,joy\n1,B,two,second,joy\n", columns)
    let view = examples[1].secondView
    #expect(view.dialogue.map(\.text) == ["one", "second"])
    #expect(view.place == 1 && view.speaker == "B")
  }

  @Test func otherSplitsNeedNoViews() throws {
    let folder = try TemporaryFolder()
    try folder.write("train.csv", "text,other,label\na,b,joy\n")
    try folder.write("valid.csv", "text,label\nc,joy\n")
    let options = ReadingOptions(columns: ColumnNames(view: Self.named))
    let data = try DataSet(folder: folder.url, labels: try threeLabels(), options)
    #expect(data.train.examples.map(\.view) == ["b"])
    #expect(data.validation.examples.map(\.view) == [nil])
  }
}
