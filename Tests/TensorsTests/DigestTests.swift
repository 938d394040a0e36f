import Testing

@testable import Tensors

@Suite struct DigestTests {
  @Test(arguments: [1, 7, 8, 9, 64, 1001])
  func everyBitCounts(count: Int) {
    let storage = Storage(count: count)
    withExtendedLifetime(storage) {
      let values = storage.vector
      for index in 0..<count { values[index] = Float(index) * 0.37 - 3 }
      let before = Digest(values).value
      #expect(before == Digest(values).value)
      #expect(before >= 0 && before < 0x1p53 && before == before.rounded())
      for index in [0, count / 2, count - 1] {
        for bit in 0..<32 {
          let old = values[index]
          values[index] = Float(bitPattern: old.bitPattern ^ 1 << bit)
          #expect(Digest(values).value != before, "bit \(bit) of \(index)")
          values[index] = old
        }
      }
    }
  }

  @Test func orderAndLengthCount() {
    let storage = Storage(count: 40)
    withExtendedLifetime(storage) {
      let zeros = (0..<40).map { Digest(storage.vector[0..<$0]).value }
      #expect(Set(zeros).count == 40)
      storage.vector[3] = 1
      let third = Digest(storage.vector).value
      (storage.vector[3], storage.vector[11]) = (0, 1)
      #expect(Digest(storage.vector).value != third)
    }
  }
}

@Suite struct BFloat16Tests {
  @Test func roundsToTheNearestEven() {
    let values: [Float] = [
      0, -0.0, 1, -1.5, 1.00390625, 1.01171875, 1.0041, 3.3895314e38, 3.4e38, -.infinity,
      Float(bitPattern: 0x0001_16C2),
      .nan, Float(bitPattern: 0x7F80_0001),
    ]
    let expected: [UInt16] = [
      0, 0x8000, 0x3F80, 0xBFC0, 0x3F80, 0x3F82, 0x3F81, 0x7F7F, 0x7F80, 0xFF80, 0x0001, 0x7FC0,
      0x7FC0,
    ]
    let (storage, back) = (Storage(count: values.count), Storage(count: values.count))
    let narrowed = BFloat16Storage(count: values.count)
    storage.vector.copy(from: values)
    narrow(storage.vector, into: narrowed.buffer)
    #expect(Array(narrowed.buffer) == expected)
    widen(UnsafeBufferPointer(narrowed.buffer), into: back.vector)
    for (index, bits) in expected.enumerated() {
      #expect(back.vector[index].bitPattern == UInt32(bits) << 16)
    }
  }
}
