public import Foundation

/// One training step in `metrics.jsonl`; a number that was not finite is nil.
public struct StepEvent: Sendable, Hashable {
  /// The step, from 1.
  public var step: Int
  /// The pass over the training split, from 1.
  public var epoch: Int
  /// The weighted sum of the losses.
  public var loss: Double?
  /// The parts of the loss, unweighted, in the order of the file.
  public var losses: [LoggedNumber]
  /// The learning rate of the step.
  public var learningRate: Double?
  /// The norm of the gradient.
  public var gradientNorm: Double?
  /// What the objective tells of itself, in the order of the file.
  public var statistics: [LoggedNumber]
  /// The tokens of all rows.
  public var tokens: Int?
  /// How long the step took.
  public var seconds: Double?
  /// The bytes that rank 0 sent; nil in logs of earlier versions.
  public var bytesSent: Int?
  /// The most memory that rank 0 ever had, in bytes; nil in logs of earlier versions.
  public var peakMemory: Int?

  /// A step.
  public init(
    step: Int, epoch: Int, loss: Double?, losses: [LoggedNumber], learningRate: Double?,
    gradientNorm: Double?, statistics: [LoggedNumber], tokens: Int?, seconds: Double?,
    bytesSent: Int?, peakMemory: Int?
  ) {
    (self.step, self.epoch, self.loss, self.losses) = (step, epoch, loss, losses)
    (self.learningRate, self.gradientNorm) = (learningRate, gradientNorm)
    (self.statistics, self.tokens, self.seconds) = (statistics, tokens, seconds)
    (self.bytesSent, self.peakMemory) = (bytesSent, peakMemory)
  }

  /// The event as one JSON object.
  public var line: String {
    func list(_ numbers: [LoggedNumber]) -> [(String, String)] {
      numbers.map { ($0.name, $0.text ?? "null") }
    }
    func count(_ name: Name, _ value: Int?) -> [(String, String)] {
      value.map { [(name.rawValue, "\($0)")] } ?? []
    }
    func real(_ name: Name, _ value: Double?) -> [(String, String)] {
      [(name.rawValue, JSONLine.number(value))]
    }
    var fields = [(Name.event.rawValue, JSONLine.quoted("step"))]
    fields += count(.step, step) + count(.epoch, epoch) + real(.loss, loss) + list(losses)
    fields += real(.learningRate, learningRate) + real(.gradientNorm, gradientNorm)
    fields += list(statistics) + count(.tokens, tokens) + real(.seconds, seconds)
    fields += count(.bytesSent, bytesSent) + count(.peakMemory, peakMemory)
    return JSONLine.object(fields)
  }

  /// Reads an event.
  ///
  /// Numbers of other names are the objective's: losses before the learning rate, statistics after it.
  ///
  /// - Parameters:
  ///   - line: A JSON object whose `event` is `step`.
  ///   - decoder: Used again for every line of a log.
  /// - Throws: `DecodingError` or `JSONFault` when it is damaged.
  public init(line: Data, decoder: JSONDecoder = JSONDecoder()) throws {
    let known = try decoder.decode(Known.self, from: line)
    self.init(
      step: known.step, epoch: known.epoch, loss: known.loss, losses: [],
      learningRate: known.lr, gradientNorm: known.gradNorm, statistics: [],
      tokens: known.tokens, seconds: known.seconds, bytesSent: known.bytesSent,
      peakMemory: known.peakMemory)
    var seen: Set<String> = []
    var isPastLosses = false
    for (name, text) in try JSONLine.numbers(in: line)
    where seen.insert(name).inserted {
      if let known = Name(rawValue: name) {
        isPastLosses = isPastLosses || known == .learningRate
      } else if isPastLosses {
        statistics.append(LoggedNumber(name, Double(text), isCount: Int(text) != nil))
      } else {
        losses.append(LoggedNumber(name, Double(text)))
      }
    }
  }

  /// The names that every step has, whatever its objective.
  private enum Name: String, CodingKey {
    case event, step, epoch, loss, tokens, seconds
    case learningRate = "lr"
    case gradientNorm = "grad_norm"
    case bytesSent = "bytes_sent"
    case peakMemory = "peak_memory"
  }

  private struct Known: Decodable {
    let step: Int
    let epoch: Int
    let loss: Double?
    let lr: Double?
    let gradNorm: Double?
    let tokens: Int?
    let seconds: Double?
    let bytesSent: Int?
    let peakMemory: Int?

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: Name.self)
      func real(_ name: Name) throws -> Double? {
        try fields.decodeIfPresent(Double.self, forKey: name)
      }
      func count(_ name: Name) throws -> Int? {
        try fields.decodeIfPresent(Int.self, forKey: name)
      }
      step = try fields.decode(Int.self, forKey: .step)
      epoch = try fields.decode(Int.self, forKey: .epoch)
      loss = try real(.loss)
      lr = try real(.learningRate)
      gradNorm = try real(.gradientNorm)
      tokens = try count(.tokens)
      seconds = try real(.seconds)
      bytesSent = try count(.bytesSent)
      peakMemory = try count(.peakMemory)
    }
  }
}
