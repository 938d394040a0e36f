internal import ElementaryFunctions
public import Tensors

/// A classifier after an encoder: two linear layers with an activation and dropout between them.
///
///     scores = ((activation((input * m1) W' + b) * m2) V' + c) * m3
///
/// The m are dropout's factors. None of them is negative, so that before a ReLU they would do what they do after it.
public struct ClassifierHead: Sendable {
  /// What stands between the two layers.
  public enum Activation: Sendable {
    /// The rectifier.
    case relu
    /// The exact GELU.
    case gelu
  }

  /// Its weights.
  public struct Parameters: Sendable {
    /// `[C, C]`.
    let dense: DoubleMatrix
    /// `[1, C]`.
    let denseBias: DoubleMatrix
    /// `[E, C]`.
    let output: DoubleMatrix
    /// `[1, E]`.
    let outputBias: DoubleMatrix

    /// How many arrays `init` reads.
    public static let count = 4

    /// Reads the arrays in the order of `parameters(_:labels:start:)`.
    public init(_ values: ArraySlice<[Double]>, hiddenSize: Int) {
      let values = Array(values)
      func matrix(_ index: Int, columns: Int) -> DoubleMatrix {
        DoubleMatrix(
          rows: values[index].count / columns, columns: columns, values: values[index])
      }
      dense = matrix(0, columns: hiddenSize)
      denseBias = matrix(1, columns: values[1].count)
      output = matrix(2, columns: hiddenSize)
      outputBias = matrix(3, columns: values[3].count)
    }
  }

  /// The factors of dropout; nil for ones.
  public struct Masks: Sendable {
    /// Of the input, `[n, C]`.
    public var input: DoubleMatrix?
    /// Between the layers, `[n, C]`.
    public var hidden: DoubleMatrix?
    /// Of the scores, `[n, E]`.
    public var scores: DoubleMatrix?

    /// Factors; nil for ones.
    public init(
      input: DoubleMatrix? = nil, hidden: DoubleMatrix? = nil, scores: DoubleMatrix? = nil
    ) {
      (self.input, self.hidden, self.scores) = (input, hidden, scores)
    }
  }

  /// The gradients by what the head was given.
  public struct Gradients: Sendable {
    /// `[n, C]`.
    public let input: DoubleMatrix
    /// In the order of the parameters.
    public let parameters: [[Double]]
  }

  private let parameters: Parameters
  private let masks: Masks
  private let input: DoubleMatrix
  private let hidden: DoubleMatrix
  /// The activation's slope at every element, times dropout's factor.
  private let slopes: DoubleMatrix
  /// Which elements the ReLU lets through; empty with GELU.
  public let passes: [Bool]
  /// `[n, E]`.
  public let scores: DoubleMatrix

  /// Computes the scores of rows `[n, C]`.
  ///
  /// - Parameters:
  ///   - rows: The encoder's rows.
  ///   - parameters: The weights.
  ///   - activation: What stands between the layers.
  ///   - masks: The factors of dropout.
  ///   - passes: Which elements the ReLU lets through; nil decides by their signs.
  public init(
    _ rows: DoubleMatrix, _ parameters: Parameters, _ activation: Activation,
    masks: Masks = Masks(), passes: [Bool]? = nil
  ) {
    (self.parameters, self.masks) = (parameters, masks)
    input = rows.masked(masks.input)
    let inner = input.linear(parameters.dense, bias: parameters.denseBias)
    var (hidden, slopes) = (inner, inner)
    switch activation {
    case .relu:
      self.passes = passes ?? inner.values.map { $0 > 0 }
      for (index, passes) in self.passes.enumerated() {
        slopes.values[index] = passes ? 1 : 0
        hidden.values[index] *= slopes.values[index]
      }
    case .gelu:
      self.passes = []
      for (index, x) in inner.values.enumerated() {
        let share = 0.5 * (1 + Elementary.erf(x / 2.0.squareRoot()))
        hidden.values[index] = x * share
        slopes.values[index] =
          share + x * Elementary.exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
      }
    }
    self.hidden = hidden.masked(masks.hidden)
    self.slopes = slopes.masked(masks.hidden)
    scores = self.hidden.linear(parameters.output, bias: parameters.outputBias)
      .masked(masks.scores)
  }

  /// The gradients from those by the scores, `[n, E]`.
  public func backward(_ gradient: DoubleMatrix) -> Gradients {
    let dScores = gradient.masked(masks.scores)
    let dInner = dScores.times(parameters.output).times(elementwise: slopes)
    return Gradients(
      input: dInner.times(parameters.dense).masked(masks.input),
      parameters: [
        dInner.transposeTimes(input).values, dInner.columnSums.values,
        dScores.transposeTimes(hidden).values, dScores.columnSums.values,
      ])
  }

  /// The declarations of a head's parameters: biases start at 0.
  ///
  /// - Parameters:
  ///   - prefix: What stands before the names.
  ///   - output: The name of the second layer.
  ///   - labels: How many labels there are, E.
  ///   - start: What the weights start from.
  /// - Returns: The weight and the bias of each layer.
  public static func parameters(
    _ prefix: String = "", output: String = "out_proj", labels: Int, start: OwnParameter.Start
  ) -> [OwnParameter] {
    [
      OwnParameter("\(prefix)dense.weight", shape: [.hidden, .hidden], start: start),
      OwnParameter("\(prefix)dense.bias", shape: [.hidden], start: 0),
      OwnParameter("\(prefix)\(output).weight", shape: [.fixed(labels), .hidden], start: start),
      OwnParameter("\(prefix)\(output).bias", shape: [.fixed(labels)], start: 0),
    ]
  }
}

extension DoubleMatrix {
  /// Element by element times a mask of the same shape, or as it is.
  fileprivate func masked(_ mask: DoubleMatrix?) -> DoubleMatrix {
    mask.map { times(elementwise: $0) } ?? self
  }
}
