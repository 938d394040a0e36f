package import Matrices

extension Lanes {
  /// The logistic function, `1 / (1 + exp(-x))`.
  @inline(__always)
  fileprivate var logistic: Lanes { 1 / ((0 - self).exponential + 1) }
}

extension Kernels {
  package static func gatedForward(_ input: Matrix, into output: Matrix) {
    let count = output.columns
    var row = 0
    while row < input.rows {
      let (gate, y) = (input.line(row), output.line(row))
      let up = gate + count
      var i = 0
      while i < count {
        let g = Lanes(gate, i, of: count)
        (g * g.logistic * Lanes(up, i, of: count)).store(y, i, of: count)
        i &+= Lanes.width
      }
      row &+= 1
    }
  }

  package static func gatedBackward(_ input: Matrix, gradient: Matrix) {
    let count = gradient.columns
    var row = 0
    while row < input.rows {
      let (gate, d) = (input.line(row), gradient.line(row))
      let up = gate + count
      var i = 0
      while i < count {
        let (g, u) = (Lanes(gate, i, of: count), Lanes(up, i, of: count))
        let s = g.logistic
        let silu = g * s
        let slope = s.addingProduct(silu, 1 - s)
        let dOutput = Lanes(d, i, of: count)
        (dOutput * u * slope).store(gate, i, of: count)
        (dOutput * silu).store(up, i, of: count)
        (silu * u).store(d, i, of: count)
        i &+= Lanes.width
      }
      row &+= 1
    }
  }

  package static func rotate(
    _ values: Matrix, cosines: Matrix, sines: Matrix, size: Int, sign: Float
  ) {
    let half = size / 2
    var row = 0
    while row < values.rows {
      let (cosine, sine) = (cosines.line(row), sines.line(row))
      var column = 0
      while column < values.columns {
        let low = values.line(row) + column
        let high = low + half
        var i = 0
        while i < half {
          let (x, y) = (Lanes(low, i, of: half), Lanes(high, i, of: half))
          let c = Lanes(cosine, i, of: half)
          let s = Lanes(sine, i, of: half) * sign
          // Lanes beyond the half are read and not written.
          (x * c).addingProduct(y, 0 - s).store(low, i, of: half)
          (y * c).addingProduct(x, s).store(high, i, of: half)
          i &+= Lanes.width
        }
        column &+= size
      }
      row &+= 1
    }
  }
}
