import Evaluation
import Testing

/// The paper's requests to language models, and what becomes of the answers.
@Suite struct EmotionPromptTests {
  private static let goEmotions = [
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity",
    "desire", "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear",
    "gratitude", "grief", "joy", "love", "nervousness", "optimism", "pride", "realization",
    "relief",
    "remorse", "sadness", "surprise",
  ]

  /// Table 8 as printed, its quotes written as such.
  private static let task = """
    You are an AI assistant who specializes psychology. You will complete an emotion recognition task. The task is \
    as follows: according to a text written by an author, predicting the author's emotion from the following 27 \
    emotions: `admiration', `amusement', `anger', `annoyance', `approval', `caring', `confusion', `curiosity', \
    `desire', `disappointment', `disapproval', `disgust', `embarrassment', `excitement', `fear', `gratitude', \
    `grief', `joy', `love', `nervousness', `optimism', `pride', `realization', `relief', `remorse', `sadness', \
    `surprise'. Only provide one emotion from above emotions and do not give the explanation.
    """

  private func plain(_ request: String) -> String {
    request.replacing("\u{2018}", with: "`").replacing("\u{2019}", with: "'")
  }

  @Test func zeroShotIsThatOfThePaper() {
    let prompt = EmotionPrompt(labelNames: Self.goEmotions)
    let text =
      "breaking news, husband borrows wife's car and should lose their job because of this."
    #expect(
      plain(prompt.request(text)) == Self.task + "\nAURTHOR'S TEXT: {\(text)},\nEMOTION:")
    // The paper's own signs are the curly ones; a text's stay as they are.
    let request = prompt.request(text)
    #expect(request.contains("the author\u{2019}s emotion"))
    #expect(request.contains("27 emotions: \u{2018}admiration\u{2019}, \u{2018}amusement\u{2019}"))
    #expect(request.contains("AURTHOR\u{2019}S TEXT: {breaking news, husband borrows wife's"))
  }

  @Test func oneShotIsThatOfThePaper() {
    let request = EmotionPrompt(labelNames: Self.goEmotions).request(
      " two\r\n  lines\n", [.init(text: "omg! that was not fun.", label: "surprise")])
    #expect(
      plain(request)
        == Self.task + "\nAURTHOR'S TEXT: {omg! that was not fun.},\nEMOTION: surprise;"
        + "\nAURTHOR'S TEXT: {two lines},\nEMOTION:")
  }

  @Test(
    arguments: [
      ("joy", .one(1)), ("Joy.", .one(1)), ("EMOTION: **JOY**;", .one(1)), ("{joy}, joy!", .one(1)),
      ("joyful", .none), ("enjoy", .none), ("", .none), ("I cannot tell.", .none), ("joy2", .none),
      ("joy or fear", .several([1, 4])), ("anger", .one(0)), ("mild anger", .one(2)),
      ("Mild-Anger", .one(2)), ("mild_anger", .one(2)), ("mild", .none),
      ("a very mild anger, fear even", .several([2, 4])), ("mild anger; anger", .several([0, 2])),
      ("mild anger of the old", .one(3)), ("\u{1F600}", .one(5)),
      ("joy\u{1F600}", .several([1, 5])),
      ("caf\u{65}\u{301}", .one(6)), ("CAF\u{C9}", .one(6)), ("not joy", .one(1)),
    ] as [(String, NamedLabel)])
  func labelsAreFoundByName(answer: String, expected: NamedLabel) {
    let finder = LabelFinder(labelNames: [
      "anger", "joy", "mild_anger", "mild anger of the old", "fear", "\u{1F600}", "caf\u{E9}",
    ])
    #expect(finder.labels(in: answer) == expected)
  }

  @Test func namesThatNoAnswerTellsApartAreFound() throws {
    let twins = try #require(LabelFinder.twins(["fear", "joy!", "Joy"]))
    #expect(twins == ("joy!", "Joy"))
    #expect(LabelFinder.twins(["joy", "joyful", "mild joy"]) == nil)
    #expect(LabelFinder(labelNames: ["wei\u{DF}"]).labels(in: "WEISS") == .one(0))
  }

  /// Numbers by scikit-learn, an answer without a label being one more predicted label.
  @Test func whatNamesNoLabelCountsAsWrong() throws {
    let truth = [0, 0, 1, 1, 2, 2, 2, 1]
    let finder = LabelFinder(labelNames: ["a", "b", "c"])
    var counts = AnswerCounts()
    let answers = ["A!", "nothing", "b", "c", "c", "a, b", "a", nil].map {
      counts.count($0.map(finder.labels))
    }
    #expect(answers == [0, nil, 1, 2, 2, nil, 0, nil])
    #expect((counts.one, counts.none, counts.several, counts.missing) == (5, 1, 1, 1))
    #expect(
      counts.summary
        == "5 of 8 answers name one label; 1 name none, 1 name several, 1 are missing: 3 count as wrong"
    )
    let report = try ClassificationReport(
      truth: truth, answers: answers, labelNames: ["a", "b", "c"], counts: counts)
    #expect(report.accuracy == 0.375)
    #expect(abs(report.weightedF1 - 0.4625) < 1e-12)
    #expect(abs(report.macroF1 - 0.4666666666666666) < 1e-12)
    #expect(report.perClass.map(\.support) == [2, 3, 3])
    #expect(report.perClass.map(\.predicted) == [2, 1, 2])
    #expect(report.confusion == [[1, 0, 0], [0, 1, 1], [1, 0, 1]])
    #expect(
      try report.json().contains("\"answers\": {\"missing\":1,\"none\":1,\"one\":5,\"several\":1}"))

    let rows = try PredictedRows(truth: truth, answers: answers, labelCount: 3)
    #expect(rows.score(.accuracy) == report.accuracy)
    #expect(abs(rows.score(.weightedF1) - report.weightedF1) < 1e-12)
    #expect(abs(rows.score(.macroF1) - report.macroF1) < 1e-12)
    let interval = try #require(rows.interval(.accuracy))
    #expect(interval.contains(report.accuracy) && interval.upperBound > interval.lowerBound)
    let right = try PredictedRows(truth: truth, predicted: truth, labelCount: 3)
    #expect(try ModelComparison(rows, against: right).discordant == (0, 5))
    #expect(throws: EvaluationError.unknownLabel(id: 3, row: 0, labelCount: 3)) {
      try PredictedRows(truth: [0, 1], answers: [3, nil], labelCount: 3)
    }
    #expect(throws: EvaluationError.unequalCounts(truth: 1, predicted: 2)) {
      try PredictedRows(truth: [0], answers: [0, nil], labelCount: 3)
    }
  }

  /// A model's report is as it was.
  @Test func otherReportsHaveNoAnswers() throws {
    let report = try ClassificationReport(truth: [0], predicted: [0], labelNames: ["a", "b"])
    #expect(try !report.json().contains("answers") && !report.json().contains("intervals"))
  }
}
