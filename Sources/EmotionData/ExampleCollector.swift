/// The rows of one labelled file, their labels not yet read as ids or names, and how many rows its release
/// leaves out.
struct ExampleCollector {
  let labels: LabelSet
  /// Takes what is wrong with the rows.
  let rejected: RowRejection
  let noticed: RowRejection?
  let name: String
  private var rows: [(turn: Int, line: Int, label: Int, view: String?)] = []
  /// The rows whose second view is blank.
  private var blankViews = 0
  /// All rows, those that are left out too: others may be read with them.
  private var dialogues: DialogueCollector
  private(set) var fields = LabelFields()
  private(set) var omitted: [Omission: Int] = [:]
  /// Whether workers labelled the file, in a release that has other files as well.
  private(set) var isLabelledByWorkers = false
  private var isRelease = false
  /// What the labels are where options or the release say it.
  private var kind: LabelKind

  /// Reads a file; what is wrong with it goes to `rejected`.
  init(
    _ place: Place, _ labels: LabelSet, _ options: ReadingOptions,
    rejected: @escaping RowRejection, noticed: RowRejection? = nil
  ) throws(DataError) {
    var problems = 0
    let counted = { (error: DataError) in
      problems += 1
      rejected(error)
    }
    (self.labels, self.rejected, self.noticed, name) = (labels, counted, noticed, place.name)
    kind = options.labelKind
    dialogues = DialogueCollector(place.name, options.columns.dialogue)
    try sift(counted) { () throws(DataError) in
      try read(place, options)
      try tellOmissions(options.format, isSound: problems == 0)
    }
  }

  /// Warns of rows with several labels, which a release leaves out on purpose, and refuses a file of which no row is
  /// left.
  private func tellOmissions(_ format: DataSetFormat, isSound: Bool) throws(DataError) {
    if rows.isEmpty, isSound, format != .edos {
      let reasons = omitted.sorted { $0.key.rawValue < $1.key.rawValue }
        .map { "\($0.value) (\($0.key.rawValue))" }.joined(separator: ", ")
      throw DataError(
        name,
        reasons.isEmpty
          ? "no rows; nothing to read"
          : "no row is left; left out: \(reasons); one label a row is wanted")
    }
    if let count = omitted[.unlabelled] {
      noticed?(
        DataError(
          name,
          "\(count) row\(count == 1 ? " has" : "s have") no label; read as context of others alone"
        ))
    }
    if blankViews > 0 {
      noticed?(
        DataError(
          name,
          "\(blankViews) row\(blankViews == 1 ? " has" : "s have") no second view in its column; the text is read again "
            + "with other dropout"))
    }
    if !isRelease, let count = omitted[.severalLabels] {
      noticed?(
        DataError(
          name,
          "\(count) row\(count == 1 ? " has" : "s have") several labels; left out, for one label a row is wanted"
        ))
    }
  }

  private mutating func read(_ place: Place, _ options: ReadingOptions) throws(DataError) {
    let format = options.format
    if format == .csv || format == .auto, options.form == nil, place.ending != "txt" {
      // Before a file is read that nobody can read.
      _ = try place.form(options)
    }
    let source = try place.source()
    let ending = options.form?.rawValue ?? place.ending
    let found =
      format == .auto ? .ofText(source, ending: ending, options.columns) : format
    isRelease = found.labelSetName != nil
    guard !isRelease || options.columns.dialogue.isEmpty else {
      throw DataError(
        name,
        "a file of the release \(found.rawValue) has no columns of speakers, dialogues or turns; leave "
          + "their options out, or give --format csv")
    }
    guard !isRelease || options.columns.view?.isRequired != true else {
      throw DataError(
        name,
        "a file of the release \(found.rawValue) has no column of second views; leave --view-column out, or give "
          + "--format csv")
    }
    switch found {
    case .auto, .csv:
      let form = try place.form(options)
      guard form != .txt else {
        throw DataError(name, "a .txt file holds no labels; .csv, .tsv or .jsonl is wanted")
      }
      let labels = labels
      try forEachRecord(
        of: source, form, options,
        RecordWishes(
          isLabelled: true,
          mayBeLabel: { labels.id(name: $0) != nil || labels.id(number: $0) != nil },
          rejected: rejected, noticed: noticed)
      ) { (record) throws(DataError) in try add(record) }
    case .goEmotions:
      kind = .id
      try GoEmotionsRelease.read(source, options.quotes, into: &self)
    case .empatheticIntents:
      kind = .id
      try EmpatheticIntentsRelease.read(source, into: &self)
    case .edos:
      kind = .name
      isLabelledByWorkers = EDOSRelease.isLabelledByWorkers(source)
      try EDOSRelease.read(source, into: &self)
    }
  }

  /// Judges a row and keeps it.
  mutating func add(_ record: Record) throws(DataError) {
    if record.isBlank { return omit(.blank) }
    let turn = try dialogues.add(record)
    var label = record.label
    if case .list(let entries) = label {
      guard entries.count < 2 else { return omit(.severalLabels) }
      label = entries.first.map { .text($0) } ?? .missing("is an empty list")
      if isNeutral(entries) { return omit(.neutral) }
    }
    switch label {
    case .missing(let how):
      if dialogues.readsDialogues { return omit(.unlabelled) }
      throw DataError(name, line: record.line, "the label \(how); fill it in or delete the row")
    case .text(let field):
      guard !isBlank(record.text) else {
        throw DataError(name, line: record.line, "the text is empty; fill it in or delete the row")
      }
      let isBlankView = record.view.map(isBlank) ?? false
      blankViews += isBlankView ? 1 : 0
      rows.append(
        (turn, record.line, fields.add(field), isBlankView ? nil : record.view))
    case .list: break
    }
  }

  /// GoEmotions on the Hugging Face hub lists labels, 27 for neutral, which the paper leaves out.
  private func isNeutral(_ entries: [String]) -> Bool {
    guard let entry = entries.first, labels.id(of: "neutral") == nil,
      labels.names == LabelSet.named("goemotions")?.names
    else { return false }
    return LabelSet.wholeNumber(entry) == labels.count || entry.lowercased() == "neutral"
  }

  /// Counts a row that the release leaves out.
  mutating func omit(_ reason: Omission) { omitted[reason, default: 0] += 1 }

  // MARK: Labels

  /// What the labels are, as far as options, the release and the file alone tell.
  var decision: LabelFields.Decision {
    kind == .auto ? fields.decision(labels) : .certain(kind)
  }

  /// The split, with labels that are ids or names as the file alone, or else `others`, say.
  mutating func split(name: String, others: LabelKind? = nil) throws(DataError) -> DataSplit {
    let kind: LabelKind
    switch decision {
    case .certain(let decided): kind = decided
    case .ambiguous(let field):
      guard let others else {
        rejected(ambiguity(field))
        return DataSplit(name: name, examples: [])
      }
      kind = others
    }
    let ids = fields.resolved(labels, kind)
    let utterances = dialogues.utterances(rejected: rejected, noticed: noticed)
    var examples: [Example] = []
    examples.reserveCapacity(rows.count)
    for row in rows {
      switch ids[row.label] {
      case .success(let id):
        examples.append(Example(utterances[row.turn], label: id, view: row.view))
      case .failure(let problem):
        rejected(DataError(self.name, line: row.line, problem.text, cause: problem.cause))
      }
    }
    rows = []
    return DataSplit(name: name, examples: examples, labelKind: fields.values.isEmpty ? nil : kind)
  }

  private func ambiguity(_ field: String) -> DataError {
    let (name, id) = (labels.id(name: field) ?? 0, labels.id(number: field) ?? 0)
    return DataError(
      self.name,
      "the labels may be ids or names: \(DataError.excerpt(field)) is the name of label \(name), and the id "
        + "of label \(DataError.excerpt(labels.names[id])); say which with --label-kind id or --label-kind name"
    )
  }
}
