import Runs

/// What has changed since the run that is resumed was started.
struct ChangedInput {
  /// Sentences.
  let texts: [String]
  /// Whether scores so far say nothing any more.
  let forgetsScores: Bool

  /// Whether the model's labels are not these.
  let hasOtherLabels: Bool

  /// Compares; nil where nothing has changed, or nothing is known.
  init?(_ now: Fingerprints, since before: Fingerprints?) {
    let changes = before.map { now.changes(since: $0, "when the run was started") } ?? []
    guard !changes.isEmpty else { return nil }
    texts = changes.map(\.text)
    hasOtherLabels = changes.contains { $0.name == Fingerprints.Name.labels }
    forgetsScores =
      hasOtherLabels || changes.contains { $0.name == Fingerprints.Name.validation }
  }

  /// The error where a run with other labels has come to its end.
  func nothingLeft(_ folder: String) -> DataProblem {
    DataProblem(
      "--accept-changed-data: the run in \(folder) is finished: nothing is left to train with other labels:\n  "
        + texts.joined(separator: "\n  ")
        + "\nNothing was touched: bring the old labels back, or start a new run in another --output."
    )
  }

  /// The error for those who have not accepted the changes.
  func problem(_ folder: String) -> DataProblem {
    DataProblem(
      "--resume: the run in \(folder) was started with other input:\n  "
        + texts.joined(separator: "\n  ")
        + "\nBring the old input back, start a new run in another --output, or give "
        + "--accept-changed-data to go on with the new input.")
  }
}
