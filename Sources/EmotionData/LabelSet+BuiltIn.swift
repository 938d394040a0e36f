extension LabelSet {
  /// The names that `named(_:)` knows.
  public static var builtInNames: [String] { builtIn.map(\.name) }

  /// A built-in set: `goemotions` (27 labels), `empathetic-dialogues` (32), `empathetic-intents` (41)
  /// or `edos` (41); nil for other names.
  public static func named(_ name: String) -> LabelSet? {
    builtIn.first { $0.name == name }?.labels
  }

  private static let builtIn: [(name: String, labels: LabelSet)] = [
    ("goemotions", goEmotions),
    ("empathetic-dialogues", empatheticDialogues),
    ("empathetic-intents", empatheticIntents),
    ("edos", edos),
  ]

  /// Reads `name: description` entries, in id order; lines that start with blanks continue an entry.
  init(builtIn text: String) {
    var names: [String] = []
    var descriptions: [String] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix(" "), let last = descriptions.indices.last {
        descriptions[last] += line
      } else {
        let parts = line.split(separator: ": ", maxSplits: 1)
        names.append(parts.first.map(String.init) ?? "")
        descriptions.append(parts.count > 1 ? String(parts[1]) : "")
      }
    }
    self.init(trusted: names, descriptions)
  }
}
