/// A stack of scratch memory that a training step fills and the next step reuses.
///
/// Fresh pages are dear on virtual machines, so memory is kept: the first steps may add pieces, and
/// `reset` joins them into one allocation that is a little larger than what was seen. Contents are
/// undefined until written. Not for concurrent use: one arena a shard or a thread.
public final class Arena: @unchecked Sendable {
  /// A position to which the arena can be rolled back.
  public struct Mark: Sendable {
    fileprivate let piece: Int
    fileprivate let used: Int
    fileprivate let usedBefore: Int
  }

  /// How many times memory was requested from the system.
  public private(set) var allocations = 0
  /// The most floats that were handed out at one time.
  public private(set) var peak = 0
  /// The floats held, used or not.
  public var capacity: Int { pieces.reduce(0) { $0 + $1.count } }

  private var pieces: [Storage] = []
  private var piece = 0
  private var used = 0
  /// The floats handed out in the pieces before the present one.
  private var usedBefore = 0
  private static let alignment = 16

  /// An arena without memory; it grows when first used.
  public init() {}

  /// `count` floats, aligned to 64 bytes, valid until `reset` or `release` below them.
  public func vector(_ count: Int) -> Vector {
    let size = (count + Self.alignment - 1) / Self.alignment * Self.alignment
    while piece < pieces.count, used + size > pieces[piece].count {
      piece += 1
      usedBefore += used
      used = 0
    }
    if piece == pieces.count {
      pieces.append(Storage(count: max(size, capacity / 8, 1 << 14)))
      allocations += 1
    }
    let start = used
    used += size
    peak = max(peak, usedBefore + used)
    return pieces[piece].vector[start..<start + count]
  }

  /// A row-major matrix without gaps between its rows.
  public func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    vector(rows * columns).matrix(rows: rows, columns: columns)
  }

  /// The present position.
  public var mark: Mark { Mark(piece: piece, used: used, usedBefore: usedBefore) }

  /// Gives back everything handed out since `mark` was taken.
  public func release(to mark: Mark) {
    piece = mark.piece
    used = mark.used
    usedBefore = mark.usedBefore
  }

  /// Gives everything back; several pieces become one, with a sixteenth to spare for steps that want more.
  public func reset() {
    if pieces.count > 1 {
      pieces = []
      pieces = [Storage(count: peak + peak / 16)]
      allocations += 1
    }
    release(to: Mark(piece: 0, used: 0, usedBefore: 0))
  }
}
