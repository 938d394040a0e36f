import Foundation

/// What a run's `metrics.jsonl` tells: steps and evaluations, in their order.
public struct RunHistory: Sendable, Equatable {
  /// One training step; a number that was not finite is nil.
  public struct Step: Sendable, Equatable, Decodable {
    /// The step, from 1.
    public let step: Int
    /// The pass over the training split, from 1.
    public let epoch: Int
    /// The weighted sum of the losses (equation 7).
    public let loss: Double?
    /// Cross-entropy (equation 3).
    public let ce: Double?
    /// The contrastive loss (equation 4).
    public let ccl: Double?
    /// The disentangled loss (equation 6).
    public let ldl: Double?
    /// The learning rate of the step.
    public let learningRate: Double?
    /// The norm of the gradient.
    public let gradientNorm: Double?
    /// The number of clusters.
    public let clusters: Int?
    /// The share of the batch's rows in the majority label of their cluster.
    public let clusterPurity: Double?
    /// The share of anchors without positives.
    public let pEmpty: Double?
    /// The share of anchors without negatives.
    public let nEmpty: Double?
    /// The denominator of equation 5.
    public let ldlWeightSum: Double?
    /// The tokens of both towers.
    public let tokens: Int?
    /// How long the step took.
    public let seconds: Double?

    enum CodingKeys: String, CodingKey {
      case step, epoch, loss, ce, ccl, ldl, clusters, tokens, seconds
      case learningRate = "lr"
      case gradientNorm = "grad_norm"
      case clusterPurity = "cluster_purity"
      case pEmpty = "p_empty"
      case nEmpty = "n_empty"
      case ldlWeightSum = "ldl_weight_sum"
    }
  }

  /// The scores of a split after a step.
  public struct Scores: Sendable, Equatable, Decodable {
    /// `valid` or `test`.
    public let split: String
    /// The passes done.
    public let epoch: Int
    /// The steps done.
    public let step: Int
    /// The share of correct predictions.
    public let accuracy: Double
    /// Equation 9.
    public let weightedF1: Double
    /// Equation 10.
    public let macroF1: Double
    /// Whether the model was kept.
    public let best: Bool

    enum CodingKeys: String, CodingKey {
      case split, epoch, step, accuracy, best
      case weightedF1 = "weighted_f1"
      case macroF1 = "macro_f1"
    }
  }

  /// The steps.
  public private(set) var steps: [Step] = []
  /// The evaluations.
  public private(set) var evaluations: [Scores] = []

  /// An empty history.
  public init() {}

  /// Reads a log; a last line that a killed run left unfinished is passed over.
  ///
  /// - Parameter text: The contents of `metrics.jsonl`.
  /// - Throws: `RunHistoryError` that names the first damaged line.
  public init(_ text: some StringProtocol) throws {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let decoder = JSONDecoder()
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let data = Data(line.utf8)
      do {
        switch try decoder.decode(Kind.self, from: data).event {
        case "step": steps.append(try decoder.decode(Step.self, from: data))
        case "evaluation": evaluations.append(try decoder.decode(Scores.self, from: data))
        default: break
        }
      } catch {
        if index == lines.count - 1 { break }
        throw RunHistoryError(line: index + 1)
      }
    }
  }

  private struct Kind: Decodable { let event: String }

  /// The scores on the test split, if the run came to its end and has one.
  public var test: Scores? { evaluations.last { $0.split == "test" } }

  /// The scores on the validation split, one an epoch.
  public var validation: [Scores] { evaluations.filter { $0.split == "valid" } }

  /// The validation scores of the model that was kept.
  public var best: Scores? { validation.last { $0.best } }
}

/// A damaged line of `metrics.jsonl`.
public struct RunHistoryError: Error, CustomStringConvertible, Equatable {
  /// The line, from 1.
  public let line: Int
  /// What is wrong.
  public var description: String {
    "line \(line): not an event of a run; the file is damaged or was edited"
  }
}

extension RunHistory {
  private static let header = [
    "step", "epoch", "loss", "ce", "ccl", "ldl", "lr", "grad_norm", "clusters", "cluster_purity",
    "p_empty", "n_empty", "ldl_weight_sum", "tokens", "seconds", "valid_accuracy",
    "valid_weighted_f1", "valid_macro_f1",
  ]

  /// The steps as CSV, with the scores of the step after which they were taken; empty where there are
  /// none.
  ///
  /// - Parameter name: The value of a first column `run`, or nil for none.
  /// - Returns: Rows, the header not among them.
  public func csvRows(name: String?) -> [String] {
    var scores: [Int: Scores] = [:]
    for score in validation { scores[score.step] = score }
    func text<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "" }
    return steps.map { step in
      let score = scores[step.step]
      let cells: [String] = [
        text(step.step), text(step.epoch), text(step.loss), text(step.ce), text(step.ccl),
        text(step.ldl), text(step.learningRate), text(step.gradientNorm), text(step.clusters),
        text(step.clusterPurity), text(step.pEmpty), text(step.nEmpty),
        text(step.ldlWeightSum), text(step.tokens), text(step.seconds), text(score?.accuracy),
        text(score?.weightedF1), text(score?.macroF1),
      ]
      return ((name.map { [csvField($0)] } ?? []) + cells).joined(separator: ",")
    }
  }

  /// The header of `csvRows`.
  public static func csvHeader(named: Bool) -> String {
    ((named ? ["run"] : []) + header).joined(separator: ",")
  }
}

/// A field of a CSV file, in quotes where RFC 4180 wants them.
public func csvField(_ field: String) -> String {
  guard field.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else {
    return field
  }
  return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
}
