/// Where the parameters of a model stand in one flat buffer.
///
/// Parameters that are used together share a block (a layer, say). Gradients are reduced and the
/// optimiser runs block by block; files know parameters by name. Those that never train can stand outside
/// the buffer: they belong to no block and have places of their own, counted apart.
public struct ParameterLayout: Sendable {
  /// How a parameter without stored weights starts.
  public enum Initializer: Sendable {
    /// Normal numbers with this standard deviation.
    case normal(Double)
    /// Uniform numbers between minus and plus this bound.
    case uniform(Double)
    /// One value everywhere.
    case constant(Float)
  }

  /// One named parameter.
  public struct Entry: Sendable {
    /// The name as PyTorch has it.
    public let name: String
    /// The shape as PyTorch has it.
    public let shape: [Int]
    /// The first float in the flat buffer.
    public let offset: Int
    /// The block that it belongs to; nil outside the buffer.
    public let block: Int?
    /// How it starts when no file gives it.
    public let initializer: Initializer
    /// The number of floats.
    public var count: Int { shape.reduce(1, *) }
    /// Its place in the flat buffer.
    public var range: Range<Int> { offset..<offset + count }
  }

  /// A run of parameters whose gradients are complete at the same time.
  public struct Block: Sendable, Equatable {
    /// A name for messages, such as `layer.3`.
    public let name: String
    /// Its place in the flat buffer.
    public internal(set) var range: Range<Int>
  }

  /// All parameters in the order of the buffer.
  public private(set) var entries: [Entry] = []
  /// All slots in the order of the buffer; stacked parameters are one.
  public private(set) var slots: [ParameterSlot] = []
  /// The parameters outside the buffer, in the order of their places.
  public private(set) var frozenEntries: [Entry] = []
  /// The slots outside the buffer.
  public private(set) var frozenSlots: [ParameterSlot] = []
  /// All blocks in the order of the buffer.
  public private(set) var blocks: [Block] = []
  /// The length of the buffer, padding included.
  public private(set) var count = 0
  private static let alignment = 16

  /// A layout without parameters.
  public init() {}

  /// Starts a block; returns its index.
  @discardableResult
  public mutating func beginBlock(_ name: String) -> Int {
    align()
    blocks.append(Block(name: name, range: count..<count))
    return blocks.count - 1
  }

  /// Adds one parameter to the present block, or outside the buffer.
  public mutating func add(
    _ name: String, _ shape: [Int], _ initializer: Initializer, isFrozen: Bool = false
  ) -> ParameterSlot {
    add(stacked: [(name, shape)], initializer, isFrozen: isFrozen)
  }

  /// Adds parameters without gaps, so that they are one matrix with all their rows.
  ///
  /// - Parameters:
  ///   - parts: Names and shapes, which differ in nothing but the first dimension.
  ///   - initializer: How all of them start.
  ///   - isFrozen: Whether they stand outside the buffer.
  /// - Returns: Their place.
  public mutating func add(
    stacked parts: [(name: String, shape: [Int])], _ initializer: Initializer,
    isFrozen: Bool = false
  ) -> ParameterSlot {
    let columns = parts[0].shape.count > 1 ? parts[0].shape[1] : 1
    precondition(
      parts.allSatisfy { ($0.shape.count > 1 ? $0.shape[1] : 1) == columns }, "parts of one matrix")
    guard !isFrozen else {
      let start = frozenEntries.last?.range.upperBound ?? 0
      for (name, shape) in parts {
        frozenEntries.append(
          Entry(
            name: name, shape: shape, offset: frozenEntries.last?.range.upperBound ?? 0, block: nil,
            initializer: initializer))
      }
      let rows = (frozenEntries[frozenEntries.count - 1].range.upperBound - start) / columns
      let slot = ParameterSlot(
        offset: start, rows: rows, columns: columns, block: nil, offsetInBlock: 0)
      frozenSlots.append(slot)
      return slot
    }
    precondition(!blocks.isEmpty, "a parameter outside any block")
    align()
    let start = count
    for (name, shape) in parts {
      let entry = Entry(
        name: name, shape: shape, offset: count, block: blocks.count - 1, initializer: initializer)
      entries.append(entry)
      count += entry.count
    }
    let block = blocks.count - 1
    defer {
      align()
      blocks[block].range = blocks[block].range.lowerBound..<count
    }
    let slot = ParameterSlot(
      offset: start, rows: (count - start) / columns, columns: columns, block: block,
      offsetInBlock: start - blocks[block].range.lowerBound)
    slots.append(slot)
    return slot
  }

  /// Adds matrices with equally many columns to the present block, one after the other without gaps.
  ///
  /// - Parameters:
  ///   - parts: Names and shapes.
  ///   - initializer: How all of them start.
  /// - Returns: The place of each.
  public mutating func add(
    consecutive parts: [(name: String, shape: [Int])], _ initializer: Initializer
  ) -> [ParameterSlot] {
    let whole = add(stacked: parts, initializer)
    var start = 0
    let each = parts.map { part in
      defer { start += part.shape[0] }
      return whole.rows(start..<start + part.shape[0])
    }
    slots.replaceSubrange(slots.count - 1..<slots.count, with: each)
    return each
  }

  /// Starts all blocks on whole vector registers.
  private mutating func align() {
    count = (count + Self.alignment - 1) / Self.alignment * Self.alignment
  }

  /// Sets what lies between a block's parameters to 0, in a gradient of the block.
  public func clearPadding(of block: Block, in gradient: Vector) {
    var end = block.range.lowerBound
    for entry in entries where block.range.contains(entry.offset) {
      gradient[end - block.range.lowerBound..<entry.offset - block.range.lowerBound].fill(0)
      end = entry.range.upperBound
    }
    gradient[end - block.range.lowerBound..<block.range.count].fill(0)
  }

  /// The parameter called `name`, if there is one.
  public func entry(named name: String) -> Entry? {
    entries.first { $0.name == name }
  }

  /// Writes parameters' starting values: a function of seed and name's place alone.
  public func initialize(
    _ parameters: Vector, seed: UInt64, where needsValues: (Entry) -> Bool = { _ in true }
  ) {
    for (index, entry) in entries.enumerated() where needsValues(entry) {
      initialize(entry, parameters[entry.range], seed: seed, stream: UInt32(index))
    }
  }

  /// Writes one parameter's starting values from the place `start` on; `stream` keeps equal shapes apart.
  public func initialize(
    _ entry: Entry, _ values: Vector, from start: Int = 0, seed: UInt64, stream: UInt32
  ) {
    let random = KeyedRandom(seed: seed, purpose: .initialization, stream: stream)
    for index in start..<values.count {
      switch entry.initializer {
      case .constant(let value): values[index] = value
      case .uniform(let bound):
        values[index] = Float((random.uniform(UInt64(index)) * 2 - 1) * bound)
      case .normal(let deviation): values[index] = Float(random.normal(UInt64(index)) * deviation)
      }
    }
  }
}

/// A parameter's, or several stacked parameters', place as a matrix.
public struct ParameterSlot: Sendable {
  /// The first float in the flat buffer, or among those outside it.
  public let offset: Int
  /// The rows of the matrix; a vector is a matrix of one column.
  public let rows: Int
  /// The columns of the matrix.
  public let columns: Int
  /// The block that it belongs to; nil outside the buffer.
  public let block: Int?
  /// The first float inside its block.
  public let offsetInBlock: Int

  /// Whether it stands outside the buffer of those that may train.
  public var isFrozen: Bool { block == nil }
  /// The number of floats.
  public var count: Int { rows * columns }

  /// The place of rows counted from the first one; they may be those of matrices that follow without gaps.
  public func rows(_ range: Range<Int>) -> ParameterSlot {
    ParameterSlot(
      offset: offset + range.lowerBound * columns, rows: range.count, columns: columns,
      block: block, offsetInBlock: offsetInBlock + range.lowerBound * columns)
  }

  /// The parameter inside the flat buffer of all parameters.
  public func matrix(in parameters: Vector) -> Matrix {
    precondition(!isFrozen, "a frozen parameter is not in the buffer")
    return parameters.matrix(at: offset, rows: rows, columns: columns)
  }

  /// Some rows of the parameter inside the flat buffer.
  public func matrix(in parameters: Vector, rows range: Range<Int>) -> Matrix {
    matrix(in: parameters).rows(range)
  }

  /// The parameter as a vector inside the flat buffer.
  public func vector(in parameters: Vector) -> Vector {
    precondition(!isFrozen, "a frozen parameter is not in the buffer")
    return parameters[offset..<offset + rows * columns]
  }

  /// The gradient's matrix inside the gradient of the slot's block.
  public func matrix(inBlock gradient: Vector) -> Matrix {
    gradient.matrix(at: offsetInBlock, rows: rows, columns: columns)
  }

  /// The gradient's vector inside the gradient of the slot's block.
  public func vector(inBlock gradient: Vector) -> Vector {
    gradient[offsetInBlock..<offsetInBlock + rows * columns]
  }
}
