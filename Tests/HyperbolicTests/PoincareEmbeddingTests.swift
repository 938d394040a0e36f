import Tensors
import TestSupport
import Testing

@testable import Hyperbolic

/// The labels' vectors.
@Suite struct PoincareEmbeddingTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let size: Int
    let points: [Double]
    let node: Int
    let others: [Int]
    let rate: Double
    let moved: [Double]

    var testDescription: String { name }
  }

  @Test(arguments: try fixture("poincare", as: [Case].self))
  func aStepIsThatOfPyTorch(_ expected: Case) {
    var points = DoubleMatrix(
      rows: expected.points.count / expected.size, columns: expected.size, values: expected.points)
    var slopes = PoincareSlopes(points)
    slopes.add(expected.node, expected.others)
    slopes.move(&points, rate: expected.rate, within: 1 - 1e-5)
    // The usual formula of the distance, which the reference has, loses digits near the centre.
    #expect(relativeDifference(points.values, expected.moved) < 1e-10)
    let way = zip(points.values, expected.points).map { $0 - $1 }
    let expectedWay = zip(expected.moved, expected.points).map { $0 - $1 }
    #expect(relativeDifference(way, expectedWay) < 1e-8)
  }

  private static let text = """
    good\tall
    bad\tall
    joy\tgood
    love\tgood
    pride\tgood
    fear\tbad
    anger\tbad
    grief\tbad
    """
  private static let labels = ["joy", "love", "pride", "fear", "anger", "grief"]

  private func embed(epochs: Int = 300) throws -> (LabelTree, DoubleMatrix) {
    let tree = try LabelTree(Array(Self.text.utf8), file: "tree", labels: Self.labels)
    return (tree, PoincareEmbedding(size: 10, epochs: epochs, negatives: 4)(tree))
  }

  @Test func kinsAreNearerThanOthers() throws {
    let (tree, points) = try embed()
    let vectors = tree.labels.map { points.row($0) }
    for (index, vector) in vectors.enumerated() {
      #expect(norm(vector) < 1)
      func mean(_ others: Range<Int>) -> Double {
        let chosen = others.filter { $0 != index }
        return chosen.reduce(0) { $0 + hyperbolicDistance(vector, vectors[$1]) }
          / Double(chosen.count)
      }
      let kin = index < 3 ? 0..<3 : 3..<6
      #expect(mean(kin) < mean(index < 3 ? 3..<6 : 0..<3), "\(Self.labels[index])")
      // A parent is nearer to the centre than its children.
      let parent = tree.ancestors[tree.labels[index]][0]
      #expect(norm(points.row(parent)) < norm(vector))
    }
  }

  /// Its bits are part of what a run is repeated from, on any processor: a change of them is a change of results.
  @Test func theBitsAreThese() throws {
    let (_, points) = try embed(epochs: 20)
    var bits: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in points.values { bits = (bits ^ value.bitPattern) &* 0x0000_0100_0000_01b3 }
    let again = try embed(epochs: 20).1
    #expect(again == points)
    #expect(bits == 15_669_938_877_965_221_691, "\(bits)")
  }
}
