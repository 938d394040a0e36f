/// About a thousand utterances over the 27 GoEmotions labels, written for this project in the way
/// people write in comments and chats, and long-tailed as real data is.
///
/// Each part is a resource of one `label|utterance` a line, compiled in: the program needs no file at run time.
enum SampleCorpus {
  static func split(_ name: String, _ bytes: [UInt8], _ labels: LabelSet) -> DataSplit {
    let examples = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap {
      line -> Example? in
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
    train: SampleCorpus.split("train", PackageResources.sample_train_txt, .goEmotions),
    validation: SampleCorpus.split(
      "validation", PackageResources.sample_validation_txt, .goEmotions),
    test: SampleCorpus.split("test", PackageResources.sample_test_txt, .goEmotions))
}
