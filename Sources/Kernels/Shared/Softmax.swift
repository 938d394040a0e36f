package import Matrices

extension Kernels {
  package static func softmaxForward(_ scores: Matrix, into softmax: Matrix) {
    let count = scores.columns
    var index = 0
    while index < scores.rows {
      let (x, y) = (scores.line(index), softmax.line(index))
      var lanes = Lanes(repeating: -.infinity)
      var i = 0
      while i < count {
        let next = Lanes(x, i, of: count, otherwise: -.infinity)
        lanes.replace(with: next, where: next .> lanes)
        i &+= Lanes.width
      }
      let largest = lanes.largest
      // The lanes after the row become exp(-87), too little to change a sum of at least 1.
      var total = Lanes.zero
      i = 0
      while i < count {
        let e = (Lanes(x, i, of: count, otherwise: -.infinity) - largest).exponential
        e.store(y, i, of: count)
        total += e
        i &+= Lanes.width
      }
      let inverse = 1 / total.total
      i = 0
      while i < count {
        (Lanes(y, i, of: count) * inverse).store(y, i, of: count)
        i &+= Lanes.width
      }
      index &+= 1
    }
  }

  package static func softmaxBackward(_ softmax: Matrix, gradient: Matrix) {
    let count = softmax.columns
    var index = 0
    while index < softmax.rows {
      let (y, g) = (softmax.line(index), gradient.line(index))
      var product = Lanes.zero
      var i = 0
      while i < count {
        product.addProduct(Lanes(y, i, of: count), Lanes(g, i, of: count))
        i &+= Lanes.width
      }
      let mean = product.total
      i = 0
      while i < count {
        (Lanes(y, i, of: count) * (Lanes(g, i, of: count) - mean)).store(g, i, of: count)
        i &+= Lanes.width
      }
      index &+= 1
    }
  }
}
