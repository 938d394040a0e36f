import ArgumentParser
import Evaluation

/// Whether CSV is made safe for spreadsheets.
struct FormulaOptions: ParsableArguments {
  @Flag(
    help: """
      Put an apostrophe before texts in CSV that start with =, +, -, @, a tab or a carriage return: \
      spreadsheets would compute them.
      """)
  var escapeFormulas = false

  /// A text as it is to stand in CSV, before it gets quotes.
  func safe(_ text: String) -> String { escapeFormulas ? formulaSafe(text) : text }
}
