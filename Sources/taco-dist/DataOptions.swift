import ArgumentParser
import EmotionData
import Foundation

extension DataSetFormat: ExpressibleByArgument {}

/// Where texts and labels come from.
struct DataOptions: ParsableArguments {
  @Option(
    help: """
      A built-in label set (goemotions, empathetic-dialogues, empathetic-intents, edos) or a JSON or \
      YAML map from name to description, in id order. (default: that of the format, if it has one)
      """, transform: Path.parse)
  var labels: Path?

  @Option(help: "The column that holds the text.")
  var textColumn = "text"

  @Option(help: "The column that holds the label, as id or name.")
  var labelColumn = "label"

  @Option(
    help: """
      How the data is written: csv (named columns; .tsv and .jsonl as well), or as one of the releases \
      goemotions, empathetic-intents, edos; auto looks at the files.
      """)
  var format = DataSetFormat.auto

  var columns: ColumnNames { ColumnNames(text: textColumn, label: labelColumn) }

  /// The format of a file or folder; without one, that of the sample corpus.
  func resolvedFormat(of data: String?) throws -> DataSetFormat {
    guard let data else { return .csv }
    return try format.resolved(for: Path.parse(data).url, columns: columns)
  }

  /// What `--labels` says, or else the name of the label set that the data implies, if any.
  func labelName(for data: String?) -> String? {
    labels?.text ?? (data == nil ? "goemotions" : try? resolvedFormat(of: data).labelSetName)
  }

  /// The label set of that name.
  func labelSet(for data: String?) throws -> LabelSet {
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
    return try LabelSet(contentsOf: URL(fileURLWithPath: name))
  }

  /// The data set in a folder, or the sample corpus; `rejected` takes rows that cannot be used.
  func dataSet(_ folder: String?, rejected: RowRejection? = nil) throws -> DataSet {
    guard let folder else {
      guard labels == nil || labels?.text == "goemotions" else {
        throw DataProblem(
          "--labels \(labels?.text ?? ""): the sample corpus has the labels of goemotions. Give a data "
            + "folder with labels of your own.", code: ExitStatus.usage)
      }
      return .sample
    }
    return try DataSet(
      folder: Path.parse(folder).url, labels: labelSet(for: folder), columns: columns,
      format: format, rejected: rejected)
  }
}
