package import Objectives

/// One step's input: B utterances, their second views if these are read, then E labels, or pairs alone, as token
/// sequences.
public struct StepBatch: Sendable {
  /// The token ids of all of them, once each.
  public let sequences: [[Int32]]
  /// The label of each utterance, `[B]`.
  public let targets: [Int]
  /// Whether there are second views.
  private let hasViews: Bool
  /// The pairs of a step that has them in place of all others.
  public let pairs: [TextPair]

  /// A batch of pairs.
  public init(pairs: [TextPair]) {
    sequences = pairs.map(\.tokens)
    (targets, hasViews) = ([], false)
    self.pairs = pairs
  }

  /// A batch.
  ///
  /// - Parameters:
  ///   - utterances: The utterances' sequences, `[CLS] utterance [SEP]`.
  ///   - targets: The label of each utterance.
  ///   - views: The second view of each utterance; none when they are not read.
  ///   - labels: The labels' sequences, `[CLS] name [EMO] description [SEP]`, in id order; none
  ///     when there is no label tower.
  public init(
    utterances: [[Int32]], targets: [Int], views: [[Int32]] = [], labels: [[Int32]]
  ) {
    precondition(utterances.count == targets.count, "as many targets as utterances")
    precondition(views.isEmpty || views.count == targets.count, "as many views as utterances")
    sequences = utterances + views + labels
    hasViews = !views.isEmpty
    self.targets = targets
    pairs = []
  }

  /// The number of utterances, B.
  public var utteranceCount: Int { targets.count }
  /// The number of labels, E.
  public var labelCount: Int { range(of: .labels).count }
  /// The pair of a global row; nil for a row of another tower.
  package func pair(_ row: Int) -> TextPair? {
    let range = range(of: .pairs)
    return range.contains(row) ? pairs[row - range.lowerBound] : nil
  }
  /// How many tokens are hidden.
  package var hiddenCount: Int { pairs.reduce(0) { $0 + $1.hidden.count } }

  /// The places of a kind of sequence.
  package func range(of rows: Tower.Rows) -> Range<Int> {
    let end = hasViews ? 2 * utteranceCount : utteranceCount
    return switch rows {
    case .utterances: 0..<utteranceCount
    case .views: utteranceCount..<end
    case .labels: end..<sequences.count - pairs.count
    case .pairs: sequences.count - pairs.count..<sequences.count
    }
  }
}

/// The rows of a step in their global order: which encoder reads which sequence of the batch.
///
/// First come those of the run's encoder, all sequences; then those of each further one, the sequences that its towers
/// ask for.
package struct StepRows: Sendable {
  /// The batch.
  package let batch: StepBatch
  /// The token ids of each row.
  package let sequences: [[Int32]]
  /// The rows of each encoder.
  let encoders: [Range<Int>]
  private let towers: [Tower: Range<Int>]

  /// The rows of a batch for an objective.
  package init(_ batch: StepBatch, _ objective: any Objective) {
    self.batch = batch
    var (sequences, encoders) = (batch.sequences, [batch.sequences.indices])
    var starts: [Tower: Range<Int>] = [:]
    for (number, name) in objective.encoders.enumerated() {
      var known: [Tower.Rows: Range<Int>] = [:]
      let start = sequences.count
      for tower in objective.towers where tower.encoder == name {
        let range = batch.range(of: tower.rows)
        guard number > 0 else {
          starts[tower] = range
          continue
        }
        let rows = known[tower.rows] ?? sequences.count..<sequences.count + range.count
        if known.updateValue(rows, forKey: tower.rows) == nil {
          sequences += batch.sequences[range]
        }
        starts[tower] = rows
      }
      if number > 0 { encoders.append(start..<sequences.count) }
    }
    (self.sequences, self.encoders, towers) = (sequences, encoders, starts)
  }

  /// The global rows of a tower.
  package func rows(of tower: Tower) -> Range<Int> {
    towers[tower] ?? batch.range(of: tower.rows)
  }

  /// The encoder that reads a row.
  package func encoder(of row: Int) -> Int { encoders.firstIndex { $0.contains(row) } ?? 0 }

  /// The tokens of all rows.
  var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }
}
