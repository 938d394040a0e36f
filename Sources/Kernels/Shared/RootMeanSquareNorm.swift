package import Matrices

extension Kernels {
  package static func rootMeanSquareNormForward(
    _ input: Matrix, _ norm: NormParameters, into output: Matrix, rstd: Vector
  ) {
    let count = input.columns
    var index = 0
    while index < input.rows {
      let row = input.line(index)
      var squares = Lanes.zero
      var i = 0
      while i < count {
        let x = Lanes(row, i, of: count)
        squares.addProduct(x, x)
        i &+= Lanes.width
      }
      let rowRstd = 1 / (squares.total / Float(count) + norm.epsilon).squareRoot()
      scale(row, norm.weight.pointer, rowRstd, into: output.line(index), count: count)
      rstd.pointer[index] = rowRstd
      index &+= 1
    }
  }

  package static func rootMeanSquareNormAgain(
    _ input: Matrix, _ norm: NormParameters, rstd: Vector, into output: Matrix
  ) {
    var index = 0
    while index < input.rows {
      scale(
        input.line(index), norm.weight.pointer, rstd.pointer[index], into: output.line(index),
        count: input.columns)
      index &+= 1
    }
  }

  @inline(__always)
  private static func scale(
    _ row: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ rstd: Float,
    into output: UnsafeMutablePointer<Float>, count: Int
  ) {
    var i = 0
    while i < count {
      (Lanes(row, i, of: count) * rstd * Lanes(weight, i, of: count)).store(output, i, of: count)
      i &+= Lanes.width
    }
  }

  package static func rootMeanSquareNormBackward(
    _ input: Matrix, _ norm: NormParameters, rstd: Vector, gradient: Matrix, dWeight: Vector
  ) {
    let count = input.columns
    var index = 0
    while index < input.rows {
      let (x, g) = (input.line(index), gradient.line(index))
      let rowRstd = rstd.pointer[index]
      var product = Lanes.zero
      var i = 0
      while i < count {
        let normal = Lanes(x, i, of: count) * rowRstd
        let d = Lanes(g, i, of: count)
        Lanes(dWeight.pointer, i, of: count).addingProduct(d, normal)
          .store(dWeight.pointer, i, of: count)
        product.addProduct(d * Lanes(norm.weight.pointer, i, of: count), normal)
        i &+= Lanes.width
      }
      let meanProduct = product.total / Float(count)
      i = 0
      while i < count {
        let normal = Lanes(x, i, of: count) * rowRstd
        let scaled = Lanes(g, i, of: count) * Lanes(norm.weight.pointer, i, of: count)
        (scaled.plus(normal, times: -meanProduct) * rowRstd).store(g, i, of: count)
        i &+= Lanes.width
      }
      index &+= 1
    }
  }
}
