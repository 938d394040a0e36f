import EmotionData
import Foundation
import Objectives
import Settings
import Training

extension TrainingSettings {
  /// What the objective's constant tables hold, made from its settings and the labels; collective with `input`.
  ///
  /// - Parameters:
  ///   - labels: The labels.
  ///   - input: Where this rank reads files; nil for its own disk.
  /// - Returns: The tables, in their order; none where the objective has none.
  /// - Throws: `DataProblem` for a setting that lacks, `ObjectiveError` or `DataError` for a file that cannot be used.
  func tables(of labels: LabelSet, _ input: BroadcastInput? = nil) throws -> [[Float]] {
    do {
      return try objective.settings.contents(labels: labels.names) { path in
        let file = Path(stringLiteral: path)
        return try FileContents.read(try input?.path(file).text ?? file.text)
      }
    } catch let error as SettingError {
      throw DataProblem(error)
    }
  }
}
