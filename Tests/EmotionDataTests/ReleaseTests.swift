import EmotionData
import Foundation
import Testing

@Suite struct ReleaseTests {
  private static let emotions = LabelSet.named("goemotions")
  private static let intents = LabelSet.named("empathetic-intents")
  private static let workers = "Count,DialogID,Dialog,Agreed emotion (2/3 vote),Worker 1 answer\n"
  private static let machine = ",emotion,cos_sim,os_dialog_id,os_dialog\n"

  private func read(
    _ name: String, _ text: String, _ labels: LabelSet?, format: DataSetFormat = .auto
  ) throws -> [Example] {
    let folder = try TemporaryFolder()
    return try readExamples(
      file: try folder.write(name, text), labels: try #require(labels),
      ReadingOptions(format: format))
  }

  @Test func goEmotionsKeepsSingleLabelsButNeutral() throws {
    let text =
      " Well\t3\teebbqej\n\"A \"\"B\"\" \"\t26\ted00q6i\nboth\t3,26\ted7ypvh\nno\t27\ted0bdzj\n"
    let expected = [Example(text: " Well", label: 3), Example(text: "A \"B\" ", label: 26)]
    #expect(try read("test.tsv", text, Self.emotions) == expected)
    let emotions = try #require(Self.emotions)
    let withNeutral = try LabelSet(
      names: emotions.names + ["neutral"], descriptions: emotions.descriptions + ["Plain."])
    #expect(
      try read("test.tsv", text, withNeutral) == expected + [Example(text: "no", label: 27)])
  }

  @Test func empatheticIntents() throws {
    let text = "29 <SEP> I was shocked.\n\n38 <SEP>  why <SEP> so? \r\n"
    #expect(
      try read("test.txt", text, Self.intents) == [
        Example(text: "I was shocked.", label: 29), Example(text: " why <SEP> so? ", label: 38),
      ])
  }

  @Test func edosReadsTheLastTurnFirst() throws {
    let text =
      Self.workers + "1,7,\"One ?\nTwo .\n- Three\",Angry,Angry\n2,8,Four,-,Sad\n"
      + "3,9,Five,Annoyed (Other),Sad\n4,10,Six,Disagreeing (Other),Sad\n"
    let labels = try #require(LabelSet.named("edos"))
    #expect(
      try read("9K.csv", text, labels) == [
        Example(text: "Three Two . One ?", label: 1), Example(text: "Five", label: 2),
      ])
    let more = Self.machine + "1,wishing,0.9,5,\"- Go on .\n- - Luck !\"\n"
    #expect(
      try read("3K.csv", more, labels) == [Example(text: "- Luck ! Go on .", label: 39)])
  }

  /// Broken rows of each release, the line to blame and a part of the message.
  static let broken: [(name: String, text: String, format: DataSetFormat, Int, String)] = [
    ("a.tsv", "hi\t3\tab1\nyou\t28\tab2\n", .auto, 2, "the label ids are '28'; whole numbers"),
    ("a.tsv", "hi\t3\tab1\nyou\t3,\tab2\n", .auto, 2, "the label ids are '3,'"),
    ("a.tsv", "hi\t3\tab1\nyou\n", .auto, 2, "1 field; text, label ids"),
    ("a.tsv", "hi\t3\tab1\n\t3\tab2\n", .auto, 2, "the text is empty"),
    ("a.txt", "1 <SEP> hi\n2 you\n", .auto, 2, "no ' <SEP> ' in '2 you'"),
    ("a.txt", "1 <SEP> hi\n41 <SEP> you\n", .auto, 2, "label id 41 is out of range"),
    ("a.txt", "1 <SEP> hi\n2 <SEP>  \n", .auto, 2, "the text is empty"),
    ("a.csv", machine + "1,rage,0.9,5,- Go .\n", .auto, 2, "unknown label 'rage'"),
    ("a.csv", machine + "1,sad,0.9,5\n", .auto, 2, "4 fields, but the header has 5"),
    ("a.csv", "text,label\nhi,0\n", .edos, 1, "not a file of EDOS"),
  ]

  @Test(arguments: broken.indices) func brokenRow(_ index: Int) throws {
    let (name, text, format, line, problem) = Self.broken[index]
    let error = try #require(throws: DataError.self) {
      try read(name, text, Self.intents, format: format)
    }
    #expect(error.line == line)
    #expect(error.problem.contains(problem), "found: \(error)")
  }

  @Test func formatsAreToldFromTheFirstRow() throws {
    let folder = try TemporaryFolder()
    let cases: [(String, String, DataSetFormat)] = [
      ("a.tsv", "hi\t3,4\teebbqej\n", .goEmotions), ("b.tsv", "text\tlabel\tid\nhi\t3\ta\n", .csv),
      ("c.tsv", "hi\t3\n", .csv), ("d.tsv", "hi\t33\teebbqej\n", .csv),
      ("a.txt", "3 <SEP> hi\n", .empatheticIntents), ("b.txt", "hi <SEP> you\n", .csv),
      ("a.csv", Self.workers, .edos), ("b.csv", Self.machine, .edos),
      ("c.csv", "text,label\n", .csv), ("d.csv", "text,emotion\n", .csv),
      ("a.jsonl", "{}", .csv), ("e.tsv", "", .csv),
    ]
    for (name, text, expected) in cases {
      let file = try folder.write(name, text)
      #expect(try DataSetFormat.auto.resolved(for: file) == expected, "\(name)")
      #expect(try DataSetFormat.csv.resolved(for: file) == .csv)
      let places = ColumnNames(text: "0", label: "1")
      #expect(try DataSetFormat.auto.resolved(for: file, columns: places) == .csv)
    }
    #expect(throws: DataError.self) {
      try DataSetFormat.auto.resolved(for: folder.url.appendingPathComponent("no"))
    }
  }

  @Test func folders() throws {
    let folder = try TemporaryFolder()
    try folder.write("train.tsv", "hi\t3\tab1\nyou\t1,2\tab2\nall\t27\tab3\n")
    try folder.write("dev.tsv", "ho\t27\tab4\nhe\t0\tab5\n")
    try folder.write("emotions.txt", "admiration\n")
    #expect(try DataSetFormat.auto.resolved(for: folder.url) == .goEmotions)
    let data = try DataSet(folder: folder.url, labels: try #require(Self.emotions))
    #expect(data.splits.map(\.count) == [1, 1])
    #expect(data.omitted == [.neutral: 2, .severalLabels: 1])

    try folder.write("train.csv", "text,label\nhi,0\n")
    #expect(try DataSetFormat.auto.resolved(for: folder.url) == .csv)
    let error = try #require(throws: DataError.self) {
      try DataSet(
        folder: folder.url, labels: try threeLabels(), ReadingOptions(format: .empatheticIntents))
    }
    #expect(error.problem.contains("no train split: train with .txt is wanted"))
  }

  @Test func dialoguesOfWorkersAreHeldOut() throws {
    let folder = try TemporaryFolder()
    let byWorkers = (0..<30).map { "\($0),\($0),Human \($0),Sad,Sad\n" }.joined()
    let byMachine = (0..<70).map { "\($0),sad,1,1,- Machine \($0)\n" }.joined()
    try folder.write("b.csv", Self.workers + byWorkers + "30,30,Human 5,Angry,Sad\n")
    try folder.write("a.csv", Self.machine + "99,angry,1,1,- Human 3\n" + byMachine)
    let labels = try #require(LabelSet.named("edos"))
    let data = try DataSet(folder: folder.url, labels: labels)
    #expect(data.splits.map(\.count) == [80, 10, 10])
    #expect(data.omitted == [.repeated: 2])
    let heldOut = data.splits[1...].flatMap(\.examples)
    #expect(heldOut.allSatisfy { $0.text.hasPrefix("Human") && $0.label == labels.id(of: "sad") })
    #expect(Set(data.splits.flatMap(\.examples).map(\.text)).count == 100)

    // The order of rows and files changes nothing.
    let other = try TemporaryFolder()
    let reversed = byWorkers.split(separator: "\n").reversed().joined(separator: "\n")
    try other.write("0.csv", Self.workers + reversed)
    try other.write("1.csv", Self.machine + byMachine)
    let again = try DataSet(folder: other.url, labels: labels)
    for (one, two) in zip(data.splits, again.splits) {
      #expect(Set(one.examples.map(\.text)) == Set(two.examples.map(\.text)))
    }
  }

  @Test func tooFewDialogues() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.csv", Self.machine + "1,sad,1,1,- Oh .\n")
    let error = try #require(throws: DataError.self) {
      try DataSet(folder: folder.url, labels: try #require(Self.intents))
    }
    #expect(error.problem == "1 dialogues in .csv files; a split needs 10 or more")
  }

  @Test func namesOfThe41() throws {
    let labels = try #require(Self.intents)
    #expect(labels.count == 41)
    #expect(labels.id(of: "afraid") == 0)
    #expect(labels.id(of: "trusting") == 31)
    #expect(labels.id(of: "questioning") == 38)
    #expect(labels.id(of: "Wishing") == 39)
    #expect(labels.id(of: "neutral") == 40)
    #expect(LabelSet.named("edos") == labels)
  }
}

@Suite struct RejectionTests {
  @Test func everyRowIsReportedAndReadingGoesOn() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "train.csv",
      "text,label\na,0\nb,bliss\n,1\n\"c\" d,2\ne,2\nf,1,x\n\"g\ng\",1\n\"open\nrest,1\n")
    try folder.write(
      "valid.jsonl", "{\"text\":\"a\",\"label\":0}\n[1]\n{\"text\":\"b\",\"label\":1}\n")
    try folder.write("test.csv", [0x74, 0xFF])
    var rejected = DataProblems()
    let data = try DataSet(
      folder: folder.url, labels: try threeLabels(), rejected: { rejected.add($0) })
    #expect(data.train.examples.map(\.text) == ["a", "e", "g\ng", "rest"])
    #expect(data.validation.examples.map(\.text) == ["a", "b"])
    #expect(data.test?.count == 0)
    let places = rejected.groups.map { group in
      "\(URL(fileURLWithPath: group.first.source).lastPathComponent):\(group.first.line ?? 0)"
    }
    #expect(
      places == [
        "train.csv:3", "train.csv:4", "train.csv:5", "train.csv:7", "train.csv:10", "valid.jsonl:2",
        "test.csv:1",
      ])
    let error = try #require(throws: DataError.self) {
      try DataSet(folder: folder.url, labels: try threeLabels())
    }
    #expect(error.source == rejected.groups.first?.first.source)
    #expect(error.problem.hasPrefix(rejected.groups[0].problem + "\n"))
    #expect(error.problem.contains("\n\(rejected.groups[4])\nand 2 more kinds of problem"))
  }

  @Test func aFileWithoutRowsIsReportedOnce() throws {
    let folder = try TemporaryFolder()
    for (name, text) in [("a.csv", "text,label\n"), ("b.csv", ""), ("c.csv", "body\nhi\n")] {
      var rejected: [DataError] = []
      let file = try folder.write(name, text)
      #expect(
        try readExamples(file: file, labels: threeLabels(), rejected: { rejected.append($0) })
          .isEmpty)
      #expect(rejected.count == 1, "\(name)")
    }
  }
}
