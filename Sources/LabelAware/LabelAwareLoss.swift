internal import ElementaryFunctions
internal import Objectives
internal import Tensors

/// The label-aware contrastive loss over all rows, with its gradients.
///
/// As the authors' code has it, the weight of the positives outside the logarithm; f are unit rows, W the softmax of the
/// weighting network's scores, y the labels, A(i) all rows but i, P(i) those of them with i's label:
///
///     s_ij = f_i . f_j / t        Z_i = sum_{a in A(i)} W[i, y_a] exp(s_ia)
///     loss = mean over i of -W[i, y_i] (mean over P(i) of s_ip - log Z_i)
///
/// W takes gradients too. A row without positives adds 0 and counts in the mean. Of equal weights 1/E comes
/// `(SupCon - log E) / E`; the loss may be negative.
struct LabelAwareLoss {
  /// The loss.
  let value: Double
  /// The gradient by the encoder's rows, `[n, C]`.
  let rowGradient: DoubleMatrix
  /// The gradient by the weighting network's scores, `[n, E]`.
  let scoreGradient: DoubleMatrix
  /// The rows without positives.
  let emptyCount: Int
  /// The mean of W[i, y_i].
  let meanWeight: Double

  /// Evaluates rows.
  ///
  /// - Parameters:
  ///   - rows: The encoder's rows, `[n, C]`; one of length 0 has no direction: it is 0, with a gradient of 0.
  ///   - scores: The weighting network's scores, `[n, E]`.
  ///   - targets: The label of each row.
  ///   - temperature: t, above 0.
  init(rows: DoubleMatrix, scores: DoubleMatrix, targets: [Int], temperature: Double) {
    let count = rows.rows
    let units = UnitRows(rows, epsilon: 1e-12)
    let similarities = units.rows.timesTranspose(of: units.rows, scale: 1 / temperature)
    var dSimilarities = DoubleMatrix(rows: count, columns: count)
    var dScores = DoubleMatrix(rows: count, columns: scores.columns)
    var (sum, weights, empty) = (0.0, 0.0, 0)
    let share = 1 / Double(count)
    for (row, target) in targets.enumerated() {
      let norm = logSumExp(scores.row(row))
      let logWeights = scores.row(row).map { $0 - norm }
      let weight = Elementary.exp(logWeights[target])
      weights += weight
      let others = (0..<count).filter { $0 != row }
      let positives = others.filter { targets[$0] == target }
      guard !positives.isEmpty else {
        empty += 1
        continue
      }
      let exponents = others.map { logWeights[targets[$0]] + similarities[row, $0] }
      let logSum = logSumExp(exponents)
      let mean = positives.reduce(0) { $0 + similarities[row, $1] } / Double(positives.count)
      let gap = mean - logSum
      sum -= weight * gap
      // The share of each label in the sum, and each row's.
      var labelShares = [Double](repeating: 0, count: scores.columns)
      for (other, exponent) in zip(others, exponents) {
        let part = Elementary.exp(exponent - logSum)
        labelShares[targets[other]] += part
        let isPositive = targets[other] == target
        dSimilarities[row, other] =
          share * weight * (part - (isPositive ? 1 / Double(positives.count) : 0))
      }
      for label in 0..<scores.columns {
        let own = label == target ? gap : 0
        dScores[row, label] =
          share * weight
          * (labelShares[label] - own - Elementary.exp(logWeights[label]) * (1 - gap))
      }
    }
    var dUnits = dSimilarities.times(units.rows, scale: 1 / temperature)
    dUnits.add(dSimilarities.transposeTimes(units.rows, scale: 1 / temperature))
    value = sum * share
    rowGradient = units.gradient(dUnits)
    scoreGradient = dScores
    (emptyCount, meanWeight) = (empty, weights * share)
  }
}
