import Evaluation
import Foundation
import FoundationXML
import Testing

@Suite struct LabelDistributionTests {
  private let distribution = LabelDistribution(
    names: ["joy", "R&B <3", "fear", "awe"], counts: [4, 16, 4, 0])

  @Test func largestFirst() {
    #expect(distribution.entries.map(\.name) == ["R&B <3", "joy", "fear", "awe"])
    #expect(distribution.total == 24)
    #expect(distribution.imbalance == nil)
    #expect(LabelDistribution(names: ["a", "b"], counts: [2, 5]).imbalance == 2.5)
  }

  @Test func bars() {
    let full = "\u{2588}"
    #expect(
      distribution.text(width: 6) == """
        R&B <3 \(full)\(full)\(full)\(full)\(full)\(full) 16 (66.7 %)
           joy \(full)\u{258C} 4 (16.7 %)
          fear \(full)\u{258C} 4 (16.7 %)
           awe  0 (0.0 %)
        """)
    #expect(LabelDistribution(names: ["a", "b"], counts: [0, 0]).text().hasSuffix("b  0 (0.0 %)"))
  }

  @Test func pictureIsWellFormed() throws {
    let svg = distribution.svg(title: "Mood & <music>")
    let reader = ElementCounter()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    // The background and one bar a label; the longest takes the whole width.
    #expect(reader.widths == ["100%", "500.0", "125.0", "125.0", "0.0"])
    #expect(reader.texts.contains("Mood & <music>"))
    #expect(reader.texts.contains("R&B <3"))
    #expect(reader.texts.contains("16 (66.7 %)"))
  }
}

/// The widths of the rectangles and the texts of a picture.
private final class ElementCounter: NSObject, XMLParserDelegate {
  private(set) var widths: [String] = []
  private(set) var texts: [String] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if name == "rect" { widths.append(attributes["width"] ?? "") }
    if name == "text" { texts.append("") }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if let last = texts.indices.last { texts[last] += text.trimmingCharacters(in: .newlines) }
  }
}
