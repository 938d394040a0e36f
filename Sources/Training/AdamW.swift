internal import ElementaryFunctions
public import Tensors

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), in the two forms that matter here, and plain Adam.
public struct AdamW: Sendable, Equatable {
  /// The form of the update.
  public enum Variant: String, Sendable, Codable, CaseIterable {
    /// `torch.optim.AdamW`: decay before the update, epsilon after bias correction.
    case torch
    /// `AdamW` of transformers 4.24: epsilon before bias correction, decay after the update.
    case transformers
    /// `torch.optim.Adam`: no decay of its own, but the value times the weight decay is added to the gradient.
    case adam

    /// The epsilon that the form comes with.
    public var defaultEpsilon: Double { self == .transformers ? 1e-6 : 1e-8 }
  }

  /// The form of the update.
  public var variant: Variant
  /// The decay of the first moments.
  public var beta1 = 0.9
  /// The decay of the second moments.
  public var beta2 = 0.999
  /// Added to the denominator.
  public var epsilon: Double
  /// The decay of all parameters, times the learning rate; for plain Adam the factor of the value in the gradient.
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

  /// Whether second moments can hold the squares of a gradient of this norm, scaled down where it is to be.
  func holdsSquares(ofNorm norm: Double) -> Bool {
    norm * Double(clipFactor(norm: norm)) < Double(Float.greatestFiniteMagnitude).squareRoot()
  }

  /// Updates some parameters and their moments; all vectors have the same length.
  ///
  /// Element by element, so that any partition of the parameters gives the same bits.
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
    adamWUpdate(
      parameters, gradient: gradient, first: first, second: second,
      terms(step: step, learningRate: learningRate))
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
    _ updates: ArraySlice<AdamWTerms>, _ parameters: Vector, first: Vector, second: Vector
  ) {
    precondition(
      first.count == parameters.count && second.count == parameters.count,
      "optimiser state of unequal shapes")
    guard epsilon > 0, variant != .adam, isZero(first), isZero(second) else {
      for terms in updates {
        adamWUpdate(parameters, gradient: nil, first: first, second: second, terms)
      }
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
  func terms(step: Int, learningRate: Double) -> AdamWTerms {
    let correction1 = 1 - Elementary.power(beta1, step)
    let correction2 = 1 - Elementary.power(beta2, step)
    switch variant {
    case .torch:
      return terms(
        decayBefore: 1 - learningRate * weightDecay, size: learningRate / correction1,
        root: 1 / correction2.squareRoot(), decayAfter: 1)
    case .adam:
      return terms(
        decayBefore: 1, size: learningRate / correction1, root: 1 / correction2.squareRoot(),
        decayAfter: 1, coupledDecay: weightDecay)
    case .transformers:
      return terms(
        decayBefore: 1, size: learningRate * correction2.squareRoot() / correction1, root: 1,
        decayAfter: 1 - learningRate * weightDecay)
    }
  }

  private func terms(
    decayBefore: Double, size: Double, root: Double, decayAfter: Double, coupledDecay: Double = 0
  ) -> AdamWTerms {
    AdamWTerms(
      keep1: Float(beta1), keep2: Float(beta2), new1: Float(1 - beta1), new2: Float(1 - beta2),
      decayBefore: Float(decayBefore), size: Float(size), root: Float(root),
      epsilon: Float(epsilon), decayAfter: Float(decayAfter), coupledDecay: Float(coupledDecay))
  }

  /// Whether all bits are 0.
  private func isZero(_ values: Vector) -> Bool {
    var bits: UInt32 = 0
    for i in 0..<values.count { bits |= values.pointer[i].bitPattern }
    return bits == 0
  }
}

/// The learning rate of each step: linear warm-up, then linear to 0 at the last step, or constant.
public struct RateSchedule: Sendable, Equatable {
  /// The rate after warm-up.
  public let peak: Double
  /// The steps of the warm-up.
  public let warmUpSteps: Int
  /// The steps of the whole run.
  public let totalSteps: Int
  /// What follows the warm-up.
  public let course: Course

  /// What follows the warm-up.
  public enum Course: String, Sendable, Codable, CaseIterable {
    /// Down to 0 at the last step.
    case linear
    /// The same to the end.
    case constant
  }

  /// A schedule over a whole run.
  public init(
    peak: Double, warmUpSteps: Int = 0, totalSteps: Int, _ course: Course = .linear
  ) {
    self.course = course
    self.peak = peak
    self.warmUpSteps = warmUpSteps
    self.totalSteps = totalSteps
  }

  /// The rate of the update number `step`, from 0, as `get_linear_schedule_with_warmup` has it.
  public func rate(at step: Int) -> Double {
    if step < warmUpSteps { return peak * Double(step) / Double(max(1, warmUpSteps)) }
    guard course == .linear else { return peak }
    let rest = Double(totalSteps - step) / Double(max(1, totalSteps - warmUpSteps))
    return peak * max(0, rest)
  }
}
