public import Tensors

/// The fully-connected networks of equation 1: Linear C -> C, ReLU, Linear C -> d.
///
/// One for utterances and one for labels (the paper), or one for both (the authors' code). The linear
/// objective has a single one of the same shape, which ends in the E scores instead.
public struct Heads: Sendable {
  /// The columns of an embedding, d.
  public static let embeddingSize = 128

  /// Whether utterances and labels have a head each.
  public enum Sharing: String, Sendable, Codable, CaseIterable {
    /// FCN1 and FCN2, as printed.
    case separate
    /// One for both, as the authors' code has it.
    case shared
  }

  /// Which networks there are.
  public enum Form: Sendable, Hashable {
    /// FCN1 and FCN2.
    case separate
    /// One for both towers.
    case shared
    /// One from utterances to the scores of so many labels; there is no label tower.
    case linear(labelCount: Int)

    /// The form of the triple view's heads.
    public init(_ sharing: Sharing) {
      switch sharing {
      case .separate: self = .separate
      case .shared: self = .shared
      }
    }
  }

  /// One network's parameters.
  public struct Head: Sendable {
    let weight0: ParameterSlot
    let bias0: ParameterSlot
    let weight2: ParameterSlot
    let bias2: ParameterSlot
  }

  /// The block of all heads' parameters.
  public let block: Int
  /// FCN1.
  public let instance: Head
  /// FCN2; the same parameters as FCN1 when there is one network.
  public let label: Head
  /// The columns of what the networks give: d, or E.
  public let outputSize: Int
  private let isLinear: Bool

  /// Adds the heads' parameters to a layout; they start as PyTorch's `nn.Linear` does.
  public init(hiddenSize: Int, _ form: Form, in layout: inout ParameterLayout) {
    block = layout.beginBlock("heads")
    func head(_ name: String, _ outputSize: Int = Heads.embeddingSize) -> Head {
      Heads.head("heads.\(name)", hiddenSize, outputSize, &layout)
    }
    switch form {
    case .separate: (instance, label) = (head("instance"), head("label"))
    case .shared:
      instance = head("instance")
      label = instance
    case .linear(let labelCount):
      instance = head("linear", labelCount)
      label = instance
    }
    outputSize = instance.weight2.rows
    if case .linear = form { isLinear = true } else { isLinear = false }
  }

  /// The scores of utterances: equation 2, or the linear head's output as it is.
  ///
  /// - Parameters:
  ///   - instances: What the heads gave for utterances, `[B, outputSize]`.
  ///   - labels: The label embeddings, `[E, d]`; of no importance to a linear head.
  /// - Returns: `[B, E]`.
  public func scores(_ instances: DoubleMatrix, labels: DoubleMatrix) -> DoubleMatrix {
    isLinear ? instances : instances.timesTranspose(of: labels)
  }

  /// What one network gives for rows `[n, C]`, in double precision and without a backward pass.
  ///
  /// - Parameters:
  ///   - head: The network.
  ///   - input: The encoder's rows.
  ///   - parameters: All parameters.
  ///   - active: Which hidden units the ReLU lets through; nil decides by their signs.
  /// - Returns: The output `[n, outputSize]`, and which units were let through.
  public static func precise(
    _ head: Head, _ input: DoubleMatrix, _ parameters: PreciseParameters, active: [Bool]?
  ) -> (output: DoubleMatrix, active: [Bool]) {
    var hidden = input.linear(parameters[head.weight0], bias: parameters[head.bias0])
    let active = active ?? hidden.values.map { $0 > 0 }
    for (index, isActive) in active.enumerated() where !isActive { hidden.values[index] = 0 }
    return (hidden.linear(parameters[head.weight2], bias: parameters[head.bias2]), active)
  }

  private static func head(
    _ name: String, _ size: Int, _ outputSize: Int, _ layout: inout ParameterLayout
  ) -> Head {
    let bound = ParameterLayout.Initializer.uniform(1 / Double(size).squareRoot())
    return Head(
      weight0: layout.add("\(name).0.weight", [size, size], bound),
      bias0: layout.add("\(name).0.bias", [size], bound),
      weight2: layout.add("\(name).2.weight", [outputSize, size], bound),
      bias2: layout.add("\(name).2.bias", [outputSize], bound))
  }

  /// Computes the gradients of one shard's rows and of all heads' parameters.
  ///
  /// - Parameters:
  ///   - instances: The forward pass of the utterances' rows, with dL/dembedding `[n, d]`.
  ///   - labels: The forward pass of the labels' rows, with dL/dembedding `[m, d]`.
  ///   - parameters: The flat buffer of all parameters.
  ///   - dBlock: Receives the heads' parameter gradients.
  ///   - workspace: Memory, in which the result lies, and threads.
  /// - Returns: dL/d(encoder's rows) of utterances `[n, C]` and labels `[m, C]`.
  public func backward(
    instances: (pass: HeadPass, gradient: Matrix), labels: (pass: HeadPass, gradient: Matrix),
    parameters: Vector, dBlock: Vector, _ workspace: Workspace
  ) -> (dInstances: Matrix, dLabels: Matrix) {
    dBlock.fill(0)
    let dInstances = instances.pass.backward(
      instances.gradient, parameters: parameters, dBlock: dBlock, workspace)
    let dLabels = labels.pass.backward(
      labels.gradient, parameters: parameters, dBlock: dBlock, workspace)
    return (dInstances, dLabels)
  }
}

/// What one head's forward pass over some rows leaves for the backward pass.
public struct HeadPass: Sendable {
  private let head: Heads.Head
  private let input: Matrix
  private let hidden: Matrix
  /// The embeddings, `[n, d]`.
  public let output: Matrix

  /// Computes `ReLU(input W0' + b0) W2' + b2`.
  ///
  /// - Parameters:
  ///   - head: The network.
  ///   - input: The encoder's rows, `[n, C]`; kept for the backward pass.
  ///   - parameters: The flat buffer of all parameters.
  ///   - memory: Holds the result and what the backward pass needs.
  ///   - workspace: Memory and threads for the call.
  public init(
    _ head: Heads.Head, _ input: Matrix, parameters: Vector, memory: Arena, _ workspace: Workspace
  ) {
    self.head = head
    self.input = input
    hidden = memory.matrix(input.rows, head.weight0.rows)
    output = memory.matrix(input.rows, head.weight2.rows)
    multiply(
      input, .plain, head.weight0.matrix(in: parameters), .transposed, into: hidden, workspace)
    reluForward(hidden, bias: head.bias0.vector(in: parameters))
    multiply(
      hidden, .plain, head.weight2.matrix(in: parameters), .transposed, into: output, workspace)
    addBias(head.bias2.vector(in: parameters), to: output)
  }

  /// Returns dL/dinput `[n, C]` and adds the parameters' gradients to `dBlock`.
  fileprivate func backward(
    _ gradient: Matrix, parameters: Vector, dBlock: Vector, _ workspace: Workspace
  ) -> Matrix {
    let dHidden = workspace.matrix(input.rows, hidden.columns)
    let dInput = workspace.matrix(input.rows, input.columns)
    addBiasBackward(gradient, into: head.bias2.vector(inBlock: dBlock), workspace)
    multiplyTransposed(
      gradient, hidden, into: head.weight2.matrix(inBlock: dBlock), adds: true, workspace)
    multiply(gradient, .plain, head.weight2.matrix(in: parameters), into: dHidden, workspace)
    reluBackward(output: hidden, gradient: dHidden)
    addBiasBackward(dHidden, into: head.bias0.vector(inBlock: dBlock), workspace)
    multiplyTransposed(
      dHidden, input, into: head.weight0.matrix(inBlock: dBlock), adds: true, workspace)
    multiply(dHidden, .plain, head.weight0.matrix(in: parameters), into: dInput, workspace)
    return dInput
  }
}
