internal import CProcessor
package import Matrices

extension Kernels {
  package static func pack(
    _ matrix: Matrix, transposed: Bool, _ packing: Packing, slivers: Range<Int>,
    into target: UnsafeMutablePointer<Float>
  ) {
    var index = 0
    while index < DepthBlocks.count(of: packing.depth) {
      let block = DepthBlocks.range(index, of: packing.depth)
      let start = target + packing.start(of: block)
      var sliver = slivers.lowerBound
      while sliver < slivers.upperBound {
        let place = start + sliver &* packing.width &* block.count
        let first = sliver &* packing.width
        if transposed {
          copyTransposed(matrix, block, firstRow: first, width: packing.width, into: place)
        } else {
          copy(matrix, block, firstColumn: first, width: packing.width, into: place)
        }
        sliver &+= 1
      }
      index &+= 1
    }
  }

  /// Columns from `firstColumn` on of the rows in `block`; those that lack are 0.
  @inline(__always)
  private static func copy(
    _ matrix: Matrix, _ block: Range<Int>, firstColumn: Int, width: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    var place = target
    var row = block.lowerBound
    while row < block.upperBound {
      let line = matrix.line(row)
      var part = 0
      while part < width {
        let column = firstColumn &+ part
        (column < matrix.columns ? Lanes(line, column, of: matrix.columns) : .zero)
          .store(place + part)
        part &+= Lanes.width
      }
      place += width
      row &+= 1
    }
  }

  /// Rows from `firstRow` on as columns, of the columns in `block`; those that lack are 0.
  @inline(__always)
  private static func copyTransposed(
    _ matrix: Matrix, _ block: Range<Int>, firstRow: Int, width: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    var part = 0
    while part < width {
      let rows = max(0, min(16, matrix.rows &- firstRow &- part))
      let source = matrix.line(firstRow &+ part) + block.lowerBound
      copySixteenRows(
        source, rows: rows, columns: block.count, stride: matrix.stride, into: target + part,
        targetStride: width)
      part &+= 16
    }
  }

  /// Up to sixteen rows as columns; those that lack are 0.
  @inline(__always)
  private static func copySixteenRows(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
    into target: UnsafeMutablePointer<Float>, targetStride: Int
  ) {
    var done = 0
    if rows == 16 {
      while done &+ 16 <= columns {
        transposeSixteen(source + done, stride, target + done &* targetStride, targetStride)
        done &+= 16
      }
    }
    while done < columns {
      let place = target + done &* targetStride
      var row = 0
      while row < 16 {
        place[row] = row < rows ? source[row &* stride &+ done] : 0
        row &+= 1
      }
      done &+= 1
    }
  }

  package static func packPanels(
    _ matrix: Matrix, depth: Range<Int>, panels: Range<Int>,
    into target: UnsafeMutablePointer<Float>
  ) {
    // A few panels at a time: neighbouring columns share lines and pages of the source.
    let (height, group) = (ProductTile.rows, 16)
    let size = height &* depth.count
    var first = panels.lowerBound
    while first < panels.upperBound {
      let end = min(first &+ group, panels.upperBound)
      let whole = min(end, matrix.columns / height)
      var k = 0
      while k < depth.count {
        let line = matrix.line(depth.lowerBound &+ k)
        var place = target + (first &- panels.lowerBound) &* size + k &* height
        var panel = first
        while panel < whole {
          ProductTile.copyRows(line + panel &* height, to: place)
          place += size
          panel &+= 1
        }
        while panel < end {
          var row = 0
          while row < height {
            let column = panel &* height &+ row
            place[row] = column < matrix.columns ? line[column] : 0
            row &+= 1
          }
          place += size
          panel &+= 1
        }
        k &+= 1
      }
      first = end
    }
  }

  package static func transpose(_ matrix: Matrix, into output: Matrix) {
    var first = 0
    while first < output.columns {
      copySixteenRows(
        matrix.line(first), rows: min(16, matrix.rows &- first), columns: output.rows,
        stride: matrix.stride, into: output.pointer + first, targetStride: output.stride)
      first &+= 16
    }
  }
}
