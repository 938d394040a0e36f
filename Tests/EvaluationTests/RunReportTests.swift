import Evaluation
import Foundation
import FoundationXML
import OrderedCollections
import RunEvents
import Testing

@Suite struct RunReportTests {
  private static let log = """
    {"event":"step","step":1,"epoch":1,"loss":4.5,"ce":3.3,"ccl":2,"ldl":1,"lr":2e-05,"grad_norm":9,"clusters":5,"p_empty":0.5,"n_empty":0,"ldl_weight_sum":12,"tokens":100,"seconds":0.5}
    {"event":"step","step":2,"epoch":1,"loss":null,"ce":3.1,"ccl":2,"ldl":1,"lr":1e-05,"grad_norm":8,"clusters":5,"p_empty":0.4,"n_empty":0,"ldl_weight_sum":12,"tokens":100,"seconds":0.5}
    {"event":"evaluation","split":"valid","epoch":1,"step":2,"accuracy":0.5,"weighted_f1":0.4,"macro_f1":0.3,"macro_f1_present":0.3,"best":true,"seconds":0.1}
    {"event":"checkpoint","step":2}
    {"event":"evaluation","split":"test","epoch":1,"step":2,"accuracy":0.6,"weighted_f1":0.5,"macro_f1":0.4,"macro_f1_present":0.3,"best":false,"seconds":0.1}
    {"event":"st
    """

  private func run(_ name: String, alpha: String, _ scores: [Float]) throws -> ReportedRun {
    let names = ["joy & fun", "fear", "grief"]
    return ReportedRun(
      name: name, configuration: ["model": "nano", "alpha": alpha, "seed": "0"],
      history: try RunHistory(Self.log),
      test: try ReportedRun.Test(
        scores: LabelScores(scores, labelCount: 3), truth: [0, 1, 2, 0],
        texts: ["so \"glad\"", "dark", "gone", "<b>yes</b>"], labelNames: names))
  }

  private func report(_ runs: [ReportedRun], absent: [String] = []) -> RunReport {
    let rows = (0..<4).map { [Double($0), 1] }
    return RunReport(
      runs: runs,
      distribution: LabelDistribution(names: ["joy & fun", "fear", "grief"], counts: [9, 4, 1]),
      trainingCounts: [9, 4, 1],
      map: EmbeddingMap(
        before: nil, after: .init(rows, labels: [0, 1, 2, 0]), labels: [0, 1, 2, 0]),
      absent: absent, program: "taco-dist")
  }

  private let scores: [Float] = [3, 1, 0, 0, 3, 1, 2, 1, 0, 1, 2, 0]

  @Test func historyPassesOverAnUnfinishedLineAndNamesADamagedOne() throws {
    let history = try RunHistory(Self.log)
    #expect(history.steps.map(\.step) == [1, 2])
    #expect(history.steps[1].loss == nil && history.steps[0].learningRate == 2e-5)
    #expect(history.best?.accuracy == 0.5 && history.test?.macroF1 == 0.4)
    #expect(history.steps[1].losses.map(\.name) == ["ce", "ccl", "ldl"])
    let damaged = "{\"event\":\"step\",\"step\":1}\n" + Self.log
    let error = #expect(throws: RunHistoryError.self) { try RunHistory(damaged) }
    #expect(error?.line == 1)
  }

  @Test func stepsAsCSVHaveTheColumnsOfAllRuns() throws {
    let history = try RunHistory(Self.log)
    let other = try RunHistory(
      """
      {"event":"step","step":1,"epoch":1,"loss":4.5,"ce":3.5,"new":1.5,"lr":1.0,"grad_norm":9.0,"fill":0.5,"tokens":7,"seconds":0.5}

      """)
    let lines = StepTable([("a,b", history), ("c", other)]).lines
    #expect(
      lines == [
        "run,step,epoch,loss,ce,ccl,ldl,new,lr,grad_norm,clusters,p_empty,n_empty,ldl_weight_sum,"
          + "fill,tokens,seconds,valid_accuracy,valid_weighted_f1,valid_macro_f1",
        "\"a,b\",1,1,4.5,3.3,2.0,1.0,,2e-05,9.0,5,0.5,0,12,,100,0.5,,,",
        "\"a,b\",2,1,,3.1,2.0,1.0,,1e-05,8.0,5,0.4,0,12,,100,0.5,0.5,0.4,0.3",
        "c,1,1,4.5,3.5,,,1.5,1.0,9.0,,,,,0.5,7,0.5,,,",
      ])
    #expect(StepTable([("a,b", history)]).lines[2].hasPrefix("2,1,,3.1"))
  }

  /// Everything that an element opens is closed, texts are escaped, nothing is loaded.
  @Test func pageIsWellFormedAndSelfContained() throws {
    let first = try run("a", alpha: "0.4", scores)
    let second = try run("b<", alpha: "0.8", [0, 3, 1, 0, 3, 1, 0, 1, 3, 1, 2, 0])
    for report in [report([first]), report([first, second], absent: ["a <thing>"])] {
      let html = report.html()
      let body = try #require(html.range(of: "<body>"))
      let end = try #require(html.range(of: "</html>"))
      let xml = String(html[body.lowerBound..<end.lowerBound])
        .replacingOccurrences(of: "&nbsp;", with: " ").replacingOccurrences(of: "<br>", with: "")
      let parser = XMLParser(data: Data(xml.utf8))
      let reader = TextReader()
      parser.delegate = reader
      #expect(parser.parse(), "\(String(describing: parser.parserError)) \(parser.lineNumber)")
      #expect(reader.text.contains("<b>yes</b>") && reader.text.contains("joy & fun"))
      for word in ["http:", "https:", "src=", "@import", "url(", "<script", "NaN", "inf"] {
        #expect(!html.replacingOccurrences(of: "information", with: "").contains(word), "\(word)")
      }
      #expect(html == report.html())
    }
  }

  @Test func severalRunsAreCompared() throws {
    let first = try run("a", alpha: "0.4", scores)
    let second = try run("b", alpha: "0.8", [0, 3, 1, 0, 3, 1, 0, 1, 3, 1, 2, 0])
    let html = report([first, second]).html()
    #expect(html.contains("alpha 0.8"))
    #expect(html.contains("Sensitivity to alpha") && !html.contains("Sensitivity to beta"))
    // Row 0 is right in the first run alone, row 2 in the second alone, row 3 in neither.
    #expect(html.contains("a alone is right") && html.contains("<td class=\"n\">1 / 1</td>"))
    #expect(html.contains("<q>gone</q>") && html.contains("<q>so &quot;glad&quot;</q>"))
    // Row 0 of the first run: softmax of 3, 1, 0.
    #expect(html.contains("\u{2713} joy &amp; fun</span> 84&nbsp;%"))
  }

  @Test func settingsThatOneRunHasAloneAreTold() throws {
    func run(_ name: String, _ configuration: OrderedDictionary<String, String>) throws
      -> ReportedRun
    {
      ReportedRun(
        name: name, configuration: configuration, history: try RunHistory(Self.log), test: nil)
    }
    let runs = [
      try run("a", ["seed": "1", "old": "x"]), try run("b", ["seed": "1", "new": "y"]),
    ]
    #expect(report(runs).html().contains("<td>old not set, new y</td>"))
  }

  @Test func withoutAModelTheLogStillSpeaks() throws {
    let run = ReportedRun(
      name: "bare", configuration: ["seed": "1"], history: try RunHistory(Self.log), test: nil)
    let html = RunReport(
      runs: [run], distribution: nil, trainingCounts: [], map: nil,
      absent: ["test scores: no model"], program: "taco-dist"
    ).html()
    #expect(html.contains("Validation scores") && html.contains("test scores: no model"))
    #expect(!html.contains("Confusion matrix"))
    #expect(html.contains("<b>60.00</b>"))
  }
}

private final class TextReader: NSObject, XMLParserDelegate {
  private(set) var text = ""
  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
