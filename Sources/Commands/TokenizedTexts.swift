import EmotionData
import Training

extension TokenizedData {
  /// The token sequences of a data set.
  init(_ data: DataSet, _ sequences: SequenceBuilder, threads: Int) {
    func split(_ split: DataSplit, views: [[Int32]] = []) -> Split {
      Split(
        sequences: sequences.utterances(split.examples.map(\.utterance), threads: threads),
        targets: split.examples.map(\.label), views: views)
    }
    self.init(
      labels: sequences.labels(data.labels), pairs: sequences.pairs(data.labels),
      labelNames: data.labels.names,
      train: split(data.train, views: sequences.views(data.train.examples, threads: threads)),
      validation: split(data.validation), test: data.test.map { split($0) })
  }
}
