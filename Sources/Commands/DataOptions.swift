import ArgumentParser
import EmotionData
import Foundation
import ObjectiveCatalogue
import Objectives
import Settings
import Training

extension DataSetFormat: ExpressibleByArgument {}
extension DataFormat: ExpressibleByArgument {
  /// The form, or another ending of files of that form.
  public init?(argument: String) {
    let name = argument.lowercased()
    self.init(rawValue: ["json", "ndjson"].contains(name) ? "jsonl" : name)
  }
}
extension LabelKind: ExpressibleByArgument {}
extension QuoteReading: ExpressibleByArgument {}

/// Where texts and labels come from.
struct DataOptions: ParsableArguments {
  @Option(
    help: """
      A built-in label set (goemotions, empathetic-dialogues, empathetic-intents, edos) or a JSON or \
      YAML map from name to description, in id order; id2label and label2id maps are recognised. \
      (default: that of the format, if it has one)
      """, transform: Path.parse)
  var labels: Path?

  @OptionGroup var rows: RowOptions

  @Option(
    help: """
      How the data is written: csv (named columns; .tsv, .jsonl and .json as well), or as one of the releases \
      goemotions, empathetic-intents, edos; auto looks at the files.
      """)
  var format = DataSetFormat.auto

  @Option(
    help: """
      The column of a second view of each training text, its words put in another way, for an objective that reads \
      two; '' for none: the text once more, with other dropout. (default: aug_text where the file has it)
      """)
  var viewColumn: String?

  func validate() throws {
    try rows.dialogue.requireDialogues()
    guard let viewColumn, !viewColumn.isEmpty else { return }
    try rows.dialogue.requireOther(
      than: [
        "--text-column": rows.textColumn, "--label-column": rows.labelColumn,
        "--view-column": viewColumn,
      ])
    for (option, column) in [
      ("--text-column", rows.textColumn), ("--label-column", rows.labelColumn),
    ] where column == viewColumn {
      throw ValidationError(
        "\(option) and --view-column are both '\(column)'; name a column each.")
    }
  }

  /// How files are read: of those with second views the column that is given.
  var reading: ReadingOptions { reading(views: false) }

  /// How files are read.
  ///
  /// - Parameter readsViews: Whether second views are looked for where no column is given.
  /// - Returns: The options of the readers.
  func reading(views readsViews: Bool) -> ReadingOptions {
    var options = rows.reading(format)
    options.columns.view =
      viewColumn.map { $0.isEmpty ? nil : ViewColumn($0, isRequired: true) }
      ?? (readsViews ? .usual : nil)
    return options
  }

  /// Refuses a column of second views for an objective that reads none.
  ///
  /// - Throws: `DataProblem`.
  func requireViews(of settings: TrainingSettings) throws {
    guard let viewColumn, !settings.readsViews else { return }
    throw DataProblem(
      SettingError(
        "view-column", is: "'\(viewColumn)'",
        wanted: "nothing: the objective \(settings.objective.name) reads no second views"))
  }

  /// Says what the second views are, for an objective that reads them.
  func viewNote(_ settings: TrainingSettings, _ examples: some Collection<Example>) -> String? {
    guard settings.readsViews else { return nil }
    let count = examples.count { $0.view != nil }
    guard count > 0 else {
      return settings.usesDropout
        ? "second views: none in the data; every text is read twice, with other dropout"
        : "second views: none in the data; without dropout both readings of a text are the same"
    }
    let column = viewColumn ?? ViewColumn.usual.name
    let rest = examples.count - count
    let others =
      rest == 0
      ? ""
      : settings.usesDropout
        ? "; the other \(rest) are read twice, with other dropout"
        : "; both readings of the other \(rest) are the same, without dropout"
    return
      "second views: column '\(visible(column))', \(count) of \(examples.count) training texts\(others)"
  }

  /// The format of a file or folder; without one, that of the sample corpus.
  func resolvedFormat(of data: String?) throws -> DataSetFormat {
    guard let data else { return .csv }
    return try format.resolved(for: Path.parse(data).url, columns: rows.columns)
  }

  /// The files that are read: those of the data folder and that of `--labels`.
  func files(of folder: String?) -> [String?] {
    let files = folder.map {
      DataSet.files(mayBeReadIn: URL(fileURLWithPath: $0), rows.files.inputFormat)
    }
    return (files ?? []).map(\.path) + [labels?.text]
  }

  /// What `--labels` says, or else the name of the label set that the data implies, if any.
  func labelName(for data: String?) -> String? {
    labels?.text ?? (data == nil ? "goemotions" : try? resolvedFormat(of: data).labelSetName)
  }

  /// The label set of that name; `noticed` takes warnings.
  func labelSet(for data: String?, noticed: RowRejection? = nil) throws -> LabelSet {
    guard let name = try labels?.text ?? resolvedFormat(of: data).labelSetName else {
      throw DataProblem(
        "--labels is missing: give \(LabelSet.builtInNames.joined(separator: ", ")) or a JSON or "
          + "YAML map from name to description.", code: ExitStatus.usage)
    }
    if let set = LabelSet.named(name) { return set }
    guard FileManager.default.fileExists(atPath: name) else {
      throw DataProblem(
        "--labels \(name): no built-in label set and no file of that name. Built in: "
          + LabelSet.builtInNames.joined(separator: ", ") + ".")
    }
    return try LabelSet(contentsOf: URL(fileURLWithPath: name), noticed: noticed)
  }

  /// The data set in a folder, or the sample corpus, with `views` second views too; `rejected` takes rows that cannot be used, `noticed`
  /// warnings.
  func dataSet(
    _ folder: String?, views: Bool = false, rejected: RowRejection? = nil,
    noticed: RowRejection? = nil
  ) throws -> DataSet {
    guard let folder else {
      guard viewColumn?.isEmpty ?? true else {
        throw DataProblem(
          "--view-column \(viewColumn ?? ""): the sample corpus has no second views. Leave it out.",
          code: ExitStatus.usage)
      }
      guard labels == nil || labels?.text == "goemotions" else {
        throw DataProblem(
          "--labels \(labels?.text ?? ""): the sample corpus has the labels of goemotions. Give a data "
            + "folder with labels of your own.", code: ExitStatus.usage)
      }
      return .sample
    }
    return try DataSet(
      folder: Path.parse(folder).url, labels: labelSet(for: folder, noticed: noticed),
      reading(views: views), rejected: rejected, noticed: noticed)
  }
}

/// Where text and label stand in rows, and how rows are written.
struct RowOptions: ParsableArguments {
  @Option(help: "The column that holds the text; without a header its place, 0 for the first.")
  var textColumn = "text"

  @Option(help: "The column that holds the label, as id or name; without a header its place.")
  var labelColumn = "label"

  @OptionGroup var dialogue: DialogueOptions

  @Option(help: "What the labels are; auto decides once a file, and refuses what may be both.")
  var labelKind = LabelKind.auto

  @OptionGroup var files: FileOptions

  func validate() throws {
    guard textColumn != labelColumn else {
      throw ValidationError(
        "--text-column and --label-column are both '\(textColumn)'; name a column each.")
    }
    try dialogue.requireOther(than: ["--text-column": textColumn, "--label-column": labelColumn])
  }

  var columns: ColumnNames { columns(nil) }

  private func columns(_ model: DialogueColumns?) -> ColumnNames {
    ColumnNames(text: textColumn, label: labelColumn, dialogue: dialogue.columns(model))
  }

  /// How files are read; `model` are the columns of the model that is used.
  func reading(
    _ format: DataSetFormat = .auto, model: DialogueColumns? = nil
  ) -> ReadingOptions {
    ReadingOptions(
      columns: columns(model), format: format, form: files.inputFormat, labelKind: labelKind,
      quotes: files.quotes)
  }
}

/// How files of utterances are written.
struct FileOptions: ParsableArguments {
  @Option(
    help:
      "How files are written, whatever their names end in: csv, tsv, jsonl or txt. (default: by the ending)"
  )
  var inputFormat: DataFormat?

  @Option(
    help: """
      What double quotes mean in .csv and .tsv files: enclosing fields, plain characters, or auto: enclosing, \
      but a .tsv field with a tab or line end is refused.
      """)
  var quotes = QuoteReading.auto
}

/// Gathers warnings about data, to be told one line a cause.
final class DataNotices {
  private var problems = DataProblems()

  /// Takes a warning.
  func take(_ notice: DataError) { problems.add(notice) }

  /// The warnings, one a cause.
  var groups: [DataProblems.Group] { problems.groups }

  /// Tells them.
  func tell() { for group in groups { printError("warning: \(group)") } }
}
