import Encoders
import Foundation
import Safetensors
import Tensors
import Testing

/// Small random encoders against transformers in double precision: every output, every gradient.
@Suite struct EncoderReferenceTests {
  static let folders = [
    "bert", "bert-one-layer", "bert-masked-lm", "bert-legacy", "bert-wide-heads", "bert-one-token",
    "bert-long", "roberta", "roberta-long", "electra", "electra-one-layer", "mpnet", "mpnet-long",
  ]
  static let decoders = [
    "llama", "llama-one-key-head", "llama-stretched", "llama-one-token", "llama-long",
    "llama-bfloat16",
  ]
  static let adapted = [
    ("llama-lora", Pooling.last), ("llama-lora", .mean), ("bert-lora", .first),
    ("bert-lora", .mean),
  ]

  @Test(
    arguments: folders.flatMap { [($0, Pooling.first), ($0, .mean)] }
      + decoders.flatMap { [($0, .last), ($0, .mean)] } + adapted)
  func valuesAndGradientsEqualTransformers(_ name: String, _ pooling: Pooling) throws {
    let fixture = try EncoderFixture(name)
    let expected = try SafetensorsFile(
      contentsOf: fixture.folder.appending(path: "expected.safetensors"))
    let run = try fixture.run(pooling, expected)
    let prefix = pooling == .first ? "" : "\(pooling)."

    let output = try expected.floats(pooling == .first ? "cls" : "\(pooling)")
    #expect(largestDifference(run.output, output) < 1e-5, "output of \(name)")
    #expect(largestDifference(run.inferred, output) < 1e-5, "inference of \(name)")
    var largest: Float = 0
    for entry in run.layout.entries {
      let reference = try expected.floats("\(prefix)gradient.\(entry.name)")
      largest = max(largest, reference.map(abs).max() ?? 0)
    }
    for entry in run.layout.entries {
      let reference = try expected.floats("\(prefix)gradient.\(entry.name)")
      let found = run.gradients[entry.name] ?? []
      // A gradient that is 0 by structure (a key's bias) is compared on the scale of the others.
      let isZero = (reference.map(abs).max() ?? 0) < 1e-6 * largest
      let difference = largestDifference(found, reference, scale: isZero ? largest : nil)
      #expect(difference < 1e-4, "gradient of \(entry.name) of \(name)")
    }
  }

  @Test func firstTokenPathEqualsFullLastLayer() throws {
    let fixture = try EncoderFixture("bert")
    let expected = try SafetensorsFile(
      contentsOf: fixture.folder.appending(path: "expected.safetensors"))
    let hidden = try expected.floats("hidden")
    let cls = try expected.floats("cls")
    #expect(Array(hidden[0..<24]) == Array(cls[0..<24]))
  }
}

/// A random encoder folder with what transformers computes for it.
struct EncoderFixture {
  let folder: URL

  init(_ name: String) throws {
    folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(name)")
  }

  struct Run {
    let layout: ParameterLayout
    let output: [Float]
    let inferred: [Float]
    let gradients: [String: [Float]]
  }

  func run(_ pooling: Pooling, _ expected: SafetensorsFile) throws -> Run {
    let configuration = try EncoderConfiguration(
      contentsOf: folder.appending(path: "config.json"))
    let adapter = try adapterSettings()
    var layout = ParameterLayout()
    let encoder = Encoder(configuration, pooling: pooling, adapter: adapter, in: &layout)
    let storage = Storage(count: layout.count)
    let parameters = storage.vector
    let file = try WeightFile(folder: folder, family: configuration.family)
    try file.load(layout, into: parameters, seed: 0)
    if adapter != nil {
      let adapters = try SafetensorsFile(
        contentsOf: folder.appending(path: "adapter_model.safetensors"))
      for entry in layout.entries {
        parameters[entry.range].copy(from: try adapters.floats("base_model.model.\(entry.name)"))
      }
    }
    let values = ParameterValues(
      parameters, frozen: adapter == nil ? nil : try file.frozen(layout))

    let sequences = try packed(expected)
    let (memory, workspace) = (Arena(), Workspace())
    let pass = EncoderPass(
      encoder, sequences, values, dropout: nil, memory: memory)
    pass.startForward(workspace)
    for index in 0..<configuration.layerCount {
      let weights = encoder.packed(layer: index, values, .forward, workspace)
      pass.forwardLayer(index, weights, workspace)
    }
    let output = pass.endForward()
    let upstream = Storage(count: output.rows * output.columns)
    upstream.vector.copy(from: try expected.floats("upstream"))
    let gradient = Storage(count: layout.count)
    func block(_ index: Int) -> Vector { gradient.vector[layout.blocks[index].range] }
    pass.startBackward(upstream.vector.matrix(rows: output.rows, columns: output.columns))
    for index in (0..<configuration.layerCount).reversed() {
      let weights = encoder.packed(layer: index, values, .backward, workspace)
      pass.backwardLayer(
        index, weights, dBlock: block(encoder.parameters.layerBlocks[index]), workspace)
    }
    if let words = encoder.parameters.tokenEmbeddingBlock,
      let others = encoder.parameters.embeddingBlock
    {
      block(words).fill(0)
      block(others).fill(0)
      pass.backwardEmbeddings(
        tokens: sequences.tokens,
        dTokens: encoder.parameters.tokenEmbeddings.matrix(inBlock: block(words)),
        dBlock: block(others), workspace)
    }

    let other = Arena()
    let inferred = EncoderPass(
      encoder, sequences, values, dropout: nil, memory: other
    ).infer(workspace)
    return Run(
      layout: layout, output: output.vector.array, inferred: inferred.vector.array,
      gradients: Dictionary(
        uniqueKeysWithValues: layout.entries.map { ($0.name, gradient.vector[$0.range].array) }))
  }

  /// What PEFT was told, or nil for a folder without adapters.
  private func adapterSettings() throws -> AdapterSettings? {
    struct Configuration: Decodable {
      enum CodingKeys: String, CodingKey {
        case rank = "r"
        case alpha = "lora_alpha"
        case targets = "target_modules"
      }
      let rank: Int
      let alpha: Double
      let targets: [String]
    }
    let file = folder.appending(path: "adapter_config.json")
    guard let data = try? Data(contentsOf: file) else { return nil }
    let peft = try JSONDecoder().decode(Configuration.self, from: data)
    return AdapterSettings(
      rank: peft.rank, scale: peft.alpha / Double(peft.rank), targets: peft.targets)
  }

  private func packed(_ expected: SafetensorsFile) throws -> PackedSequences {
    let tokens = try expected.int64s("tokens").map { Int32($0) }
    let offsets = try expected.int64s("offsets").map { Int($0) }
    let sequences = zip(offsets, offsets.dropFirst()).map { Array(tokens[$0..<$1]) }
    return PackedSequences(sequences, rows: Array(sequences.indices))
  }
}

/// The largest difference of two arrays, relative to the largest entry of the second one.
func largestDifference(_ found: [Float], _ expected: [Float], scale: Float? = nil) -> Float {
  guard found.count == expected.count, !found.contains(where: { !$0.isFinite }) else {
    return .infinity
  }
  let largest = scale ?? max(expected.map(abs).max() ?? 0, .leastNormalMagnitude)
  return (zip(found, expected).map { abs($0 - $1) }.max() ?? 0) / largest
}
