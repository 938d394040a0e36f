internal import Tensors

/// A second task of an objective: whole steps over pairs of an utterance and a label's definition, some of whose tokens
/// are hidden and guessed again.
///
/// A step has one task, drawn by seed and step alone: every rank and every resumed run draws the same.
public struct PairTask: Sendable, Hashable {
  /// The probability that a step has the utterances themselves, and not pairs.
  public let utteranceProbability: Double
  /// The probability that a token of text or definition is one to guess.
  public let maskProbability: Double
  /// The name of the network that guesses tokens.
  public let tokenHead: String
  /// What the mean cross-entropy of the guesses counts for in the total.
  public let tokenWeight: Double

  /// A task.
  public init(
    utteranceProbability: Double, maskProbability: Double, tokenHead: String,
    tokenWeight: Double = 1
  ) {
    (self.utteranceProbability, self.maskProbability) = (utteranceProbability, maskProbability)
    (self.tokenHead, self.tokenWeight) = (tokenHead, tokenWeight)
  }

  /// Whether a step has pairs.
  public func hasPairs(seed: UInt64, step: Int) -> Bool {
    KeyedRandom(seed: seed, purpose: .pairs, step: UInt64(step), stream: Stream.task.rawValue)
      .uniform(0) >= utteranceProbability
  }

  private enum Stream: UInt32 {
    case task, partner, mask
  }
}

/// What becomes of a token that is to be guessed: BERT's 80, 10 and 10 percent.
public enum HiddenToken: Sendable, Hashable {
  /// The mask token stands for it.
  case masked
  /// This token of the vocabulary stands for it.
  case replaced(Int32)
  /// It stays.
  case kept
}

extension PairTask {
  /// The label whose definition a row is paired with: its own or, with probability 1/2, any other one alike.
  ///
  /// With one label there is no other: every pair matches.
  public func partner(of target: Int, labelCount: Int, row: Int, seed: UInt64, step: Int) -> Int {
    let random = KeyedRandom(
      seed: seed, purpose: .pairs, step: UInt64(step), stream: Stream.partner.rawValue)
    guard labelCount > 1, random.uniform(2 * UInt64(row)) >= 0.5 else { return target }
    let other = Int(random.uniform(2 * UInt64(row) + 1) * Double(labelCount - 1))
    return other < target ? other : other + 1
  }

  /// What becomes of the tokens of a pair at some positions; nil for those that are not to be guessed.
  ///
  /// - Parameters:
  ///   - positions: Those of text and definition, without special tokens.
  ///   - vocabularySize: How many tokens there are to draw from.
  ///   - row: The pair's row in the global batch.
  ///   - seed: The run's.
  ///   - step: The step, from 0: every step hides other tokens.
  /// - Returns: A decision for each position.
  public func hidden(
    at positions: [Int], vocabularySize: Int, row: Int, seed: UInt64, step: Int
  ) -> [HiddenToken?] {
    let random = KeyedRandom(
      seed: seed, purpose: .pairs, step: UInt64(step), stream: Stream.mask.rawValue)
    return positions.map { position in
      let words = random.uInt32x4(SIMD4(UInt32(row), UInt32(position), 0, 0))
      guard Double(words.x) * 0x1p-32 < maskProbability else { return nil }
      let kind = Double(words.y) * 0x1p-32
      if kind < 0.8 { return .masked }
      guard kind < 0.9 else { return .kept }
      return .replaced(Int32((UInt64(words.z) * UInt64(vocabularySize)) >> 32))
    }
  }
}

/// What a step's guesses of hidden tokens came to, over the global batch.
public struct TokenGuesses: Sendable, Hashable {
  /// The sum of the cross-entropies, in the order of the pairs.
  public let loss: Double
  /// How many tokens were hidden.
  public let count: Int
  /// How many of them got the highest score.
  public let correct: Int

  /// Guesses.
  public init(loss: Double, count: Int, correct: Int) {
    (self.loss, self.count, self.correct) = (loss, count, correct)
  }

  /// The mean cross-entropy; 0 where nothing was hidden.
  public var mean: Double { loss / Double(max(1, count)) }
}
