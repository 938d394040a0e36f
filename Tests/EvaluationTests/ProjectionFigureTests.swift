import Foundation
import FoundationXML
import Testing

@testable import Evaluation

@Suite struct ProjectionFigureTests {
  /// Labels whose points lie in one place would have their names there too.
  @Test func namesDoNotCoverEachOther() throws {
    let points = (0..<24).map { SIMD2(Double($0 % 5), Double($0 / 5)) }
    let picture = ProjectionFigure(
      title: "map", points: points + points.map { -$0 }, labels: (0..<48).map { $0 % 8 },
      names: (0..<8).map { "label \($0)" }, highlighted: Array(0..<8)
    ).picture
    let document = try XMLDocument(xmlString: #require(picture).svg)
    let places = try document.nodes(forXPath: "//text").compactMap { node -> SIMD2<Double>? in
      guard let element = node as? XMLElement,
        let x = element.attribute(forName: "x")?.stringValue.flatMap(Double.init),
        let y = element.attribute(forName: "y")?.stringValue.flatMap(Double.init)
      else { return nil }
      return SIMD2(x, y)
    }
    #expect(places.count == 8)
    for (index, place) in places.enumerated() {
      for other in places[..<index] {
        #expect(abs(place.x - other.x) > 50 || abs(place.y - other.y) > 14, "\(place) \(other)")
      }
    }
  }
}
