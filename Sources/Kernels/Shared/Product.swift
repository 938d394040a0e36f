package import Matrices

extension Kernels {
  package static var tile: TileShape {
    TileShape(rows: ProductTile.rows, columns: ProductTile.columns, band: ProductTile.band)
  }

  package static func multiply(
    _ left: LeftOperand, depth: Int, slivers: UnsafePointer<Float>, tiles: TileRange, adds: Bool,
    into output: Matrix
  ) {
    multiply(
      left, UnsafeRawPointer(left.pointer).assumingMemoryBound(to: Float.self), depth: depth,
      UnsafeRawPointer(slivers), tiles, adds: adds, into: output)
  }

  /// `factors` are those of `left`, of the size of a float.
  @inline(__always)
  static func multiply<Factor: TileFactor>(
    _ left: LeftOperand, _ factors: UnsafePointer<Factor>, depth: Int, _ slivers: UnsafeRawPointer,
    _ tiles: TileRange, adds: Bool, into output: Matrix
  ) {
    let width = ProductTile.columns
    let sliverBytes = width &* depth &* 4
    var job = TileJob(
      depth: depth, a: factors, rowStride: left.rowStride, depthStride: left.depthStride,
      rows: ProductTile.rows, b: slivers, bStride: width &* 4, c: output.pointer,
      stride: output.stride, columns: width, scale: 1, adds: adds)
    var number = tiles.numbers.lowerBound
    while number < tiles.numbers.upperBound {
      let band = number / (tiles.band &* tiles.across)
      let top = band &* tiles.band
      let height = min(tiles.band, tiles.down &- top)
      let inBand = number &- top &* tiles.across
      let sliver = inBand / height
      var tile = inBand &- sliver &* height
      let end = min(height, tile &+ tiles.numbers.upperBound &- number)
      number &+= end &- tile
      let column = sliver &* width
      job.b = slivers + sliver &* sliverBytes
      job.columns = min(width, output.columns &- column)
      while tile < end {
        let row = (top &+ tile) &* ProductTile.rows
        job.a = factors + (top &+ tile) &* left.tileStride
        job.rows = min(ProductTile.rows, left.rows &- row)
        job.c = output.line(row) + column
        ProductTile.multiply(job)
        tile &+= 1
      }
    }
  }

  package static func multiply(
    _ a: LeftOperand, depth: Int, _ b: Matrix, scale: Float, adds: Bool, into output: Matrix
  ) {
    let width = ProductTile.columns
    var job = TileJob(
      depth: depth, a: a.pointer, rowStride: a.rowStride, depthStride: a.depthStride,
      rows: ProductTile.rows, b: UnsafeRawPointer(b.pointer), bStride: b.stride &* 4,
      c: output.pointer, stride: output.stride, columns: width, scale: scale, adds: adds)
    var column = 0
    while column < output.columns {
      job.b = UnsafeRawPointer(b.pointer + column)
      job.columns = min(width, output.columns &- column)
      var row = 0
      while row < a.rows {
        job.a = a.pointer + row &* a.rowStride
        job.rows = min(ProductTile.rows, a.rows &- row)
        job.c = output.line(row) + column
        ProductTile.multiply(job)
        row &+= ProductTile.rows
      }
      column &+= width
    }
  }
}
