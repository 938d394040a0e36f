/// The request that the paper makes of a language model (Table 8), word for word: "AURTHOR'S TEXT" with its
/// misspelling, and the braces around texts.
///
/// What stands on lines of its own in the table does so here. White space around a text is left out, and a line end
/// in it becomes a blank, so that the parts stay apart.
public struct EmotionPrompt: Sendable {
  /// An utterance with its label, shown before the question.
  public struct Demonstration: Sendable, Equatable {
    /// The utterance.
    public let text: String
    /// The label's name.
    public let label: String

    /// An utterance with its label.
    public init(text: String, label: String) { (self.text, self.label) = (text, label) }
  }

  private let task: String

  /// Requests for one of these labels, in id order.
  public init(labelNames: [String]) {
    let names = labelNames.map { "\u{2018}\($0)\u{2019}" }.joined(separator: ", ")
    task =
      "You are an AI assistant who specializes psychology. You will complete an emotion recognition task. The task "
      + "is as follows: according to a text written by an author, predicting the author\u{2019}s emotion from the "
      + "following \(labelNames.count) emotions: \(names). Only provide one emotion from above emotions and do not "
      + "give the explanation."
  }

  /// The request for one utterance: zero-shot, or after demonstrations.
  public func request(_ text: String, _ demonstrations: [Demonstration] = []) -> String {
    let shown = demonstrations.map { "\(Self.part($0.text))\nEMOTION: \($0.label);\n" }.joined()
    return "\(task)\n\(shown)\(Self.part(text))\nEMOTION:"
  }

  private static func part(_ text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      line.drop(while: \.isWhitespace)
    }
    var line = lines.filter { !$0.isEmpty }.joined(separator: " ")
    while line.last?.isWhitespace ?? false { line.removeLast() }
    return "AURTHOR\u{2019}S TEXT: {\(line)},"
  }
}
