internal import CProcessor
package import Matrices

extension Kernels {
  /// AdamW, sixteen elements at a time; without a gradient, as with one of 0.
  ///
  /// No product is fused with a sum: the bits are those of PyTorch's formula, operation by operation.
  package static func adamW(
    _ parameters: Vector, gradient: Vector?, first: Vector, second: Vector, _ terms: AdamWTerms
  ) {
    let (w, m, v, g) = (parameters.pointer, first.pointer, second.pointer, gradient?.pointer)
    let count = parameters.count
    let isCoupled = terms.coupledDecay != 0
    var i = 0
    while i < count {
      var slope = Lanes.zero
      if let g { slope = Lanes(g, i, of: count) }
      if isCoupled { slope = slope + Lanes(w, i, of: count) * terms.coupledDecay }
      let mean = Lanes(m, i, of: count) * terms.keep1 + slope * terms.new1
      let square = Lanes(v, i, of: count) * terms.keep2 + slope * slope * terms.new2
      mean.store(m, i, of: count)
      square.store(v, i, of: count)
      let move = mean * terms.size / (squareRoots(square) * terms.root + terms.epsilon)
      ((Lanes(w, i, of: count) * terms.decayBefore - move) * terms.decayAfter)
        .store(w, i, of: count)
      i &+= Lanes.width
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
