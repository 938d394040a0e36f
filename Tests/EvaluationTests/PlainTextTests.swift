import Foundation
import FoundationXML
import OrderedCollections
import RunEvents
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
      distribution.svg(title: "\u{1B}[31m <x>"), ConfusionFigure(try report()).picture.svg,
      try #require(
        ProjectionFigure(
          title: "<x>", points: points, labels: Array(Self.names.indices), names: Self.names,
          highlighted: Array(Self.names.indices.suffix(8))
        ).picture
      ).svg,
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

  /// Whatever a run, label, utterance or setting is called, the page has the elements and attributes of one with plain
  /// names.
  @Test(arguments: names + ["<b>&\"'", "{{name}}{{{name}}}", "a\u{0}b\u{1B}c"]) func hypertext(
    _ name: String
  ) throws {
    let plain = String(name.map { $0.isLetter ? $0 : "x" })
    #expect(try MarkupReader(page(name)).marks == MarkupReader(page(plain)).marks)
    let texts = try MarkupReader(page(name)).texts
    let shown = name.replacing(#/[\u{0}\u{1B}]/#, with: "\u{FFFD}")
    for text in ["run \(shown)", short(shown, 40)] {
      let isThere = texts.contains(text)
      #expect(isThere, "\(text)")
    }
  }

  /// A report in which everything is called so.
  private func page(_ name: String) throws -> String {
    let labels = [name, name + "2"]
    func run(_ scores: [Float]) throws -> ReportedRun {
      ReportedRun(
        name: "run \(name)", configuration: ["alpha": name, name: "1"],
        history: try RunHistory(
          "{\"event\":\"step\",\"step\":1,\"epoch\":1,\"loss\":4.5,\"ce\":3.5,\"lr\":1.0,\"seconds\":0.5}\n"
        ),
        test: try ReportedRun.Test(
          scores: LabelScores(scores, labelCount: 2), truth: [0, 1, 0], texts: [name, name, name],
          labelNames: labels))
    }
    let map = EmbeddingMap(
      before: nil, after: .init([[0, 1], [1, 1], [2, 1]], labels: [0, 1, 0]), labels: [0, 1, 0])
    return RunReport(
      runs: [try run([2, 1, 2, 1, 1, 2]), try run([1, 2, 2, 1, 1, 2])],
      distribution: LabelDistribution(names: labels, counts: [2, 1]), trainingCounts: [2, 1],
      map: map, absent: [name], titles: ["ce": name], program: name
    ).html()
  }

  /// The library's tag for text as it stands would let any name through.
  @Test func noTemplateLeavesTextUnescaped() {
    for (name, source) in PageTemplates.sources {
      let text = String(decoding: source, as: UTF8.self)
      #expect(!text.contains("{{{") && !text.contains(#/\{\{\s*&/#), "\(name)")
    }
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

/// The tags and attributes of a page, and its texts; entities are taken back.
private struct MarkupReader {
  var marks: [String] = []
  var texts: Set<String> = []

  init(_ html: String) throws {
    // By scalars, as browsers read: an accent upon a mark makes it no other mark.
    var (text, tag) = (String.UnicodeScalarView(), String.UnicodeScalarView())
    var isTag = false
    for scalar in html.unicodeScalars {
      if scalar == (isTag ? ">" : "<") {
        if isTag { marks.append(Self.mark(String(tag))) } else { texts.insert(Self.plain(text)) }
        text.removeAll()
        tag.removeAll()
        isTag.toggle()
      } else if isTag {
        tag.append(scalar)
      } else {
        text.append(scalar)
      }
    }
    try #require(!isTag)
  }

  /// The element and the names of its attributes; values may be anything but quotes.
  private static func mark(_ tag: String) -> String {
    let parts = tag.unicodeScalars.split(separator: "\"", omittingEmptySubsequences: false)
    return parts.enumerated().filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }
      .joined(separator: "_")
  }

  private static func plain(_ text: String.UnicodeScalarView) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")].reduce(String(text)) {
      $0.replacingOccurrences(of: $1.0, with: $1.1, options: .literal)
    }
  }
}
