import EmotionData
import Evaluation
import Tensors

/// Labelled utterances that are shown to a language model, drawn by keyed random numbers.
///
/// What is drawn for a row depends on seed and row alone, not on how many rows there are. No utterance is drawn twice,
/// and none that reads as the row itself does: data sets repeat test texts in their training splits.
struct Demonstrations {
  private let examples: [Example]
  private let labelNames: [String]
  private let seed: UInt64
  private let count: Int
  private let areShared: Bool

  /// Keeps this use of the seed apart from others of its purpose.
  private static let stream: UInt32 = 8

  /// Draws from examples.
  ///
  /// - Parameters:
  ///   - count: How many a row, at most as many as there are examples.
  ///   - examples: What is drawn from.
  ///   - labels: Their labels.
  ///   - seed: Decides the draws.
  ///   - areShared: Whether all rows have the same ones.
  init(_ count: Int, of examples: [Example], _ labels: LabelSet, seed: UInt64, areShared: Bool) {
    (self.count, self.examples, labelNames) = (count, examples, labels.names)
    (self.seed, self.areShared) = (seed, areShared)
  }

  /// Those of a row with this text; fewer than were asked for where there are no more.
  func drawn(row: Int, _ text: String) -> [EmotionPrompt.Demonstration] {
    let random = KeyedRandom(
      seed: seed, purpose: .sampling, step: areShared ? 0 : UInt64(row), stream: Self.stream)
    // The first places of Fisher and Yates' shuffle, of which only what was moved is kept.
    var moved: [Int: Int] = [:]
    var result: [EmotionPrompt.Demonstration] = []
    for place in examples.indices {
      guard result.count < count else { break }
      let other = place + Int(random.uniform(UInt64(place)) * Double(examples.count - place))
      let chosen = examples[moved[other] ?? other]
      moved[other] = moved[place] ?? place
      guard Self.plain(chosen.text) != Self.plain(text) else { continue }
      result.append(.init(text: chosen.text, label: labelNames[chosen.label]))
    }
    return result
  }

  private static func plain(_ text: String) -> [Substring] {
    text.split(whereSeparator: \.isWhitespace)
  }
}
