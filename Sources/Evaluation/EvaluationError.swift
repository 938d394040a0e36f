/// Input from which no metric can be computed.
public enum EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is not one prediction for each true label.
  case unequalCounts(truth: Int, predicted: Int)

  /// A true or predicted label id has no name.
  case unknownLabel(id: Int, row: Int, labelCount: Int)

  /// The scores do not fill whole rows of one score a label.
  case incompleteRows(scoreCount: Int, labelCount: Int)

  /// A score is NaN or infinite.
  case nonFiniteScore(Float, row: Int, label: Int)

  /// Two models' predictions are not of the same labelled rows.
  case otherRows

  /// The entropy of more scores than there are, or of none, was asked for.
  case topOutOfRange(Int, labelCount: Int)

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .unequalCounts(let truth, let predicted):
      "\(truth) true labels but \(predicted) predictions; one prediction a row is needed"
    case .unknownLabel(let id, let row, let labelCount):
      "row \(row): label id \(id) is outside 0..<\(labelCount); use the label set of the data"
    case .incompleteRows(let scoreCount, let labelCount):
      "\(scoreCount) scores do not make whole rows of \(labelCount) labels"
    case .nonFiniteScore(let score, let row, let label):
      "row \(row): the score of label id \(label) is \(score); the model's weights have diverged"
    case .otherRows:
      "the two models were not measured on the same rows with the same labels; give both one data set"
    case .topOutOfRange(let count, let labelCount):
      "entropy of the top \(count) scores asked for; choose from 1 to \(labelCount)"
    }
  }
}
