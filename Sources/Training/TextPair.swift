public import Objectives
internal import Tensors

/// An utterance and a definition as one sequence, some of whose tokens are hidden.
public struct TextPair: Sendable, Codable, Hashable {
  /// The token ids as the encoder is given them, special ones included.
  public let tokens: [Int32]
  /// Where the tokens of type 1 begin; the length where the encoder has one type only.
  public let second: Int
  /// Whether the definition is that of the utterance's label.
  public let matches: Bool
  /// The positions of the tokens to guess, ascending.
  public let hidden: [Int]
  /// The tokens that stood there.
  public let originals: [Int32]

  /// A pair.
  public init(tokens: [Int32], second: Int, matches: Bool, hidden: [Int], originals: [Int32]) {
    precondition(hidden.count == originals.count, "a token for every hidden position")
    (self.tokens, self.second, self.matches) = (tokens, second, matches)
    (self.hidden, self.originals) = (hidden, originals)
  }

  /// Whether the parts belong together; a file may have been changed by hand.
  package var isSound: Bool {
    !tokens.isEmpty && (0...tokens.count).contains(second) && hidden.count == originals.count
      && hidden.allSatisfy { tokens.indices.dropFirst().contains($0) }
      && zip(hidden, hidden.dropFirst()).allSatisfy { $0 < $1 }
  }
}

/// How an encoder and its tokenizer make one sequence of two texts.
public struct PairForm: Sendable {
  /// What stands between the two texts.
  let separators: [Int32]
  /// Whether the second text's tokens have another type.
  let hasTypes: Bool
  /// What stands for a hidden token.
  let mask: Int32
  /// Tokens that are never hidden.
  let special: Set<Int32>
  /// How many tokens there are to draw from.
  let vocabularySize: Int
}

/// Makes a step's pairs: utterances with definitions of labels, drawn and hidden anew in every step.
public struct PairMaker: Sendable {
  /// What decides the draws.
  public let task: PairTask
  private let form: PairForm
  private let definitions: [[Int32]]
  private let maximumLength: Int
  private let seed: UInt64

  init(
    _ task: PairTask, _ form: PairForm, definitions: [[Int32]], maximumLength: Int, seed: UInt64
  ) {
    (self.task, self.form, self.definitions) = (task, form, definitions)
    (self.maximumLength, self.seed) = (maximumLength, seed)
  }

  /// Whether a step has pairs.
  func hasPairs(step: Int) -> Bool { task.hasPairs(seed: seed, step: step) }

  /// One pair for each utterance: with its label's definition or, with probability 1/2, another one's.
  ///
  /// - Parameters:
  ///   - utterances: `[CLS] utterance [SEP]` each.
  ///   - targets: The label of each.
  ///   - step: The step, from 0.
  /// - Returns: The pairs; the place of each is its row in the global batch.
  func pairs(_ utterances: [[Int32]], targets: [Int], step: Int) -> [TextPair] {
    zip(utterances, targets).enumerated().map { row, example in
      let partner = task.partner(
        of: example.1, labelCount: definitions.count, row: row, seed: seed, step: step)
      return pair(
        example.0, definitions[partner], matches: partner == example.1, row: row, step: step)
    }
  }

  private func pair(
    _ utterance: [Int32], _ definition: [Int32], matches: Bool, row: Int, step: Int
  ) -> TextPair {
    let (text, definition) = cut(Array(utterance.dropFirst().dropLast()), definition)
    var tokens = utterance.prefix(1) + text + form.separators
    let first = 1..<1 + text.count
    let second = tokens.count
    tokens += definition + utterance.suffix(1)
    let positions = (Array(first) + (second..<second + definition.count)).filter {
      !form.special.contains(tokens[$0])
    }
    let decisions = task.hidden(
      at: positions, vocabularySize: form.vocabularySize, row: row, seed: seed, step: step)
    var (hidden, originals): ([Int], [Int32]) = ([], [])
    for case (let position, let decision?) in zip(positions, decisions) {
      hidden.append(position)
      originals.append(tokens[position])
      switch decision {
      case .masked: tokens[position] = form.mask
      case .replaced(let token): tokens[position] = token
      case .kept: break
      }
    }
    return TextPair(
      tokens: Array(tokens), second: form.hasTypes ? second : tokens.count, matches: matches,
      hidden: hidden, originals: originals)
  }

  /// Takes tokens from the end of the longer text until both fit, as transformers' `longest_first` does.
  private func cut(_ text: [Int32], _ definition: [Int32]) -> ([Int32], [Int32]) {
    let room = max(0, maximumLength - 2 - form.separators.count)
    var (a, b) = (text.count, definition.count)
    while a + b > room { if a > b { a -= 1 } else { b -= 1 } }
    return (Array(text.prefix(a)), Array(definition.prefix(b)))
  }
}

extension StepBatch {
  /// A step's batch: utterances against all labels or, where the step's task is that, pairs.
  ///
  /// - Parameters:
  ///   - utterances: `[CLS] utterance [SEP]` each.
  ///   - targets: The label of each.
  ///   - views: The second view of each utterance; none when they are not read.
  ///   - labels: The labels' sequences; none when there is no label tower.
  ///   - pairs: Makes pairs; nil where every step has utterances.
  ///   - step: The step, from 0.
  public init(
    utterances: [[Int32]], targets: [Int], views: [[Int32]], labels: [[Int32]], pairs: PairMaker?,
    step: Int
  ) {
    if let pairs, pairs.hasPairs(step: step) {
      self.init(pairs: pairs.pairs(utterances, targets: targets, step: step))
    } else {
      self.init(utterances: utterances, targets: targets, views: views, labels: labels)
    }
  }
}
