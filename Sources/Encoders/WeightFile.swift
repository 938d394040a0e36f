public import Foundation
internal import Safetensors
public import Tensors

/// Pre-trained weights in a `model.safetensors`, found under the names that model classes give them.
///
/// A class prefix (`bert.`) or none, the older norm names `gamma` and `beta`, poolers, `position_ids`
/// and language-model heads are tolerated; a parameter that is missing or of another shape is not.
public struct WeightFile: Sendable {
  private let file: SafetensorsFile
  private let url: URL
  private let prefix: String

  /// Opens the weights of a model folder.
  ///
  /// - Parameters:
  ///   - folder: A Hugging Face model folder.
  ///   - family: Decides the class prefix.
  /// - Throws: `EncoderError` when there are none, or what `SafetensorsFile` finds wrong.
  public init(folder: URL, family: EncoderFamily) throws {
    url = folder.appendingPathComponent("model.safetensors")
    guard FileManager.default.fileExists(atPath: url.path) else {
      let other = folder.appendingPathComponent("pytorch_model.bin")
      let hint =
        FileManager.default.fileExists(atPath: other.path)
        ? "There is a pytorch_model.bin: open the folder with transformers and save it with "
          + "save_pretrained(..., safe_serialization=True)."
        : "A model folder holds config.json and model.safetensors."
      throw EncoderError("\(url.path): no such file. \(hint)")
    }
    let file = try SafetensorsFile(contentsOf: url)
    let probe = "embeddings.word_embeddings.weight"
    let prefixes = ["", "\(family.rawValue).", "model.", "encoder."]
    guard let prefix = prefixes.first(where: { file[$0 + probe] != nil }) else {
      throw EncoderError(
        "\(url.path): no tensor '\(probe)', with or without the prefix '\(family.rawValue).'. "
          + "This is not a \(family.rawValue) encoder.")
    }
    self.file = file
    self.prefix = prefix
  }

  /// The rows of the word embeddings in the file.
  public func wordCount() throws -> Int {
    try file.tensor(prefix + "embeddings.word_embeddings.weight").shape.first ?? 0
  }

  /// Checks that every encoder parameter is there with its shape, before memory is taken for any.
  ///
  /// - Parameter layout: The places; names that start with `heads.` are not looked for.
  /// - Throws: `EncoderError` that names the tensor that is missing or of another shape.
  public func check(_ layout: ParameterLayout) throws {
    for entry in layout.entries where !entry.name.hasPrefix("heads.") { _ = try tensor(entry) }
  }

  /// Copies every encoder parameter into its place; parameters of other parts stay.
  ///
  /// Word embeddings may have more rows in the layout than in the file: those of added tokens,
  /// which get starting values.
  ///
  /// - Parameters:
  ///   - layout: The places; names that start with `heads.` are not looked for.
  ///   - parameters: The flat buffer.
  ///   - seed: Starting values of added tokens depend on it.
  /// - Throws: `EncoderError` that names the tensor that is missing or of another shape.
  public func load(_ layout: ParameterLayout, into parameters: Vector, seed: UInt64) throws {
    for (index, entry) in layout.entries.enumerated() where !entry.name.hasPrefix("heads.") {
      let tensor = try tensor(entry)
      var values = parameters[entry.range]
      if tensor.shape != entry.shape {
        let known = tensor.shape[0] * tensor.shape[1]
        layout.initialize(entry, values, from: known, seed: seed, stream: UInt32(index))
        values = values[0..<known]
      }
      try tensor.copyFloats(into: values.buffer)
    }
  }

  /// A parameter's tensor; of the words it may have fewer rows.
  private func tensor(_ entry: ParameterLayout.Entry) throws -> TensorView {
    let tensor = try find(entry)
    guard tensor.shape != entry.shape else { return tensor }
    let isWords = entry.name == "embeddings.word_embeddings.weight"
    guard isWords, tensor.shape.count == 2, tensor.shape[1] == entry.shape[1],
      tensor.shape[0] < entry.shape[0]
    else {
      throw EncoderError(
        "\(url.path): tensor '\(tensor.name)' has shape \(tensor.shape), "
          + "expected \(entry.shape) from config.json.")
    }
    return tensor
  }

  private func find(_ entry: ParameterLayout.Entry) throws -> TensorView {
    if let tensor = file[prefix + entry.name] { return tensor }
    let older = entry.name
      .replacingOccurrences(of: "LayerNorm.weight", with: "LayerNorm.gamma")
      .replacingOccurrences(of: "LayerNorm.bias", with: "LayerNorm.beta")
    if let tensor = file[prefix + older] { return tensor }
    throw EncoderError(
      "\(url.path): tensor '\(prefix + entry.name)' is missing. The file and config.json do not "
        + "belong together, or the file is incomplete.")
  }
}
