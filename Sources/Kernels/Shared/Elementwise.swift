package import Matrices

private let inverseRootTwo: Float = 0.707_106_781
private let inverseRootTwoPi: Float = 0.398_942_280

extension Kernels {
  package static func add(_ source: Vector, to target: Vector) {
    add(source.pointer, to: target.pointer, count: source.count)
  }

  @inline(__always)
  private static func add(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    var i = 0
    while i < count {
      (Lanes(target, i, of: count) + Lanes(source, i, of: count)).store(target, i, of: count)
      i &+= Lanes.width
    }
  }

  package static func scale(_ values: Vector, by factor: Float) {
    let (x, count) = (values.pointer, values.count)
    var i = 0
    while i < count {
      (Lanes(x, i, of: count) * factor).store(x, i, of: count)
      i &+= Lanes.width
    }
  }

  package static func sumOfSquares(_ values: Vector) -> Double {
    let (pointer, count) = (values.pointer, values.count)
    var squares = Lanes.zero
    var i = 0
    while i < count {
      let x = Lanes(pointer, i, of: count)
      squares.addProduct(x, x)
      i &+= Lanes.width
    }
    var sum = 0.0
    var lane = 0
    while lane < Lanes.width {
      sum += Double(squares[lane])
      lane &+= 1
    }
    return sum
  }

  package static func exponential(_ values: Vector) {
    let (x, count) = (values.pointer, values.count)
    var i = 0
    while i < count {
      Lanes(x, i, of: count).exponential.store(x, i, of: count)
      i &+= Lanes.width
    }
  }

  package static func errorFunction(_ values: Vector) {
    let (x, count) = (values.pointer, values.count)
    var i = 0
    while i < count {
      Lanes(x, i, of: count).errorFunction.store(x, i, of: count)
      i &+= Lanes.width
    }
  }

  package static func addBias(_ bias: Vector, to output: Matrix) {
    var row = 0
    while row < output.rows {
      add(bias.pointer, to: output.line(row), count: bias.count)
      row &+= 1
    }
  }

  package static func addRows(of matrix: Matrix, to sum: Vector) {
    let count = sum.count
    var i = 0
    while i < count {
      var total = Lanes(sum.pointer, i, of: count)
      var row = 0
      while row < matrix.rows {
        total += Lanes(matrix.line(row), i, of: count)
        row &+= 1
      }
      total.store(sum.pointer, i, of: count)
      i &+= Lanes.width
    }
  }

  package static func reluForward(_ values: Matrix) {
    var row = 0
    while row < values.rows {
      let line = values.line(row)
      var i = 0
      while i < values.columns {
        let x = Lanes(line, i, of: values.columns)
        x.replacing(with: 0, where: x .< 0).store(line, i, of: values.columns)
        i &+= Lanes.width
      }
      row &+= 1
    }
  }

  package static func reluBackward(output: Matrix, gradient: Matrix) {
    let count = output.columns
    var row = 0
    while row < output.rows {
      let (y, g) = (output.line(row), gradient.line(row))
      var i = 0
      while i < count {
        let d = Lanes(g, i, of: count)
        d.replacing(with: 0, where: Lanes(y, i, of: count) .<= 0).store(g, i, of: count)
        i &+= Lanes.width
      }
      row &+= 1
    }
  }

  package static func geluForward(_ input: Matrix, bias: Vector, into output: Matrix) {
    let count = bias.count
    var row = 0
    while row < input.rows {
      let (x, y) = (input.line(row), output.line(row))
      var i = 0
      while i < count {
        let z = Lanes(x, i, of: count) + Lanes(bias.pointer, i, of: count)
        let cumulative = ((z * inverseRootTwo).errorFunction + 1) * 0.5
        (z * cumulative).store(y, i, of: count)
        i &+= Lanes.width
      }
      row &+= 1
    }
  }

  package static func geluBackward(
    _ input: Matrix, bias: Vector, gradient: Matrix, dBias: Vector, output: Matrix
  ) {
    let count = bias.count
    var row = 0
    while row < input.rows {
      let (x, g, y) = (input.line(row), gradient.line(row), output.line(row))
      var i = 0
      while i < count {
        let z = Lanes(x, i, of: count) + Lanes(bias.pointer, i, of: count)
        let cumulative = ((z * inverseRootTwo).errorFunction + 1) * 0.5
        let density = (z * z * -0.5).exponential * inverseRootTwoPi
        let d = Lanes(g, i, of: count) * cumulative.addingProduct(z, density)
        (z * cumulative).store(y, i, of: count)
        d.store(g, i, of: count)
        (Lanes(dBias.pointer, i, of: count) + d).store(dBias.pointer, i, of: count)
        i &+= Lanes.width
      }
      row &+= 1
    }
  }
}
