package import Matrices

extension Kernels {
  /// AdamW: plain loops that the compiler turns, square root included, into vector instructions.
  package static func adamW(
    _ parameters: Vector, gradient: Vector, first: Vector, second: Vector, _ terms: AdamWTerms
  ) {
    let (w, g, m, v) = (parameters.pointer, gradient.pointer, first.pointer, second.pointer)
    var i = 0
    while i < parameters.count {
      let slope = g[i]
      let mean = m[i] * terms.keep1 + slope * terms.new1
      let square = v[i] * terms.keep2 + slope * slope * terms.new2
      m[i] = mean
      v[i] = square
      let move = mean * terms.size / (square.squareRoot() * terms.root + terms.epsilon)
      w[i] = (w[i] * terms.decayBefore - move) * terms.decayAfter
      i &+= 1
    }
  }

  package static func adamW(
    _ parameters: Vector, first: Vector, second: Vector, _ terms: AdamWTerms
  ) {
    let (w, m, v) = (parameters.pointer, first.pointer, second.pointer)
    var i = 0
    while i < parameters.count {
      // Products with a gradient of 0 are 0, whose sums only change the sign of a zero.
      let mean = m[i] * terms.keep1 + 0
      let square = v[i] * terms.keep2 + 0
      m[i] = mean
      v[i] = square
      let move = mean * terms.size / (square.squareRoot() * terms.root + terms.epsilon)
      w[i] = (w[i] * terms.decayBefore - move) * terms.decayAfter
      i &+= 1
    }
  }

  /// bfloat16 by its bits; a NaN stays one.
  package static func narrow(_ values: Vector, into result: UnsafeMutableBufferPointer<UInt16>) {
    guard let target = result.baseAddress else { return }
    let source = values.pointer
    var i = 0
    while i < values.count {
      let value = source[i]
      let bits = value.bitPattern
      let rounded = bits &+ 0x7FFF &+ (bits >> 16 & 1)
      target[i] = UInt16(truncatingIfNeeded: (value == value ? rounded : bits | 0x40_0000) >> 16)
      i &+= 1
    }
  }

  package static func widen(_ values: UnsafeBufferPointer<UInt16>, into result: Vector) {
    guard let source = values.baseAddress else { return }
    let target = result.pointer
    var i = 0
    while i < values.count {
      target[i] = Float(bitPattern: UInt32(source[i]) << 16)
      i &+= 1
    }
  }
}
