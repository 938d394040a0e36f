package import Matrices

extension Kernels {
  package static func layerNormForward(
    _ input: Matrix, _ norm: NormParameters, into output: Matrix, mean: Vector, rstd: Vector
  ) {
    let count = input.columns
    var index = 0
    while index < input.rows {
      let row = input.line(index)
      var sum = Lanes.zero
      var i = 0
      while i < count {
        sum += Lanes(row, i, of: count)
        i &+= Lanes.width
      }
      let rowMean = sum.total / Float(count)
      var squares = Lanes.zero
      i = 0
      while i &+ Lanes.width <= count {
        let centred = Lanes(row, i, of: count) - rowMean
        squares.addProduct(centred, centred)
        i &+= Lanes.width
      }
      var variance = squares.total
      while i < count {
        variance += (row[i] - rowMean) * (row[i] - rowMean)
        i &+= 1
      }
      let rowRstd = 1 / (variance / Float(count) + norm.epsilon).squareRoot()
      scale(row, norm, rowMean, rowRstd, into: output.line(index), count: count)
      mean.pointer[index] = rowMean
      rstd.pointer[index] = rowRstd
      index &+= 1
    }
  }

  package static func layerNormAgain(
    _ input: Matrix, _ norm: NormParameters, mean: Vector, rstd: Vector, into output: Matrix
  ) {
    var index = 0
    while index < input.rows {
      scale(
        input.line(index), norm, mean.pointer[index], rstd.pointer[index],
        into: output.line(index), count: input.columns)
      index &+= 1
    }
  }

  @inline(__always)
  private static func scale(
    _ row: UnsafePointer<Float>, _ norm: NormParameters, _ mean: Float, _ rstd: Float,
    into output: UnsafeMutablePointer<Float>, count: Int
  ) {
    var i = 0
    while i < count {
      let normal = (Lanes(row, i, of: count) - mean) * rstd
      Lanes(norm.bias.pointer, i, of: count)
        .addingProduct(normal, Lanes(norm.weight.pointer, i, of: count))
        .store(output, i, of: count)
      i &+= Lanes.width
    }
  }

  package static func layerNormBackward(
    _ input: Matrix, _ norm: NormParameters, mean: Vector, rstd: Vector, gradient: Matrix,
    dWeight: Vector, dBias: Vector
  ) {
    let count = input.columns
    var index = 0
    while index < input.rows {
      let (x, g) = (input.line(index), gradient.line(index))
      let (rowMean, rowRstd) = (mean.pointer[index], rstd.pointer[index])
      var sum = Lanes.zero
      var product = Lanes.zero
      var i = 0
      while i < count {
        // Lanes beyond the row carry a gradient of 0 and drop out of both sums.
        let normal = (Lanes(x, i, of: count) - rowMean) * rowRstd
        let d = Lanes(g, i, of: count)
        Lanes(dWeight.pointer, i, of: count).addingProduct(d, normal)
          .store(dWeight.pointer, i, of: count)
        (Lanes(dBias.pointer, i, of: count) + d).store(dBias.pointer, i, of: count)
        let scaled = d * Lanes(norm.weight.pointer, i, of: count)
        sum += scaled
        product.addProduct(scaled, normal)
        i &+= Lanes.width
      }
      let meanGradient = sum.total / Float(count)
      let meanProduct = product.total / Float(count)
      i = 0
      while i < count {
        let normal = (Lanes(x, i, of: count) - rowMean) * rowRstd
        let scaled = Lanes(g, i, of: count) * Lanes(norm.weight.pointer, i, of: count)
        ((scaled - meanGradient).plus(normal, times: -meanProduct) * rowRstd)
          .store(g, i, of: count)
        i &+= Lanes.width
      }
      index &+= 1
    }
  }
}
