import EmotionData
import Foundation
import MessagePassing
import Objectives
import Runs
import Settings
import Training

extension TrainingSettings {
  /// What the objective's constant tables are made of, from its settings and the labels; collective with `input`.
  ///
  /// - Parameters:
  ///   - labels: The labels.
  ///   - input: Where this rank reads files; nil for its own disk.
  /// - Returns: Their source; nil where the objective has none.
  /// - Throws: `DataProblem` for a setting that lacks, `ObjectiveError` or `DataError` for a file that cannot be used.
  func tableSource(of labels: LabelSet, _ input: BroadcastInput? = nil) throws -> TableSource? {
    do {
      return try objective.settings.tables(labels: labels.names) { path in
        let file = Path(stringLiteral: path)
        return try FileContents.read(try input?.path(file).text ?? file.text)
      }
    } catch let error as SettingError {
      throw DataProblem(error)
    }
  }

  /// The objective's constant tables, made; none where it has none.
  func tables(of labels: LabelSet) throws -> [[Float]] {
    try tableSource(of: labels)?.make() ?? []
  }
}

/// A signal before the first step, when nothing can be lost.
struct EarlyInterruption: Error, CustomStringConvertible {
  let description =
    "ended by a signal before the first step of this start: nothing is lost."
}

extension Session {
  /// An objective's constant tables as the run has kept them, or made; collective.
  ///
  /// - Parameters:
  ///   - source: What they are made of; nil where the objective has none.
  ///   - tables: Their names and shapes.
  ///   - folder: The run folder, on rank 0.
  /// - Returns: The tables, in their order, each row by row.
  /// - Throws: `EarlyInterruption` after a signal.
  func tables(
    _ source: TableSource?, _ tables: [OwnTable], in folder: RunFolder?
  ) throws -> [[Float]] {
    guard let source else { return [] }
    begin("making the objective's tables")
    let kept = folder?.keptTables(source, tables)
    guard try ranks.broadcast([Int64(kept == nil ? 0 : 1)]) == [1] else {
      return try source.make {
        if Interruption.received != 0 { throw EarlyInterruption() }
      }
    }
    var values = try ranks.broadcast(kept.map { Array($0.joined()) } ?? [])[...]
    return tables.map { table in
      let own = values.prefix(table.rows * table.columns)
      values = values.dropFirst(own.count)
      return Array(own)
    }
  }
}
