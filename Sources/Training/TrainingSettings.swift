public import Distribution
public import Encoders
public import ObjectiveCatalogue
public import Objectives
public import Tensors

/// Everything that decides a run's numbers, resolved; stored with the model.
public struct TrainingSettings: Sendable, Codable, Equatable {
  /// The recipe that gave what was not set on its own.
  public var recipe: Recipe
  /// One head for both towers or one for each.
  public var heads: Heads.Sharing
  /// What is trained, with its own settings.
  public var objective: ObjectiveChoice
  /// The form of AdamW.
  public var optimizer: AdamW.Variant
  /// The learning rate after the warm-up.
  public var learningRate = 2e-5
  /// The steps over which the learning rate rises from 0.
  public var warmUpSteps = 0
  /// How the learning rate goes on after the warm-up; nil for linearly to 0.
  public var schedule: RateSchedule.Course?
  /// The weight decay.
  public var weightDecay = 1e-3
  /// The norm that a longer gradient is scaled down to, or nil.
  public var gradientClip: Double?
  /// Utterances a step.
  public var batchSize = 64
  /// Passes over the training split.
  public var epochs = 8
  /// The steps to end after, or nil for all epochs.
  public var steps: Int?
  /// Epochs without a better validation score to end after.
  public var patience = 4
  /// Decides every random choice.
  public var seed: UInt64 = 0
  /// The shards that a step is cut into, whatever the number of ranks.
  public var shards = 8
  /// The longest utterance in tokens, special ones included.
  public var maximumLength = 200
  /// How utterances are read with others of their dialogues, or nil for each on its own.
  public var dialogue: DialogueSettings?
  /// How a sequence becomes one row.
  public var pooling = Pooling.first
  /// Whether label sequences have descriptions; false is the paper's "w/o DES".
  public var usesDescriptions = true
  /// Whether dropout acts while training.
  public var usesDropout = true
  /// The length of each tensor's move before a second pass; nil or 0 for one pass.
  public var perturbation: Double?
  /// How many of the encoder's lowest layers are not trained, nor the embeddings; nil for none.
  public var frozenLayers: Int?
  /// What trains beside the encoder's frozen weights, or nil where these train.
  public var adapter: AdapterSettings?
  /// A token of the vocabulary between a label's name and its description, or nil for a new one, `[EMO]`.
  public var labelSeparator: String?
  /// How products with the encoder's weights are computed.
  public var precision = ProductPrecision.float32
  /// Who computes products with weights.
  public var products = ProductEngine.own
  /// How the ranks add up their gradients.
  public var exchange = GradientExchange()

  /// A recipe's settings.
  ///
  /// - Parameters:
  ///   - recipe: The recipe.
  ///   - objective: What is trained; nil for the usual objective.
  public init(_ recipe: Recipe, _ objective: (any ObjectiveSettings.Type)? = nil) {
    self.recipe = recipe
    self.objective = ObjectiveChoice((objective ?? ObjectiveCatalogue.usual).init(recipe))
    switch recipe {
    case .paper:
      heads = .separate
      optimizer = .torch
    case .reference:
      heads = .shared
      optimizer = .transformers
    }
  }

  /// Whether labels are encoded.
  public var encodesLabels: Bool { objective(labelCount: 1).encodesLabels }

  /// Whether utterances are read in second views.
  public var readsViews: Bool { objective(labelCount: 1).readsViews }

  /// The objective for a number of labels.
  public func objective(labelCount: Int) -> any Objective {
    objective.objective(labelCount: labelCount, heads: heads)
  }

  /// The update's rule.
  public var adamW: AdamW {
    var rule = AdamW(variant: optimizer, weightDecay: weightDecay)
    rule.gradientClip = gradientClip
    return rule
  }

  /// What suits an encoder with random weights: it learns little from first tokens, and needs longer.
  public mutating func startFromScratch() {
    learningRate = 3e-3
    pooling = .mean
    epochs = 30
    patience = 10
  }

  /// What suits adapters: they start from nothing, and want a rate ten times as high.
  public mutating func startAdapters() {
    adapter = AdapterSettings()
    learningRate = 2e-4
  }

  /// The shards that suit a batch: about eight utterances, with their part of the labels, a shard.
  public static func shards(forBatchSize size: Int) -> Int {
    var shards = 8
    while shards * 8 < size { shards *= 2 }
    return shards
  }
}

extension TrainingSettings {
  /// Reads settings; what an earlier version did not know yet has its recipe's value.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(try values.decode(Recipe.self, forKey: .recipe))
    func read<Value: Decodable>(_ key: CodingKeys, into value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(.heads, into: &heads)
    try read(.objective, into: &objective)
    try read(.optimizer, into: &optimizer)
    try read(.learningRate, into: &learningRate)
    try read(.warmUpSteps, into: &warmUpSteps)
    schedule = try values.decodeIfPresent(RateSchedule.Course.self, forKey: .schedule)
    try read(.weightDecay, into: &weightDecay)
    gradientClip = try values.decodeIfPresent(Double.self, forKey: .gradientClip)
    try read(.batchSize, into: &batchSize)
    try read(.epochs, into: &epochs)
    steps = try values.decodeIfPresent(Int.self, forKey: .steps)
    try read(.patience, into: &patience)
    try read(.seed, into: &seed)
    try read(.shards, into: &shards)
    try read(.maximumLength, into: &maximumLength)
    dialogue = try values.decodeIfPresent(DialogueSettings.self, forKey: .dialogue)
    try read(.pooling, into: &pooling)
    try read(.usesDescriptions, into: &usesDescriptions)
    try read(.usesDropout, into: &usesDropout)
    perturbation = try values.decodeIfPresent(Double.self, forKey: .perturbation)
    frozenLayers = try values.decodeIfPresent(Int.self, forKey: .frozenLayers)
    adapter = try values.decodeIfPresent(AdapterSettings.self, forKey: .adapter)
    labelSeparator = try values.decodeIfPresent(String.self, forKey: .labelSeparator)
    try read(.precision, into: &precision)
    try read(.products, into: &products)
    try read(.exchange, into: &exchange)
  }
}
