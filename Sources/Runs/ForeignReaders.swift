internal import EmotionData
internal import Encoders
internal import Foundation
internal import Training

/// What other programs read of a model folder, so that they use the encoder as it was trained.
struct ForeignReaders {
  let folder: ModelFolder

  /// The contents of `config.json`: the encoder, and the labels as transformers' classes call them.
  func configuration() throws -> Data {
    let encoder = try folder.model.encoder.configuration.json()
    guard var fields = try JSONSerialization.jsonObject(with: encoder) as? [String: Any] else {
      return encoder
    }
    let names = folder.labels.names
    fields["id2label"] = Dictionary(
      uniqueKeysWithValues: names.enumerated().map { ("\($0)", $1) })
    fields["label2id"] = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return try JSONSerialization.data(
      withJSONObject: fields, options: [.prettyPrinted, .sortedKeys])
  }

  /// Writes what sentence-transformers reads: without `modules.json` it would take the mean of the tokens,
  /// whatever the model was trained on.
  ///
  /// - Parameter place: The folder being filled.
  /// - Throws: When a file cannot be written.
  func writeModules(to place: URL) throws {
    func write(_ object: Any, _ name: String) throws {
      let options: JSONSerialization.WritingOptions = [
        .prettyPrinted, .sortedKeys, .withoutEscapingSlashes,
      ]
      try JSONSerialization.data(withJSONObject: object, options: options)
        .write(to: place.appendingPathComponent(name))
    }
    func module(_ index: Int, _ path: String, _ type: String) -> [String: Any] {
      [
        "idx": index, "name": "\(index)", "path": path,
        "type": "sentence_transformers.models.\(type)",
      ]
    }
    try write(
      [module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling")], "modules.json")
    let configuration = folder.model.encoder.configuration
    try write(
      [
        "do_lower_case": false,
        "max_seq_length": min(folder.settings.maximumLength, configuration.maximumLength),
      ], "sentence_bert_config.json")
    try FileManager.default.createDirectory(
      at: place.appendingPathComponent("1_Pooling"), withIntermediateDirectories: false)
    let pooling = folder.settings.pooling
    var fields: [String: Any] = [
      "word_embedding_dimension": configuration.hiddenSize,
      "pooling_mode_cls_token": pooling == .first, "pooling_mode_mean_tokens": pooling == .mean,
      "pooling_mode_max_tokens": false, "pooling_mode_mean_sqrt_len_tokens": false,
    ]
    if pooling == .last { fields["pooling_mode_lasttoken"] = true }
    try write(fields, "1_Pooling/config.json")
  }
}
