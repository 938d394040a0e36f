import Tensors
import Testing

@testable import Encoders

@Suite struct DropoutKeyTests {
  @Test func everyEncoderPassLayerAndPlaceHasMasksOfItsOwn() throws {
    var keys: Set<SIMD2<UInt32>> = []
    for encoder in [UInt8(0), 1, 255] {
      for pass in [UInt8(0), 1, 255] {
        let dropout = DropoutKeys(seed: 3, step: 4, encoder: encoder, pass: pass)
        for layer in [0, 1, 1024] {
          for place in [DropoutKeys.Place.embeddings, .attentionWeights, .attentionOutput, .output]
          {
            keys.insert(try #require(dropout.site(place, layer: layer, rate: 0.1)).key)
          }
        }
      }
    }
    #expect(keys.count == 3 * 3 * 3 * 4)
  }

  /// The first encoder's first pass keeps the masks of all earlier versions.
  @Test func theFirstPassHasTheMasksOfEarlierVersions() throws {
    let site = DropoutKeys(seed: 3, step: 4).site(.output, layer: 2, rate: 0.1)
    let expected = KeyedRandom(seed: 3, purpose: .dropout, step: 4, stream: 11).key
    #expect(try #require(site).key == expected)
  }
}
