internal import Synchronization

/// The values of a model's parameters: those that may train in one flat buffer, all others where they are mapped.
public struct ParameterValues: Sendable {
  /// The flat buffer of the layout.
  public let buffer: Vector
  /// What stands outside it.
  public let frozen: FrozenParameters?

  /// The values of a layout.
  ///
  /// - Parameters:
  ///   - buffer: `[layout.count]`.
  ///   - frozen: Of its frozen parameters; nil where it has none.
  public init(_ buffer: Vector, frozen: FrozenParameters? = nil) {
    (self.buffer, self.frozen) = (buffer, frozen)
  }

  /// A bias or a norm.
  public func vector(_ slot: ParameterSlot) -> Vector {
    slot.isFrozen ? outside.vector(slot) : slot.vector(in: buffer)
  }

  /// A matrix, `[rows, columns]`: where it stands or, if that is not as floats, a copy in scratch memory.
  public func matrix(_ slot: ParameterSlot, _ workspace: Workspace) -> Matrix {
    matrix(slot, memory: workspace.scratch, team: workspace.team)
  }

  /// A matrix, `[rows, columns]`: where it stands or, if that is not as floats, a copy in `memory`.
  public func matrix(_ slot: ParameterSlot, memory: Arena, team: Team = .solo) -> Matrix {
    slot.isFrozen ? outside.matrix(slot, memory, team) : slot.matrix(in: buffer)
  }

  /// Copies one row of a matrix.
  public func copyRow(_ row: Int, of slot: ParameterSlot, into target: Vector) {
    if slot.isFrozen {
      outside.copyRow(row, of: slot, into: target)
    } else {
      target.copy(from: slot.matrix(in: buffer).row(row))
    }
  }

  private var outside: FrozenParameters {
    guard let frozen else { preconditionFailure("values of frozen parameters are missing") }
    return frozen
  }
}

/// Parameters that never train: matrices stay in the file that is mapped, shared by all ranks of a host, in the
/// type that they have there.
public final class FrozenParameters: @unchecked Sendable {
  /// The numbers of one parameter.
  public enum Numbers: Sendable {
    /// Floats.
    case float32(UnsafeBuffer<Float>)
    /// The upper halves of floats.
    case bfloat16(UnsafeBuffer<UInt16>)

    var count: Int {
      switch self {
      case .float32(let buffer): buffer.pointer.count
      case .bfloat16(let buffer): buffer.pointer.count
      }
    }

    /// The bytes that they take.
    public var byteCount: Int {
      switch self {
      case .float32(let buffer): buffer.pointer.count * 4
      case .bfloat16(let buffer): buffer.pointer.count * 2
      }
    }

    fileprivate func copy(_ range: Range<Int>, into target: Vector) {
      switch self {
      case .float32(let buffer):
        UnsafeMutableRawBufferPointer(target.buffer).copyMemory(
          from: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer.pointer[range])))
      case .bfloat16(let buffer):
        widen(UnsafeBufferPointer(rebasing: buffer.pointer[range]), into: target)
      }
    }
  }

  /// Numbers that nobody writes, and what keeps them in memory.
  public struct UnsafeBuffer<Element: Sendable>: @unchecked Sendable {
    fileprivate let pointer: UnsafeBufferPointer<Element>
    private let owner: AnyObject

    /// Numbers of an owner that lives as long as this.
    public init(_ pointer: UnsafeBufferPointer<Element>, owner: AnyObject) {
      (self.pointer, self.owner) = (pointer, owner)
    }
  }

  private let starts: [Int]
  private let tensors: [Numbers]
  /// Biases and norms as floats, by their places.
  private let vectors: [Int: Storage]
  private let known = Mutex<Double?>(nil)

  /// The values of a layout's frozen parameters.
  ///
  /// - Parameters:
  ///   - layout: Names and places.
  ///   - tensors: The numbers of each, in their order.
  public init(_ layout: ParameterLayout, _ tensors: [Numbers]) {
    precondition(
      layout.frozenEntries.map(\.count) == tensors.map(\.count), "numbers of other shapes")
    starts = layout.frozenEntries.map(\.offset)
    self.tensors = tensors
    var vectors: [Int: Storage] = [:]
    for slot in layout.frozenSlots where slot.columns == 1 {
      let storage = Storage(count: slot.count)
      var place = 0
      for (start, tensor) in zip(starts, tensors) where start >= slot.offset && place < slot.count {
        tensor.copy(0..<tensor.count, into: storage.vector[place..<place + tensor.count])
        place += tensor.count
      }
      vectors[slot.offset] = storage
    }
    self.vectors = vectors
  }

  /// Starting values in memory, a function of the seed, for an encoder that no file gives.
  public convenience init(_ layout: ParameterLayout, seed: UInt64) {
    self.init(
      layout,
      layout.frozenEntries.enumerated().map { index, entry in
        let storage = Storage(count: entry.count)
        // Streams of those in the buffer come first.
        layout.initialize(
          entry, storage.vector, seed: seed, stream: UInt32(layout.entries.count + index))
        return .float32(UnsafeBuffer(UnsafeBufferPointer(storage.vector.buffer), owner: storage))
      })
  }

  /// A fingerprint of all numbers, as floats, in the order of their places; computed once, since they never change.
  public var digest: Double {
    known.withLock { known in
      let digest = known ?? computeDigest()
      known = digest
      return digest
    }
  }

  private func computeDigest() -> Double {
    var digest = Digest()
    let most = 1 << 16
    let room = Storage(count: most)
    for tensor in tensors {
      for start in stride(from: 0, to: tensor.count, by: most) {
        let range = start..<min(start + most, tensor.count)
        tensor.copy(range, into: room.vector[0..<range.count])
        digest.add(room.vector[0..<range.count])
      }
    }
    return digest.value
  }

  /// The bytes of all of them.
  public var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }

  func vector(_ slot: ParameterSlot) -> Vector {
    guard let storage = vectors[slot.offset] else { preconditionFailure("not a bias or a norm") }
    return storage.vector
  }

  func matrix(_ slot: ParameterSlot, _ memory: Arena, _ team: Team) -> Matrix {
    let first = starts.lastIndex(notAbove: slot.offset)
    if case .float32(let buffer) = tensors[first], tensors[first].count == slot.count,
      let base = buffer.pointer.baseAddress
    {
      // Nobody writes to frozen parameters.
      let pointer = UnsafeMutablePointer(mutating: base)
      return Matrix(pointer, rows: slot.rows, columns: slot.columns, stride: slot.columns)
    }
    let copy = memory.matrix(slot.rows, slot.columns)
    team.split(slot.rows) { rows in
      for row in rows { copyRow(row, of: slot, into: copy.row(row)) }
    }
    return copy
  }

  /// Copies one row of a matrix, as floats.
  func copyRow(_ row: Int, of slot: ParameterSlot, into target: Vector) {
    let offset = slot.offset + row * slot.columns
    let tensor = starts.lastIndex(notAbove: offset)
    let start = offset - starts[tensor]
    tensors[tensor].copy(start..<start + slot.columns, into: target)
  }

  /// Copies all of one parameter, as floats.
  public func copy(_ entry: ParameterLayout.Entry, into target: Vector) {
    let tensor = tensors[starts.lastIndex(notAbove: entry.offset)]
    tensor.copy(0..<tensor.count, into: target)
  }
}
