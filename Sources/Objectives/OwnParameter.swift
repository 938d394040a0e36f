internal import ElementaryFunctions

/// A parameter that an objective owns.
public struct OwnParameter: Sendable {
  /// Its name in files and traces, after `objective.`.
  public let name: String
  /// Its shape as PyTorch has it.
  public let shape: [Size]
  /// What its numbers start from.
  public let start: Start
  /// How it is updated; nil for the run's optimizer and rate.
  public let rule: OwnRule?
  /// The name that `AutoModel` gives it in files of pre-trained models, from which it then starts; nil for none.
  public let storedName: String?

  /// A length of a shape.
  public enum Size: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// A number that the objective knows.
    case fixed(Int)
    /// The columns of the encoder's rows, C.
    case hidden

    /// A number.
    public init(integerLiteral value: Int) { self = .fixed(value) }

    /// The length beside an encoder.
    func resolved(hiddenSize: Int) -> Int {
      switch self {
      case .fixed(let size): size
      case .hidden: hiddenSize
      }
    }
  }

  /// What numbers start from; what is random is a function of the run's seed and the parameter's place.
  public enum Start: Sendable, Hashable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// One number everywhere.
    case constant(Float)
    /// Normal numbers with this standard deviation.
    case normal(Double)
    /// Uniform numbers within `1 / sqrt(columns)`, as weights of PyTorch's `nn.Linear`.
    case linear
    /// Uniform numbers within `gain sqrt(6 / (rows + columns))` (Glorot and Bengio 2010).
    case xavier(gain: Double)

    /// One number everywhere.
    public init(floatLiteral value: Float) { self = .constant(value) }
    /// One number everywhere.
    public init(integerLiteral value: Int) { self = .constant(Float(value)) }
  }

  /// A parameter.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - shape: Its shape; random starts but normal ones want two lengths, out by in.
  ///   - start: What its numbers start from.
  ///   - rule: How it is updated; nil for the run's optimizer and rate.
  ///   - storedName: Its name in files of pre-trained models; nil for none.
  public init(
    _ name: String, shape: [Size], start: Start, rule: OwnRule? = nil, storedName: String? = nil
  ) {
    (self.name, self.shape, self.start, self.rule) = (name, shape, start, rule)
    self.storedName = storedName
  }
}

/// How some parameters are updated in place of the run's optimizer: Adam without decay, at a rate that falls in steps.
///
/// The rate of update number s, from 0, is `rate factor^floor(s / every)`: `torch.optim.lr_scheduler.StepLR`, stepped
/// after every update. Parameters with equal rules are one group.
public struct OwnRule: Sendable, Hashable {
  /// The rate of the first update.
  public let rate: Double
  /// What the rate is multiplied by.
  public let factor: Double
  /// After how many updates; 0 for a constant rate.
  public let every: Int

  /// A rule.
  public init(rate: Double, factor: Double = 1, every: Int = 0) {
    (self.rate, self.factor, self.every) = (rate, factor, every)
  }

  /// The rate of the update number `step`, from 0.
  public func rate(at step: Int) -> Double {
    every > 0 ? rate * Elementary.power(factor, step / every) : rate
  }
}

/// A constant table that an objective is a function of: stored with a model, compared at a resume, never updated.
public struct OwnTable: Sendable, Hashable {
  /// Its name in files and traces, after `objective.`.
  public let name: String
  /// Its rows.
  public let rows: Int
  /// Its columns.
  public let columns: Int

  /// A table.
  public init(_ name: String, rows: Int, columns: Int) {
    (self.name, self.rows, self.columns) = (name, rows, columns)
  }
}
