/// What an answer in words says of the labels.
public enum NamedLabel: Sendable, Equatable {
  /// It names one label, perhaps more than once.
  case one(Int)
  /// It names several labels, by id.
  case several([Int])
  /// It names none.
  case none
}

/// Finds labels by name in an answer, upper and lower case and punctuation aside.
///
/// Names are found as whole words: `joy` does not stand in `joyful`. Where the names of two labels begin at one
/// word, the longer one is taken, so that `mild anger` is not `anger`. What is said about a label is not understood:
/// `not joy` names joy.
public struct LabelFinder: Sendable {
  /// The words of each name; of several that begin alike the longest first.
  private let names: [String: [(words: [String], label: Int)]]

  /// Two names that no answer tells apart, since they differ in upper and lower case or punctuation alone; nil when
  /// there are none.
  public static func twins(_ labelNames: [String]) -> (String, String)? {
    var known: [[String]: String] = [:]
    for name in labelNames {
      let words = words(name)
      if let other = known[words] { return (other, name) }
      known[words] = name
    }
    return nil
  }

  /// Finds labels with these names, in id order.
  public init(labelNames: [String]) {
    var names: [String: [(words: [String], label: Int)]] = [:]
    for (label, name) in labelNames.enumerated() {
      let words = Self.words(name)
      guard let first = words.first else { continue }
      names[first, default: []].append((words, label))
    }
    self.names = names.mapValues { group in
      group.sorted { ($1.words.count, $0.label) < ($0.words.count, $1.label) }
    }
  }

  /// The labels that an answer names.
  public func labels(in answer: String) -> NamedLabel {
    let words = Self.words(answer)
    var found: Set<Int> = []
    var place = 0
    while place < words.count {
      let match = names[words[place]]?.first { words[place...].starts(with: $0.words) }
      if let match { found.insert(match.label) }
      place += match?.words.count ?? 1
    }
    let labels = found.sorted()
    return labels.isEmpty ? .none : labels.count == 1 ? .one(labels[0]) : .several(labels)
  }

  /// Runs of letters and digits, and every other sign that is neither blank nor punctuation, such as an emoji.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    func isPart(_ character: Character) -> Bool { character.isLetter || character.isNumber }
    // By way of capitals, in which some letters are two.
    for character in text.uppercased().lowercased() {
      if isPart(character) {
        word.append(character)
        continue
      }
      if !word.isEmpty { words.append(word) }
      word = ""
      let isSeparator =
        character.isWhitespace || character.isPunctuation || character.isASCII
      if !isSeparator { words.append(String(character)) }
    }
    return word.isEmpty ? words : words + [word]
  }
}

/// How many answers could not be taken for one label; all of them count as wrong.
public struct AnswerCounts: Sendable, Equatable, Codable {
  /// Answers that name one label.
  public var one = 0
  /// Answers that name no label.
  public var none = 0
  /// Answers that name several.
  public var several = 0
  /// Rows without an answer.
  public var missing = 0

  /// No answers yet.
  public init() {}

  /// Counts an answer; returns the label that it is taken for.
  public mutating func count(_ answer: NamedLabel?) -> Int? {
    guard let answer else {
      missing += 1
      return nil
    }
    switch answer {
    case .one(let label):
      one += 1
      return label
    case .several: several += 1
    case .none: none += 1
    }
    return nil
  }

  /// All of it in a sentence.
  public var summary: String {
    let all = one + none + several + missing
    return
      "\(one) of \(all) answers name one label; \(none) name none, \(several) name several, \(missing) are missing: "
      + "\(all - one) count as wrong"
  }
}
