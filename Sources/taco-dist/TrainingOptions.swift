import ArgumentParser
import EmotionData
import Encoders
import Foundation
import Tensors
import Training
import TripleView

extension Recipe: ExpressibleByArgument {}
extension Heads.Sharing: ExpressibleByArgument {}
extension AdamW.Variant: ExpressibleByArgument {}
extension GradientExchange.Reduction: ExpressibleByArgument {}
extension GradientExchange.Precision: ExpressibleByArgument {
  /// Also knows the short name.
  public init?(argument: String) { self.init(rawValue: argument == "bf16" ? "bfloat16" : argument) }
}
extension Pooling: ExpressibleByArgument {}
extension ObjectiveSettings.Kind: ExpressibleByArgument {}
extension ObjectiveSettings.ClusterCount: ExpressibleByArgument {}
extension ObjectiveSettings.ContrastiveRows: ExpressibleByArgument {}
extension ObjectiveSettings.ContrastiveScale: ExpressibleByArgument {}
extension ObjectiveSettings.DisentangledRows: ExpressibleByArgument {}
extension ObjectiveSettings.DisentangledPairs: ExpressibleByArgument {}

/// Parts of the method that can be left out: the paper's ablations.
enum Ablation: String, ExpressibleByArgument, CaseIterable {
  case ldl, ccl, clustering, descriptions
}

/// Everything that decides a run's numbers; what is not given comes from the recipe.
struct TrainingOptions: ParsableArguments {
  @Option(help: "paper follows the printed equations, reference the authors' code.")
  var recipe = Recipe.paper

  @Option(
    help: """
      triple-view is the paper's method; linear its plain baseline: a head that ends in the scores, \
      cross-entropy, no label tower. (default: triple-view)
      """
  )
  var objective: ObjectiveSettings.Kind?

  @Option(help: "Utterances a step. (default: 64)")
  var batchSize: Int?

  @Option(help: "Passes over the training split. (default: 8; for nano 30)")
  var epochs: Int?

  @Option(help: "End after this many steps; the learning rate reaches 0 there.")
  var steps: Int?

  @Option(help: "The learning rate at the start. (default: 2e-5; for nano 3e-3)")
  var learningRate: Double?

  @Option(help: "Steps over which the learning rate rises from 0. (default: 0)")
  var warmUp: Int?

  @Option(help: "Weight decay of all parameters. (default: 1e-3)")
  var weightDecay: Double?

  @Option(help: "Scale a gradient whose norm is larger down to this norm. (default: never)")
  var gradientClip: Double?

  @Option(help: "AdamW as in torch.optim or as in transformers 4.24. (default: the recipe's)")
  var optimizer: AdamW.Variant?

  @Option(
    help: "End after this many epochs without a better validation score. (default: 4; for nano 10)")
  var patience: Int?

  @Option(help: "Decides every random choice. (default: 0)")
  var seed: UInt64?

  @Option(
    help:
      "The shards that a step is cut into, a power of two, at least the number of ranks; part of the run's identity. (default: 8, more for batches above 64)"
  )
  var shards: Int?

  @Option(help: "The longest utterance in tokens. (default: 200)")
  var maxLength: Int?

  @Option(
    help:
      "A sequence's row: its first token or the mean of its tokens. (default: first; for nano mean)"
  )
  var pooling: Pooling?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Dropout as in the encoder's configuration.")
  var dropout = true

  @Option(
    help: ArgumentHelp(
      "Products with the encoder's weights in single precision or, faster, with factors rounded to bfloat16, which wants a processor with AVX512-BF16; scores are always float32. (default: float32)",
      valueName: "type"))
  var precision: ProductPrecision?

  @Option(help: ArgumentHelp(ProductEngine.help, valueName: "engine"))
  var products: ProductEngine?

  @Option(
    help: ArgumentHelp(
      "Gradients travel as float32 or, at half the bytes, as bfloat16: then the bits depend on the number of ranks. (default: float32)",
      valueName: "type"))
  var gradientExchange: GradientExchange.Precision?

  @Option(
    help: ArgumentHelp(
      "ordered adds gradients in a fixed order and divides the optimizer state over the ranks; allreduce is MPI's own, without the promise of equal bits. (default: ordered)",
      valueName: "way"))
  var reduction: GradientExchange.Reduction?

  @Option(help: "One head for each tower or one for both. (default: the recipe's)")
  var heads: Heads.Sharing?

  @Option(help: "The weight of the contrastive loss. (default: 0.45 for goemotions, else 0.4)")
  var alpha: Double?

  @Option(help: "The weight of the disentangled loss. (default: 0.5 for goemotions, else 0.4)")
  var beta: Double?

  @Option(help: "The temperature of the contrastive loss. (default: 0.5)")
  var temperature: Double?

  @Option(help: "The rows of clustering and contrastive loss. (default: the recipe's)")
  var contrastiveRows: ObjectiveSettings.ContrastiveRows?

  @Option(help: "The factor of the contrastive loss. (default: the recipe's)")
  var contrastiveScale: ObjectiveSettings.ContrastiveScale?

  @Option(help: "The label rows of the disentangled loss. (default: the recipe's)")
  var disentangledRows: ObjectiveSettings.DisentangledRows?

  @Option(help: "The label pairs of the disentangled loss. (default: the recipe's)")
  var disentangledPairs: ObjectiveSettings.DisentangledPairs?

  @Option(help: "Runs of k-means, of which the best is taken. (default: the recipe's)")
  var restarts: Int?

  @Option(help: "Leave a part of the method out; may be repeated.")
  var without: [Ablation] = []

  /// The recipe's settings with what was given in their places.
  ///
  /// - Parameters:
  ///   - labels: The name of the label set: some have weights of their own in the paper.
  ///   - startsFromScratch: Whether the encoder has random weights, which learn faster.
  /// - Returns: The resolved settings.
  /// - Throws: `SettingError` that names an option out of its range.
  func settings(labels: String?, startsFromScratch: Bool) throws -> TrainingSettings {
    var settings = TrainingSettings(recipe)
    if labels == "goemotions" { (settings.objective.alpha, settings.objective.beta) = (0.45, 0.5) }
    if startsFromScratch { settings.startFromScratch() }
    func set<T>(_ place: inout T, _ value: T?) {
      if let value { place = value }
    }
    set(&settings.objective.kind, objective)
    if settings.objective.kind == .linear, let part = without.first {
      throw DataProblem(
        "--without \(part): --objective linear has no such part to leave out.",
        code: ExitStatus.usage)
    }
    set(&settings.batchSize, batchSize)
    set(&settings.epochs, epochs)
    settings.steps = steps
    set(&settings.learningRate, learningRate)
    set(&settings.warmUpSteps, warmUp)
    set(&settings.weightDecay, weightDecay)
    set(&settings.optimizer, optimizer)
    if let gradientClip { settings.gradientClip = gradientClip }
    set(&settings.patience, patience)
    set(&settings.seed, seed)
    settings.shards = shards ?? TrainingSettings.shards(forBatchSize: settings.batchSize)
    set(&settings.maximumLength, maxLength)
    set(&settings.pooling, pooling)
    settings.usesDropout = dropout
    set(&settings.precision, precision)
    set(&settings.products, products)
    set(&settings.exchange.precision, gradientExchange)
    set(&settings.exchange.reduction, reduction)
    set(&settings.heads, heads)
    set(&settings.objective.alpha, alpha)
    set(&settings.objective.beta, beta)
    set(&settings.objective.temperature, temperature)
    set(&settings.objective.contrastiveRows, contrastiveRows)
    set(&settings.objective.contrastiveScale, contrastiveScale)
    set(&settings.objective.disentangledRows, disentangledRows)
    set(&settings.objective.disentangledPairs, disentangledPairs)
    set(&settings.objective.clusterRestarts, restarts)
    settings.objective.usesDisentangled = !without.contains(.ldl)
    settings.objective.usesContrastive = !without.contains(.ccl)
    settings.objective.usesClustering = !without.contains(.clustering)
    settings.usesDescriptions = !without.contains(.descriptions)
    try settings.validate()
    return settings
  }
}
