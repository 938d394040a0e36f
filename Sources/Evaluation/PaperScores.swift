/// The scores that the paper gives for its systems, by data set, to stand beside those of runs here.
public enum PaperScores {
  /// A mean and, where the paper gives one, a standard deviation, as shares of one.
  public struct Score: Sendable, Equatable {
    /// The mean over its runs.
    public let mean: Double
    /// Their standard deviation; the paper does not say how many there are.
    public let deviation: Double?
  }

  /// The paper's row of a system.
  ///
  /// - Parameters:
  ///   - system: The system as tables here call it, such as `TACO w/o LDL`; a plain encoder by its name.
  ///   - labels: The name of the built-in label set.
  /// - Returns: The scores by metric; nil where the paper has no such row.
  public static func row(_ system: String, labels: String) -> [Metric: Score]? {
    guard let row = tables[labels]?[system] else { return nil }
    return Dictionary(
      uniqueKeysWithValues: zip([Metric.accuracy, .weightedF1, .macroF1], row).map {
        metric, score in
        (metric, Score(mean: score.0 / 100, deviation: score.1.map { $0 / 100 }))
      })
  }

  private typealias Row = [(Double, Double?)]

  /// Tables 2, 3, 5, 6 and 7: accuracy, weighted-F1 and macro-F1 in percent.
  private static let tables: [String: [String: Row]] = [
    "empathetic-dialogues": [
      "BERT": [(55.79, 0.35), (55.13, 0.51), (54.85, 0.56)],
      "RoBERTa": [(57.67, 0.46), (57.13, 0.37), (56.87, 0.35)],
      "ELECTRA": [(57.42, 0.61), (56.59, 0.62), (56.38, 0.63)],
      "CDP+MLM": [(58.51, 0.48), (57.94, 0.38), (57.74, 0.39)],
      "LCL": [(59.52, 0.43), (58.72, 0.49), (58.38, 0.49)],
      "SACL": [(58.27, 0.45), (57.65, 0.48), (57.50, 0.48)],
      "HypEMO": [(58.30, 0.50), (57.13, 0.42), (56.93, 0.48)],
      "TACO": [(60.57, 0.36), (59.94, 0.42), (59.82, 0.43)],
      "TACO w/o LDL": [(59.85, nil), (59.27, nil), (59.18, nil)],
      "TACO w/o CCL": [(59.61, nil), (58.93, nil), (58.80, nil)],
      "TACO w/o CG": [(59.92, nil), (59.24, nil), (59.09, nil)],
      "TACO w/o DES": [(59.74, nil), (59.12, nil), (59.04, nil)],
      "TACO w. elbow": [(60.21, nil), (59.54, nil), (59.44, nil)],
      "TACO w. Llama": [(62.43, nil), (61.33, nil), (61.07, nil)],
    ],
    "goemotions": [
      "BERT": [(64.32, 0.33), (63.84, 0.32), (54.27, 0.89)],
      "RoBERTa": [(64.79, 0.52), (64.34, 0.45), (54.91, 0.67)],
      "ELECTRA": [(64.65, 0.57), (63.77, 0.62), (52.03, 1.04)],
      "CDP+MLM": [(64.98, 0.40), (64.56, 0.34), (55.84, 0.93)],
      "LCL": [(65.22, 0.39), (64.55, 0.47), (54.48, 1.27)],
      "SACL": [(64.71, 0.54), (64.42, 0.47), (54.96, 0.89)],
      "HypEMO": [(64.81, 0.46), (64.30, 0.39), (53.59, 1.14)],
      "TACO": [(65.97, 0.38), (65.42, 0.40), (58.23, 0.99)],
      "TACO w/o LDL": [(65.59, nil), (65.12, nil), (57.99, nil)],
      "TACO w/o CCL": [(65.16, nil), (64.84, nil), (57.63, nil)],
      "TACO w/o CG": [(65.47, nil), (64.91, nil), (57.86, nil)],
      "TACO w/o DES": [(65.23, nil), (64.80, nil), (57.62, nil)],
      "TACO w. elbow": [(65.85, nil), (65.34, nil), (58.13, nil)],
      "TACO w. Llama": [(67.13, nil), (66.58, nil), (59.44, nil)],
    ],
    "empathetic-intents": [
      "CDP+MLM": [(58.53, nil), (57.99, nil), (58.01, nil)],
      "LCL": [(59.26, nil), (58.71, nil), (58.47, nil)],
      "TACO": [(60.74, nil), (60.31, nil), (59.92, nil)],
    ],
    "edos": [
      "CDP+MLM": [(64.24, nil), (63.93, nil), (51.88, nil)],
      "LCL": [(64.72, nil), (64.38, nil), (52.01, nil)],
      "TACO": [(65.00, nil), (64.84, nil), (52.47, nil)],
    ],
  ]
}
