public import Tensors

/// The fully-connected networks of equation 1 after the encoder, and what an objective owns.
///
/// Linear C -> C, ReLU, Linear C -> d; towers that name the same network share it, and a tower may have none.
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
  /// The network of each tower, in their order; nil for none.
  public let networks: [Head?]
  /// The columns of what each tower's network gives.
  public let outputSizes: [Int]
  /// The objective's own parameters.
  public let own: [ParameterSlot]
  /// The rule of each own parameter; nil for the run's.
  public let rules: [OwnRule?]
  /// The block of the objective's constant tables, which nothing trains; nil without tables.
  public let tableBlock: Int?
  /// The objective's constant tables.
  public let tables: [ParameterSlot]

  /// Adds the parameters to a layout; networks start as PyTorch's `nn.Linear` does.
  ///
  /// Tables come last and start at 0.
  public init(hiddenSize: Int, _ objective: any Objective, in layout: inout ParameterLayout) {
    block = layout.beginBlock("heads")
    var known: [String: Head] = [:]
    outputSizes = objective.towers.map { $0.outputSize ?? hiddenSize }
    networks = zip(objective.towers, outputSizes).map { tower, size in
      guard let name = tower.head else { return nil }
      let head = known[name] ?? Heads.head("heads.\(name)", hiddenSize, size, &layout)
      precondition(head.weight2.rows == size, "one head of two sizes")
      known[name] = head
      return head
    }
    own = objective.parameters.map { parameter in
      let shape = parameter.shape.map { $0.resolved(hiddenSize: hiddenSize) }
      return layout.add(
        "objective.\(parameter.name)", shape, parameter.start.initializer(shape))
    }
    rules = objective.parameters.map(\.rule)
    tableBlock = objective.tables.isEmpty ? nil : layout.beginBlock("tables")
    tables = objective.tables.map {
      layout.add("objective.\($0.name)", [$0.rows, $0.columns], .constant(0))
    }
  }

  /// The parts of the heads' block by what updates them, ascending; padding goes with what stands before it.
  public func groups(blockSize: Int) -> [(range: Range<Int>, rule: OwnRule?)] {
    let changes = zip(own, rules).enumerated().filter { index, part in
      part.1 != (index == 0 ? nil : rules[index - 1])
    }.map { (start: $0.element.0.offsetInBlock, rule: $0.element.1) }
    let starts = [(start: 0, rule: OwnRule?.none)] + changes
    return starts.indices.map { index in
      let end = index + 1 < starts.count ? starts[index + 1].start : blockSize
      return (starts[index].start..<end, starts[index].rule)
    }.filter { !$0.range.isEmpty }
  }

  /// What one network gives for rows `[n, C]`, in double precision and without a backward pass.
  ///
  /// - Parameters:
  ///   - head: The network; nil gives the rows themselves.
  ///   - input: The encoder's rows.
  ///   - parameters: All parameters.
  ///   - active: Which hidden units the ReLU lets through; nil decides by their signs.
  /// - Returns: The output `[n, outputSize]`, and which units were let through.
  public static func precise(
    _ head: Head?, _ input: DoubleMatrix, _ parameters: PreciseParameters, active: [Bool]?
  ) -> (output: DoubleMatrix, active: [Bool]) {
    guard let head else { return (input, []) }
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

extension OwnParameter.Start {
  /// What the layout makes of it.
  fileprivate func initializer(_ shape: [Int]) -> ParameterLayout.Initializer {
    let columns = Double(shape.last ?? 1)
    switch self {
    case .constant(let value): return .constant(value)
    case .normal(let deviation): return .normal(deviation)
    case .linear: return .uniform(1 / columns.squareRoot())
    case .xavier(let gain): return .uniform(gain * (6 / (Double(shape[0]) + columns)).squareRoot())
    }
  }
}

/// What one head's forward pass over some rows leaves for the backward pass.
public struct HeadPass: Sendable {
  private let head: Heads.Head?
  private let input: Matrix
  private let hidden: Matrix
  /// The embeddings, `[n, d]`.
  public let output: Matrix

  /// Computes `ReLU(input W0' + b0) W2' + b2`.
  ///
  /// - Parameters:
  ///   - head: The network; nil gives the rows themselves.
  ///   - input: The encoder's rows, `[n, C]`; kept for the backward pass.
  ///   - parameters: The flat buffer of all parameters.
  ///   - memory: Holds the result and what the backward pass needs.
  ///   - workspace: Memory and threads for the call.
  public init(
    _ head: Heads.Head?, _ input: Matrix, parameters: Vector, memory: Arena, _ workspace: Workspace
  ) {
    self.head = head
    self.input = input
    guard let head else {
      (hidden, output) = (input, input)
      return
    }
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
    guard let head else { return gradient }
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
