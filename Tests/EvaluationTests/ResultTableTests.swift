import Evaluation
import Testing

@Suite struct ResultTableTests {
  private let table = ResultTable([
    .init(
      group: "goemotions", name: "TACO",
      scores: [.accuracy: [0.6, 0.62], .weightedF1: [0.5, 0.5], .macroF1: [0.4, 0.41]]),
    .init(
      group: "a_b & c", name: "TACO",
      scores: [.accuracy: [0.7], .weightedF1: [0.6], .macroF1: [0.5]]),
    .init(
      group: "goemotions", name: "w/o LDL",
      scores: [.accuracy: [0.59, 0.61], .weightedF1: [0.52, 0.5], .macroF1: [0.3, 0.5]]),
  ])

  @Test func text() {
    #expect(
      table.text(.text) == """
                 runs  accuracy       weighted-F1    macro-F1
        goemotions
        TACO     2     61.00 \u{B1} 1.41*  50.00 \u{B1} 0.00   40.50 \u{B1} 0.71*
        w/o LDL  2     60.00 \u{B1} 1.41   51.00 \u{B1} 1.41*  40.00 \u{B1} 14.14
        a_b & c
        TACO     1     70.00          60.00          50.00
        in percent; mean \u{B1} sample standard deviation over runs; * best of its group

        """)
  }

  @Test func latex() {
    #expect(
      table.text(.latex) == #"""
        \begin{tabular}{lrrrr}
        \toprule
         & runs & accuracy & weighted-F1 & macro-F1 \\
        \midrule
        \multicolumn{5}{l}{\emph{goemotions}} \\
        TACO & 2 & $\mathbf{61.00}_{1.41}$ & $50.00_{0.00}$ & $\mathbf{40.50}_{0.71}$ \\
        w/o LDL & 2 & $60.00_{1.41}$ & $\mathbf{51.00}_{1.41}$ & $40.00_{14.14}$ \\
        \midrule
        \multicolumn{5}{l}{\emph{a\_b \& c}} \\
        TACO & 1 & $70.00$ & $60.00$ & $50.00$ \\
        \bottomrule
        \end{tabular}

        """#)
  }

  @Test func markdownAndCSV() {
    let single = ResultTable(
      [
        .init(
          name: "a|b, c", scores: [.accuracy: [0.5], .weightedF1: [0.25], .macroF1: []],
          intervals: [.accuracy: 0.25...0.75], comparison: "p 0.5")
      ], comparisonTitle: "against x")
    #expect(
      single.text(.markdown) == """
        |  | runs | accuracy | weighted-F1 | macro-F1 | against x |
        |---|---:|---:|---:|---:|---:|
        | a\\|b, c | 1 | 50.00 [25.00, 75.00] | 25.00 |  | p 0.5 |

        """)
    #expect(
      single.text(.csv) == """
        group,name,runs,accuracy,accuracy_std,accuracy_low,accuracy_high,weighted_f1,\
        weighted_f1_std,weighted_f1_low,weighted_f1_high,macro_f1,macro_f1_std,macro_f1_low,\
        macro_f1_high,against x
        ,"a|b, c",1,0.5,,0.25,0.75,0.25,,,,,,,,p 0.5

        """)
  }
}
