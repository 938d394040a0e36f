import Foundation
public import RunEvents

/// What a run's `metrics.jsonl` tells: steps and evaluations, in their order.
public struct RunHistory: Sendable, Equatable {
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
  public private(set) var steps: [StepEvent] = []
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
        case "step": steps.append(try StepEvent(line: data, decoder: decoder))
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
