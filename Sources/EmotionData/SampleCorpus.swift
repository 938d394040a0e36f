/// About a thousand utterances over the 27 GoEmotions labels, written for this project in the way
/// people write in comments and chats, and long-tailed as real data is.
///
/// Each part is text of one `label|utterance` a line.
enum SampleCorpus {
  static func split(_ name: String, _ text: String, _ labels: LabelSet) -> DataSplit {
    let examples = text.split(separator: "\n").compactMap { line -> Example? in
      let parts = line.split(separator: "|", maxSplits: 1).map(String.init)
      guard parts.count == 2, let label = labels.id(of: parts[0]) else { return nil }
      return Example(text: parts[1], label: label)
    }
    return DataSplit(name: name, examples: examples)
  }
}

extension DataSet {
  /// The sample corpus: 1,004 utterances (702 / 151 / 151) with the `goemotions` labels, built in so
  /// that everything can be tried without data.
  public static let sample = DataSet(
    labels: .goEmotions,
    train: SampleCorpus.split("train", SampleCorpus.train, .goEmotions),
    validation: SampleCorpus.split("validation", SampleCorpus.validation, .goEmotions),
    test: SampleCorpus.split("test", SampleCorpus.test, .goEmotions))
}
