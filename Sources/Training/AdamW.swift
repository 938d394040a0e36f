public import Tensors

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), in the two forms that matter here.
public struct AdamW: Sendable, Equatable {
  /// The form of the update.
  public enum Variant: String, Sendable, Codable, CaseIterable {
    /// `torch.optim.AdamW`: decay before the update, epsilon after bias correction.
    case torch
    /// `AdamW` of transformers 4.24: epsilon before bias correction, decay after the update.
    case transformers

    /// The epsilon that the form comes with.
    public var defaultEpsilon: Double { self == .torch ? 1e-8 : 1e-6 }
  }

  /// The form of the update.
  public var variant: Variant
  /// The decay of the first moments.
  public var beta1 = 0.9
  /// The decay of the second moments.
  public var beta2 = 0.999
  /// Added to the denominator.
  public var epsilon: Double
  /// The decay of all parameters, times the learning rate.
  public var weightDecay: Double
  /// The norm that a longer gradient is scaled down to, or nil.
  public var gradientClip: Double?

  /// The optimiser with its form's own epsilon.
  public init(variant: Variant, weightDecay: Double) {
    self.variant = variant
    self.weightDecay = weightDecay
    epsilon = variant.defaultEpsilon
  }

  /// What a gradient is multiplied by: as `torch.nn.utils.clip_grad_norm_` has it.
  ///
  /// - Parameter norm: The norm over all parameters.
  /// - Returns: 0 ... 1.
  public func clipFactor(norm: Double) -> Float {
    guard let gradientClip else { return 1 }
    return Float(min(1, gradientClip / (norm + 1e-6)))
  }

  /// Updates some parameters and their moments; all vectors have the same length.
  ///
  /// Element by element, so that any division of the parameters gives the same bits.
  ///
  /// - Parameters:
  ///   - parameters: The values.
  ///   - gradient: dL/dvalues.
  ///   - first: The first moments.
  ///   - second: The second moments.
  ///   - step: The number of this update, from 1.
  ///   - learningRate: The rate at this step.
  public func update(
    _ parameters: Vector, gradient: Vector, first: Vector, second: Vector, step: Int,
    learningRate: Double
  ) {
    precondition(
      gradient.count == parameters.count && first.count == parameters.count
        && second.count == parameters.count, "optimiser state of unequal shapes")
    apply(terms(step: step, learningRate: learningRate), parameters, gradient, first, second)
  }

  /// Makes several updates with a gradient of 0, one after the other: the bits of as many calls of
  /// `update`.
  ///
  /// - Parameters:
  ///   - updates: Their terms, in order.
  ///   - parameters: The values.
  ///   - first: The first moments.
  ///   - second: The second moments.
  func replay(
    _ updates: ArraySlice<Terms>, _ parameters: Vector, first: Vector, second: Vector
  ) {
    precondition(
      first.count == parameters.count && second.count == parameters.count,
      "optimiser state of unequal shapes")
    guard epsilon > 0, isZero(first), isZero(second) else {
      for terms in updates { applyZero(terms, parameters, first, second) }
      return
    }
    // Moments of 0 stay so, and what they move a value by is 0.
    let w = parameters.pointer
    for terms in updates {
      let (before, after) = (terms.decayBefore, terms.decayAfter)
      for i in 0..<parameters.count { w[i] = w[i] * before * after }
    }
  }

  /// The factors of an update.
  func terms(step: Int, learningRate: Double) -> Terms {
    let correction1 = 1 - power(beta1, step)
    let correction2 = 1 - power(beta2, step)
    switch variant {
    case .torch:
      return Terms(
        decayBefore: Float(1 - learningRate * weightDecay),
        size: Float(learningRate / correction1), root: Float(1 / correction2.squareRoot()),
        epsilon: Float(epsilon), decayAfter: 1)
    case .transformers:
      return Terms(
        decayBefore: 1, size: Float(learningRate * correction2.squareRoot() / correction1),
        root: 1, epsilon: Float(epsilon), decayAfter: Float(1 - learningRate * weightDecay))
    }
  }

  /// The factors of one update.
  struct Terms: Sendable, Equatable {
    fileprivate let decayBefore: Float
    fileprivate let size: Float
    fileprivate let root: Float
    fileprivate let epsilon: Float
    fileprivate let decayAfter: Float
  }

  /// A plain loop: the compiler turns it, square root included, into vector instructions.
  private func apply(
    _ terms: Terms, _ parameters: Vector, _ gradient: Vector, _ first: Vector, _ second: Vector
  ) {
    let (w, g, m, v) = (parameters.pointer, gradient.pointer, first.pointer, second.pointer)
    let (keep1, keep2) = (Float(beta1), Float(beta2))
    let (new1, new2) = (Float(1 - beta1), Float(1 - beta2))
    for i in 0..<parameters.count {
      let slope = g[i]
      let mean = m[i] * keep1 + slope * new1
      let square = v[i] * keep2 + slope * slope * new2
      m[i] = mean
      v[i] = square
      let move = mean * terms.size / (square.squareRoot() * terms.root + terms.epsilon)
      w[i] = (w[i] * terms.decayBefore - move) * terms.decayAfter
    }
  }

  /// The same with a gradient of 0: its products are 0, whose sums only change the sign of a zero.
  private func applyZero(
    _ terms: Terms, _ parameters: Vector, _ first: Vector, _ second: Vector
  ) {
    let (w, m, v) = (parameters.pointer, first.pointer, second.pointer)
    let (keep1, keep2) = (Float(beta1), Float(beta2))
    for i in 0..<parameters.count {
      let mean = m[i] * keep1 + 0
      let square = v[i] * keep2 + 0
      m[i] = mean
      v[i] = square
      let move = mean * terms.size / (square.squareRoot() * terms.root + terms.epsilon)
      w[i] = (w[i] * terms.decayBefore - move) * terms.decayAfter
    }
  }

  /// Whether all bits are 0.
  private func isZero(_ values: Vector) -> Bool {
    var bits: UInt32 = 0
    for i in 0..<values.count { bits |= values.pointer[i].bitPattern }
    return bits == 0
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}

/// The learning rate of each step: linear warm-up, then linear to 0 at the last step.
public struct LinearSchedule: Sendable, Equatable {
  /// The rate after warm-up.
  public let peak: Double
  /// The steps of the warm-up.
  public let warmUpSteps: Int
  /// The steps of the whole run.
  public let totalSteps: Int

  /// A schedule over a whole run.
  public init(peak: Double, warmUpSteps: Int = 0, totalSteps: Int) {
    self.peak = peak
    self.warmUpSteps = warmUpSteps
    self.totalSteps = totalSteps
  }

  /// The rate of the update number `step`, from 0, as `get_linear_schedule_with_warmup` has it.
  public func rate(at step: Int) -> Double {
    if step < warmUpSteps { return peak * Double(step) / Double(max(1, warmUpSteps)) }
    let rest = Double(totalSteps - step) / Double(max(1, totalSteps - warmUpSteps))
    return peak * max(0, rest)
  }
}
