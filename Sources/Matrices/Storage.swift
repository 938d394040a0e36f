import Foundation

/// Memory for a fixed number of floats, aligned for vector loads and freed with its last owner.
///
/// Views into it (`Vector`, `Matrix`) do not keep it alive: whoever hands out views owns the storage.
/// Sendable because the trainer gives concurrent threads disjoint views.
public final class Storage: @unchecked Sendable {
  /// The number of floats.
  public let count: Int
  private let base: UnsafeMutablePointer<Float>

  /// Allocates `count` floats, all zero.
  public init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = bytes >= Self.hugePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? Self.hugePage : 64)
    // A wish: matrix products walk over many pages, and large ones need fewer translations.
    if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
    base = memory.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
  }

  private static let hugePage = 1 << 21

  deinit {
    base.deallocate()
  }

  /// All of it as one vector.
  public var vector: Vector { Vector(base, count: count) }
}

/// A view of consecutive floats that live in a `Storage`.
public struct Vector: @unchecked Sendable {
  /// The first element.
  public let pointer: UnsafeMutablePointer<Float>
  /// The number of elements.
  public let count: Int

  /// A view of `count` floats from `pointer` on.
  public init(_ pointer: UnsafeMutablePointer<Float>, count: Int) {
    self.pointer = pointer
    self.count = count
  }

  /// The element at `index`.
  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index \(index) outside a vector of \(count)")
      return pointer[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index \(index) outside a vector of \(count)")
      pointer[index] = newValue
    }
  }

  /// The part of the vector inside `range`.
  public subscript(range: Range<Int>) -> Vector {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "\(range) outside a vector of \(count)")
    return Vector(pointer + range.lowerBound, count: range.count)
  }

  /// `rows * columns` elements from `offset` on, as a row-major matrix.
  public func matrix(at offset: Int = 0, rows: Int, columns: Int) -> Matrix {
    let part = self[offset..<offset + rows * columns]
    return Matrix(part.pointer, rows: rows, columns: columns, stride: columns)
  }

  /// The elements as a buffer, for messages and files.
  public var buffer: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  /// A copy of the elements.
  public var array: [Float] { Array(buffer) }

  /// Sets every element to `value`.
  public func fill(_ value: Float) {
    pointer.update(repeating: value, count: count)
  }

  /// Copies the elements of another vector of the same length.
  public func copy(from other: Vector) {
    precondition(other.count == count, "copy of \(other.count) floats into \(count)")
    pointer.update(from: other.pointer, count: count)
  }

  /// Copies the elements of an array of the same length.
  public func copy(from array: [Float]) {
    precondition(array.count == count, "copy of \(array.count) floats into \(count)")
    array.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      pointer.update(from: start, count: count)
    }
  }
}

/// A row-major view `[rows, columns]` whose rows start `stride` floats apart.
public struct Matrix: @unchecked Sendable {
  /// The first element of the first row.
  public let pointer: UnsafeMutablePointer<Float>
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The distance of two rows' first elements; at least `columns`.
  public let stride: Int

  /// A view of `rows` rows from `pointer` on.
  public init(_ pointer: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
    precondition(stride >= columns, "stride \(stride) below \(columns) columns")
    self.pointer = pointer
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// Row `index` as a vector.
  public func row(_ index: Int) -> Vector {
    precondition(index >= 0 && index < rows, "row \(index) outside \(rows) rows")
    return Vector(pointer + index * stride, count: columns)
  }

  /// The rows inside `range`.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "\(range) outside \(rows) rows")
    return Matrix(
      pointer + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// The columns inside `range`; the stride stays.
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns, "\(range) outside \(columns) columns")
    return Matrix(pointer + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// All elements as one vector; the rows must be contiguous.
  public var vector: Vector {
    precondition(stride == columns || rows <= 1, "rows are not contiguous")
    return Vector(pointer, count: rows * columns)
  }

  /// Sets every element to `value`.
  public func fill(_ value: Float) {
    for index in 0..<rows { row(index).fill(value) }
  }

  /// Copies the rows of `source` named by `indices` into the rows of this matrix, in that order.
  public func gatherRows(_ indices: [Int], of source: Matrix) {
    precondition(indices.count == rows && source.columns == columns, "gather of unequal shapes")
    for (target, index) in indices.enumerated() { row(target).copy(from: source.row(index)) }
  }

  /// Copies every row of this matrix to the row of `target` that `indices` names.
  public func scatterRows(_ indices: [Int], to target: Matrix) {
    precondition(indices.count == rows && target.columns == columns, "scatter of unequal shapes")
    for (source, index) in indices.enumerated() { target.row(index).copy(from: row(source)) }
  }
}
