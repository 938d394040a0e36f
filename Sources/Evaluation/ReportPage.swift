/// What stands on a report's page; the templates in `Resources` say how it looks.
///
/// One file, no script, no outside resource, light and dark. Parts that would be empty are nil and left out.
struct ReportPage {
  let name: String
  let facts: String
  let tiles: [Tile]
  let absent: [String]
  let sections: [Section]
  let program: String

  /// A score in large type.
  struct Tile {
    let title: String
    let value: String
    let note: String
  }

  /// A heading, a sentence on how to read it, and what stands below.
  struct Section {
    let title: String
    let note: [Inline]
    let parts: [Part]

    init?(_ title: String, _ note: Inline..., parts: [Part?]) {
      (self.title, self.note, self.parts) = (title, note, parts.compactMap { $0 })
      if self.parts.isEmpty { return nil }
    }
  }

  /// A block of a section.
  enum Part {
    case grid(Grid)
    case wide(Figure)
    case table(Table)
    case details(Details)

    /// Pictures side by side where there is room.
    static func grid(_ figures: [Figure?]) -> Part? {
      let figures = figures.compactMap { $0 }
      return figures.isEmpty ? nil : .grid(Grid(figures: figures))
    }

    static func wide(_ figure: Figure?) -> Part? { figure.map { .wide($0) } }

    /// A part that a reader opens and closes.
    static func details(_ title: String, _ part: Part?, isOpen: Bool = false) -> Part? {
      part.map { .details(Details(title: title, isOpen: isOpen, parts: [$0])) }
    }

    /// Columns in `numeric` stand to the right.
    ///
    /// A table with quotations `stacks` on a phone: each quotation gets the whole width.
    static func table(
      _ header: [String], _ rows: [[Inline]], numeric: Set<Int> = [], stacks: Bool = false
    ) -> Part? {
      guard !rows.isEmpty else { return nil }
      func cells(_ contents: [Inline]) -> [Cell] {
        contents.enumerated().map { Cell(content: $1, isNumeric: numeric.contains($0)) }
      }
      return .table(
        Table(header: cells(header.map { .text($0) }), rows: rows.map(cells), stacks: stacks))
    }
  }

  struct Grid {
    let figures: [Figure]
  }

  struct Details {
    let title: String
    let isOpen: Bool
    let parts: [Part]
  }

  struct Table {
    let header: [Cell]
    let rows: [[Cell]]
    let stacks: Bool
  }

  struct Cell {
    let content: Inline
    let isNumeric: Bool
  }

  /// What stands within a line.
  enum Inline: ExpressibleByStringInterpolation {
    case text(String)
    case code(String)
    case label(Label)
    /// Utterances, one below the other.
    case quotations([String])
    case guesses([Guess])

    init(stringLiteral text: String) { self = .text(text) }

    static func label(_ name: String) -> Inline { .label(Label(name)) }
  }

  /// A label's name: short, with all of it where one points at it.
  struct Label {
    let shown: String
    let whole: String?

    init(_ name: String) {
      shown = short(name, 40)
      whole = shown == name ? nil : name
    }
  }

  /// One of a model's best labels.
  struct Guess {
    let kind: String
    let mark: String
    let label: Label
    let percent: String

    init(_ name: String, share: Double, isRight: Bool) {
      (kind, mark) = isRight ? ("right", "\u{2713} ") : ("wrong", "")
      label = Label(name)
      percent = wholePercent(share)
    }
  }

  /// A picture under its caption.
  struct Figure {
    /// A swatch and a name.
    struct Series {
      let style: String
      let name: String
    }

    let caption: String
    /// The first series first; empty for one alone.
    let legend: [Series]
    let picture: Picture

    init?(_ caption: String, _ picture: Picture?, legend names: [String] = []) {
      guard let picture else { return nil }
      (self.caption, self.picture) = (caption, picture)
      legend =
        names.count > 1 ? names.enumerated().map { Series(style: "s\($0 % 8)", name: $1) } : []
    }
  }
}
