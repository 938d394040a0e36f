import EmotionData
import Foundation
import Testing

/// Rows as turns of dialogues.
@Suite struct DialogueTests {
  private static let columns = DialogueColumns(speaker: "who", dialogue: "id", turn: "n")

  private func read(
    _ name: String, _ text: String, _ columns: DialogueColumns = Self.columns,
    noticed: RowRejection? = nil
  ) throws -> [Example] {
    let folder = try TemporaryFolder()
    return try readExamples(
      file: try folder.write(name, text), labels: try threeLabels(),
      ReadingOptions(columns: ColumnNames(dialogue: columns)), noticed: noticed)
  }

  private func problem(
    _ name: String, _ text: String, _ columns: DialogueColumns = Self.columns
  ) throws -> (line: Int?, text: String) {
    let error = try #require(throws: DataError.self) { _ = try read(name, text, columns) }
    return (error.line, error.problem)
  }

  /// Each utterance with those around it: `before | text | after`.
  private func shown(_ examples: [Example]) -> [String] {
    examples.map { example in
      let turns = example.utterance.dialogue.map {
        "\($0.speaker.map { "\($0)=" } ?? "")\($0.text)"
      }
      let place = example.utterance.place
      return [turns[..<place], turns[place...place], turns[(place + 1)...]]
        .map { $0.joined(separator: " ") }.joined(separator: "|")
    }
  }

  @Test func turnsOrderTheRowsOfADialogue() throws {
    let rows = """
      id,n,who,text,label
      a,10,Ann,third,joy
      b,1,Cy,alone,joy
      a,2, Bob ,second,sadness
      a,1.5,Ann,first,joy

      """
    var notices: [DataError] = []
    let examples = try read("a.csv", rows, noticed: { notices.append($0) })
    #expect(
      shown(examples) == [
        "Ann=first Bob=second|Ann=third|", "|Cy=alone|", "Ann=first|Bob=second|Ann=third",
        "|Ann=first|Bob=second Ann=third",
      ])
    #expect(examples.map(\.label) == [0, 0, 2, 0])
    #expect(notices.isEmpty)
  }

  @Test func withoutTurnsTheFileOrdersThem() throws {
    let columns = DialogueColumns(dialogue: "id")
    var notices: [DataError] = []
    let together = "id,text,label\na,one,joy\na,two,joy\nb,three,joy\n"
    #expect(
      shown(try read("a.csv", together, columns, noticed: { notices.append($0) }))
        == ["|one|two", "one|two|", "|three|"])
    #expect(notices.isEmpty)
    // Rows that stand apart may have been shuffled: they are joined, and that is told.
    let apart = "id,text,label\na,one,joy\nb,three,joy\na,two,joy\n"
    #expect(
      shown(try read("a.csv", apart, columns, noticed: { notices.append($0) }))
        == ["|one|two", "|three|", "one|two|"])
    #expect(notices.map(\.line) == [4])
    #expect(notices.first?.problem.contains("--turn-column") == true)
  }

  @Test func rowsThatAreNotTrainedOnAreContext() throws {
    let rows = """
      {"id": 7, "n": 1, "who": "Ann", "text": "no label", "label": null}
      {"id": 7, "n": 2, "who": "Bob", "text": "two labels", "label": ["joy", "sadness"]}
      {"id": 7, "n": 3, "who": null, "text": "one label", "label": "joy"}

      """
    var notices: [String] = []
    let examples = try read("a.jsonl", rows, noticed: { notices.append($0.problem) })
    #expect(shown(examples) == ["Ann=no label Bob=two labels|one label|"])
    #expect(
      notices == [
        "1 row has no label; read as context of others alone",
        "1 row has several labels; left out, for one label a row is wanted",
      ])
    // GoEmotions' neutral is left out in the same way.
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "b.csv", "id,text,label\na,nothing,[27]\na,so glad,[17]\n")
    let glad = try readExamples(
      file: file, labels: try #require(LabelSet.named("goemotions")),
      ReadingOptions(columns: ColumnNames(dialogue: DialogueColumns(dialogue: "id"))))
    #expect(shown(glad) == ["nothing|so glad|"])
  }

  /// A file in which labels are forgotten is still refused where nothing says that rows are context.
  @Test func withoutDialoguesALabelIsWanted() throws {
    let rows = "id,n,who,text,label\na,1,Ann,one,\na,2,Bob,two,joy\n"
    #expect(
      try problem("a.csv", rows, DialogueColumns(speaker: "who")).text.contains("label is missing"))
    #expect(
      try problem("a.csv", "id,n,who,text,label\na,1,Ann,one,\n").text.contains("no row is left"))
  }

  @Test(arguments: ["[\"Ann\"]", "{}", "true"])
  func whatNamesNoSpeakerIsRefused(value: String) throws {
    let rows = "{\"text\": \"one\", \"label\": \"joy\", \"who\": \(value)}\n"
    let problem = try problem("a.jsonl", rows, DialogueColumns(speaker: "who"))
    #expect(problem.text.contains("'who' is neither text nor a number"), "\(problem.text)")
  }

  @Test func speakersAlone() throws {
    let rows = "who,text,label\n Ann ,one,joy\n,two,joy\n"
    #expect(
      shown(try read("a.csv", rows, DialogueColumns(speaker: "who"))) == ["|Ann=one|", "|two|"])
  }

  @Test func columnsByPlace() throws {
    let columns = DialogueColumns(speaker: "2", dialogue: "3", turn: "4")
    let folder = try TemporaryFolder()
    let file = try folder.write("a.csv", "two,joy,Ann,a,2\none,joy,Bob,a,1\n")
    let examples = try readExamples(
      file: file, labels: try threeLabels(),
      ReadingOptions(columns: ColumnNames(text: "0", label: "1", dialogue: columns)))
    #expect(shown(examples) == ["Bob=one|Ann=two|", "|Bob=one|Ann=two"])
  }

  @Test(arguments: [
    (
      "id,n,who,text,label\na,1,Ann,x,joy\na,1,Bob,y,joy\n", 3,
      "turn 1 of dialogue 'a' stands on line 2 already"
    ),
    (
      "id,n,who,text,label\na,1.0,Ann,x,joy\nb,1,Bob,y,joy\na,1,Bob,y,\n", 4,
      "turn 1 of dialogue 'a' stands on line 2"
    ),
    (
      "id,n,who,text,label\na,1,Ann,x,joy\n ,2,Bob,y,joy\n", 3,
      "names no dialogue in 'id'; fill it in"
    ),
    ("id,n,who,text,label\na,,Ann,x,joy\n", 2, "the turn in 'n' is missing; a number"),
    ("id,n,who,text,label\na,two,Ann,x,joy\n", 2, "the turn in 'n' is 'two'; a number"),
    ("id,n,who,text,label\na,inf,Ann,x,joy\n", 2, "the turn in 'n' is 'inf'; a number"),
    ("id,n,text,label\na,1,x,joy\n", 1, "no column 'who'"),
    ("n,who,text,label\n1,Ann,x,joy\n", 1, "no column 'id'"),
  ])
  func whatIsWrongIsNamed(rows: String, line: Int, text: String) throws {
    let found = try problem("a.csv", rows)
    #expect(found.line == line)
    #expect(found.text.contains(text), "\(found.text)")
  }

  @Test func releasesAndLinesHaveNoColumns() throws {
    #expect(
      try problem("a.txt", "0 <SEP> so sad\n").text.contains("empathetic-intents has no columns"))
    let folder = try TemporaryFolder()
    let lines = try folder.write("lines.txt", "one\ntwo\n")
    let error = try #require(throws: DataError.self) {
      try readUtterances(file: lines, ReadingOptions(columns: ColumnNames(dialogue: Self.columns)))
    }
    #expect(error.problem.contains("lines of text have no columns"))
  }

  /// Predictions match the rows: blank ones stay, say nothing to others, and need no place.
  @Test func unlabelledRowsKeepTheirOrder() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("a.csv", "id,n,who,text\na,2,Ann,two\n,,,\na,3,Bob, \na,1,Cy,one\n")
    let table = try readUtterances(
      file: file, ReadingOptions(columns: ColumnNames(dialogue: Self.columns)))
    #expect(table.texts == ["two", "", " ", "one"])
    #expect(
      shown(table.utterances.map { Example($0, label: 0) }) == [
        "Cy=one|Ann=two|", "||", "|Bob= |", "|Cy=one|Ann=two",
      ])
  }

  /// The layout of MELD: an id for each dialogue of a split, a number for each utterance of a dialogue.
  @Test func filesLikeMELD() throws {
    let rows = """
      Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime
      1,"oh, you came!",Ann,joy,positive,0,0,8,21,"00:16:16,059","00:16:21,731"
      2,I had to.,Bob,sadness,negative,0,1,8,21,"00:16:21,940","00:16:23,442"

      """
    let folder = try TemporaryFolder()
    let examples = try readExamples(
      file: try folder.write("train_sent_emo.csv", rows), labels: try threeLabels(),
      ReadingOptions(
        columns: ColumnNames(
          text: "Utterance", label: "Emotion",
          dialogue: DialogueColumns(
            speaker: "Speaker", dialogue: "Dialogue_ID", turn: "Utterance_ID"))))
    #expect(
      shown(examples) == ["|Ann=oh, you came!|Bob=I had to.", "Ann=oh, you came!|Bob=I had to.|"])
  }
}
