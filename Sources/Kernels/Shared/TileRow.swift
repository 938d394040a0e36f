internal import CProcessor

/// What a tile multiplies: a float, or two bfloat16 numbers in the place of one.
protocol TileFactor {
  /// Sixteen of them.
  associatedtype Vector

  /// The sums plus the products of one factor with sixteen.
  static func add(_ sums: Lanes, _ factor: Self, _ vector: Vector) -> Lanes
}

extension Float: TileFactor {
  @inline(__always)
  static func add(_ sums: Lanes, _ factor: Float, _ vector: Lanes) -> Lanes {
    sums.addingProduct(Lanes(repeating: factor), vector)
  }
}

/// One row of a tile: the sums of one, two or three times sixteen columns, in registers.
protocol TileRow {
  /// What is multiplied.
  associatedtype Factor: TileFactor
  /// A row of the right operand, in registers.
  associatedtype Right

  /// Sums of 0.
  init()
  /// Loads a row of the right operand.
  static func load(_ place: UnsafeRawPointer) -> Right
  /// Adds the products of one factor with a row.
  mutating func add(_ factor: Factor, _ right: Right)
  /// Writes, or adds, the sums times `scale` to the first `columns` places.
  func store(_ place: UnsafeMutablePointer<Float>, columns: Int, scale: Float, adds: Bool)
}

/// Sixteen columns.
struct OneVector<Factor: TileFactor>: TileRow {
  private var s0 = Lanes.zero

  @inline(__always)
  init() {}

  @inline(__always)
  static func load(_ place: UnsafeRawPointer) -> Factor.Vector {
    place.loadUnaligned(as: Factor.Vector.self)
  }

  @inline(__always)
  mutating func add(_ factor: Factor, _ right: Factor.Vector) {
    s0 = Factor.add(s0, factor, right)
  }

  @inline(__always)
  func store(_ place: UnsafeMutablePointer<Float>, columns: Int, scale: Float, adds: Bool) {
    s0.finish(place, columns, scale, adds)
  }
}

/// Thirty-two columns.
struct TwoVectors<Factor: TileFactor>: TileRow {
  private var s0 = Lanes.zero
  private var s1 = Lanes.zero

  @inline(__always)
  init() {}

  @inline(__always)
  static func load(_ place: UnsafeRawPointer) -> (Factor.Vector, Factor.Vector) {
    (
      place.loadUnaligned(as: Factor.Vector.self),
      place.loadUnaligned(fromByteOffset: 64, as: Factor.Vector.self)
    )
  }

  @inline(__always)
  mutating func add(_ factor: Factor, _ right: (Factor.Vector, Factor.Vector)) {
    s0 = Factor.add(s0, factor, right.0)
    s1 = Factor.add(s1, factor, right.1)
  }

  @inline(__always)
  func store(_ place: UnsafeMutablePointer<Float>, columns: Int, scale: Float, adds: Bool) {
    s0.finish(place, columns, scale, adds)
    s1.finish(place + 16, columns &- 16, scale, adds)
  }
}

/// Forty-eight columns.
struct ThreeVectors<Factor: TileFactor>: TileRow {
  private var s0 = Lanes.zero
  private var s1 = Lanes.zero
  private var s2 = Lanes.zero

  @inline(__always)
  init() {}

  @inline(__always)
  static func load(
    _ place: UnsafeRawPointer
  ) -> (Factor.Vector, Factor.Vector, Factor.Vector) {
    (
      place.loadUnaligned(as: Factor.Vector.self),
      place.loadUnaligned(fromByteOffset: 64, as: Factor.Vector.self),
      place.loadUnaligned(fromByteOffset: 128, as: Factor.Vector.self)
    )
  }

  @inline(__always)
  mutating func add(
    _ factor: Factor, _ right: (Factor.Vector, Factor.Vector, Factor.Vector)
  ) {
    s0 = Factor.add(s0, factor, right.0)
    s1 = Factor.add(s1, factor, right.1)
    s2 = Factor.add(s2, factor, right.2)
  }

  @inline(__always)
  func store(_ place: UnsafeMutablePointer<Float>, columns: Int, scale: Float, adds: Bool) {
    s0.finish(place, columns, scale, adds)
    s1.finish(place + 16, columns &- 16, scale, adds)
    s2.finish(place + 32, columns &- 32, scale, adds)
  }
}

extension Lanes {
  /// Writes, or adds, the lanes times `scale` to the first `count` places, 1 or more.
  @inline(__always)
  fileprivate func finish(
    _ place: UnsafeMutablePointer<Float>, _ count: Int, _ scale: Float, _ adds: Bool
  ) {
    var sums = self * scale
    if count >= 16 {
      if adds { sums = Lanes(place) + sums }
      sums.store(place)
    } else {
      if adds { sums = Lanes(place, 0, of: count) + sums }
      sums.store(place, 0, of: count)
    }
  }
}

/// One tile's operands: eight or fewer rows times the columns of some registers.
struct TileJob<Factor> {
  /// The length of the sums.
  var depth: Int
  /// The first factor of the first row.
  var a: UnsafePointer<Factor>
  /// From a row's factor to the next row's.
  var rowStride: Int
  /// From a factor to the row's next.
  var depthStride: Int
  /// The rows that there are; those that lack repeat the last one and are not written.
  var rows: Int
  /// The right operand's first row.
  var b: UnsafeRawPointer
  /// From one of its rows to the next, in bytes.
  var bStride: Int
  /// The tile's first element.
  var c: UnsafeMutablePointer<Float>
  /// From a row of the tile to the next.
  var stride: Int
  /// The columns that are written.
  var columns: Int
  /// The factor of all sums.
  var scale: Float
  /// Whether the product is added to what is there.
  var adds: Bool
}
