public import Tensors

/// The fully-connected networks of equation 1 behind the encoder, and what an objective owns.
///
/// Linear C -> C, ReLU, Linear C -> d; towers that name the same network share it.
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

  /// One network's parameters.
  public struct Head: Sendable {
    let weight0: ParameterSlot
    let bias0: ParameterSlot
    let weight2: ParameterSlot
    let bias2: ParameterSlot
  }

  /// The block of all these parameters.
  public let block: Int
  /// The network of each tower, in their order.
  public let networks: [Head]
  /// The objective's own parameters.
  public let own: [ParameterSlot]

  /// Adds the parameters to a layout; networks start as PyTorch's `nn.Linear` does.
  public init(hiddenSize: Int, _ objective: any Objective, in layout: inout ParameterLayout) {
    block = layout.beginBlock("heads")
    var known: [String: Head] = [:]
    networks = objective.towers.map { tower in
      let head =
        known[tower.head]
        ?? Heads.head("heads.\(tower.head)", hiddenSize, tower.outputSize, &layout)
      precondition(head.weight2.rows == tower.outputSize, "one head of two sizes")
      known[tower.head] = head
      return head
    }
    own = objective.parameters.map {
      layout.add("objective.\($0.name)", $0.shape, .constant($0.start))
    }
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

  /// Back-propagates through the network.
  ///
  /// - Parameters:
  ///   - gradient: dL/doutput, `[n, outputSize]`.
  ///   - parameters: The flat buffer of all parameters.
  ///   - dBlock: The gradients of the heads' block, to which this network's are added.
  ///   - workspace: Memory, in which the result lies, and threads.
  /// - Returns: dL/dinput, `[n, C]`.
  public func backward(
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
