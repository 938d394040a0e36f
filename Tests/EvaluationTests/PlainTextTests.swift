import Foundation
import FoundationXML
import Testing

@testable import Evaluation

/// Names are anybody's text: they stay text wherever they are shown, and long ones do no harm.
@Suite struct PlainTextTests {
  private static let long = String(repeating: "a", count: 300)

  /// Names that would be marks of HTML, Markdown, LaTeX or a spreadsheet, some with an accent upon the mark.
  private static let names = [
    "<b>x</b>", "<\u{338}script>", "\"\u{301} onload=\"y", "a & b", "*\u{301}bold*", "x_y",
    "[l](http://x.y)",
    "`c`", "a|b", "50% $x$ #1 {y} ~^\\", "=SUM(A1)", long,
  ]

  private func report() throws -> ClassificationReport {
    let count = Self.names.count
    let scores = (0..<count).flatMap { row in
      (0..<count).map { Float($0 == (row + 1) % count ? 3 : $0 == row ? 2 : 0) }
    }
    return try ClassificationReport(
      truth: Array(0..<count), scores: LabelScores(scores, labelCount: count),
      labelNames: Self.names)
  }

  @Test func picturesAreWellFormedAndOfUsualSize() throws {
    let counts = Self.names.indices.map { $0 + 1 }
    let distribution = LabelDistribution(names: Self.names, counts: counts)
    let points = Self.names.indices.map { SIMD2(Double($0), 1) }
    let pictures = [
      distribution.svg(title: "\u{1B}[31m <x>"), ConfusionFigure(try report()).svg(),
      ProjectionFigure(
        title: "<x>", points: points, labels: Array(Self.names.indices), names: Self.names,
        highlighted: Array(Self.names.indices.suffix(8))
      ).svg(),
    ]
    for picture in pictures {
      let parser = XMLParser(data: Data(picture.utf8))
      #expect(parser.parse(), "\(picture)")
      #expect(!picture.contains("<b>") && !picture.contains("\u{1B}"))
      let box = try #require(picture.firstMatch(of: #/viewBox="0 0 ([0-9.]+) /#))
      #expect(try #require(Double(box.1)) < 900)
      #expect(picture.contains("<title>\(Self.long)"))
    }
    #expect(distribution.text().split(separator: "\n").allSatisfy { $0.count < 120 })
  }

  @Test(arguments: names) func hypertext(_ name: String) throws {
    let html = "<p title=\"\(HTMLPage.escaped(name))\">\(HTMLPage.name(name))</p>"
    let scalars = Array(html.unicodeScalars)
    // Tags and attributes are those of this test and of the shortened name alone.
    let isLong = name.count > 40
    #expect(scalars.count { $0 == "<" } == (isLong ? 4 : 2))
    #expect(scalars.count { $0 == "\"" } == (isLong ? 4 : 2))
  }

  @Test func tablesShowNamesAsTheyAre() {
    func table(_ name: String, _ format: ResultTable.Format) -> String {
      ResultTable([.init(name: name, scores: [.accuracy: [0.5]])]).text(format)
    }
    let markdown = table("<b>[l](http://x.y) a|b *c* `d` www.z.de\n# e", .markdown)
    #expect(
      markdown.contains(
        "| &lt;b&gt;\\[l\\](http\\://x.y) a\\|b \\*c\\* \\`d\\` www\\.z.de # e | 1 |"),
      "\(markdown)")
    let latex = table("50% a_\u{301}b \\x <y> {z} $w$", .latex)
    #expect(
      latex.contains(
        "50\\% a\\_\u{301}b \\textbackslash{}x \\textless{}y\\textgreater{} \\{z\\} \\$w\\$ &"),
      "\(latex)")
    #expect(["=1", "+1", "-1", "@a", "\t1", "\r1"].allSatisfy { formulaSafe($0) == "'" + $0 })
    #expect(["", "a=1", " =1", "'=1"].allSatisfy { formulaSafe($0) == $0 })
    #expect(table("a \"b\", c\nd", .csv).contains("\n,\"a \"\"b\"\", c\nd\",1,"))
  }

  @Test func namesAreShortenedInTheMiddle() {
    #expect(short("joy") == "joy")
    #expect(short("abcdefghij", 7) == "abcd\u{2026}ij")
    #expect(short(Self.long).count == 28)
  }
}
