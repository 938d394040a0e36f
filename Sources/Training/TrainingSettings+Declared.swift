public import Distribution
public import Encoders
internal import ObjectiveCatalogue
public import Objectives
public import Settings
public import Tensors

extension Recipe: SettingValue {}
extension Heads.Sharing: SettingValue {}
extension AdamW.Variant: SettingValue {}
extension RateSchedule.Course: SettingValue {}
extension GradientExchange.Reduction: SettingValue {}
extension GradientExchange.Precision: SettingValue {}
extension Pooling: SettingValue {}
extension ProductPrecision: SettingValue {}
extension ProductEngine: SettingValue {}

/// The run's settings, each declared here and nowhere else; the objective declares its own.
extension TrainingSettings {
  /// What holds for a setting when nothing is given, with the objectives that have a value of their own.
  private static func standard(_ usual: String, of name: String) -> String {
    ObjectiveCatalogue.all.reduce(usual) { text, type in
      type.training.first { $0.setting == name }.map { "\(text); \(type.name) \($0.value)" }
        ?? text
    }
  }

  /// The way of the method that gave what was not set on its own.
  public static let recipeSetting = Setting(
    "recipe", \Self.recipe, "paper follows the printed equations, reference the authors' code.")

  /// Utterances a step.
  public static let batchSizeSetting = Setting(
    "batch-size", \Self.batchSize, in: 1...1_048_576, "Utterances a step.",
    standard: standard("64", of: "batch-size"))

  /// Passes over the training split.
  public static let epochsSetting = Setting(
    "epochs", \Self.epochs, in: 1...1_000_000, "Passes over the training split.",
    standard: standard("8; for nano 30", of: "epochs"))

  /// The steps to end after.
  public static let stepsSetting = Setting(
    "steps", \Self.steps, "End after this many steps; the learning rate reaches 0 there."
  ) { steps, _ in
    steps.map { (1...1_000_000_000).contains($0) } ?? true ? .met : .wanted("1 to 1000000000")
  }

  /// The learning rate at the start of the schedule.
  public static let learningRateSetting = Setting(
    "learning-rate", \Self.learningRate, in: 1e-30...1e30,
    "The learning rate at the start.",
    standard: standard("2e-5; adapters 2e-4; for nano 3e-3", of: "learning-rate"),
    wanted: "a positive number from 1e-30 to 1e30, such as 2e-5")

  /// The steps over which the learning rate rises from 0.
  public static let warmUpSetting = Setting(
    "warm-up", \Self.warmUpSteps, "Steps over which the learning rate rises from 0.",
    standard: standard("0", of: "warm-up")
  ) { value, settings in
    guard (0...1_000_000_000).contains(value) else { return .wanted("0 to 1000000000") }
    return settings.steps.map { value <= $0 } ?? true
      ? .met : .wanted(warmUp(within: settings.steps ?? 0))
  }

  /// How the learning rate goes on.
  public static let scheduleSetting = Setting(
    "schedule", \Self.schedule,
    "How the learning rate goes on after the warm-up: linearly to 0 at the last step, or constant.",
    standard: standard("linear", of: "schedule"), valueName: "course")

  /// The weight decay.
  public static let weightDecaySetting = Setting(
    "weight-decay", \Self.weightDecay, in: 0...100, "Weight decay of all parameters.",
    standard: standard("1e-3", of: "weight-decay"), wanted: "a number from 0 to 100")

  /// The norm that a longer gradient is scaled down to.
  public static let gradientClipSetting = Setting(
    "gradient-clip", \Self.gradientClip,
    "Scale a gradient whose norm is larger down to this norm.",
    standard: standard("never", of: "gradient-clip")
  ) { clip, _ in
    clip.map { (1e-9...1e9).contains($0) } ?? true
      ? .met : .wanted("a positive number, such as 1, from 1e-9 to 1e9")
  }

  /// The form of AdamW.
  public static let optimizerSetting = Setting(
    "optimizer", \Self.optimizer,
    "AdamW as in torch.optim or as in transformers 4.24, or torch.optim's Adam, whose decay is part of the gradient.",
    standard: standard("the recipe's", of: "optimizer"))

  /// Epochs without a better validation score to end after.
  public static let patienceSetting = Setting(
    "patience", \Self.patience, in: 1...1_000_000,
    "End after this many epochs without a better validation score.",
    standard: standard("4; for nano 10", of: "patience"))

  /// What decides every random choice.
  public static let seedSetting = Setting(
    "seed", \Self.seed, "Decides every random choice.", standard: "0")

  /// The shards that a step is cut into.
  public static let shardsSetting = Setting(
    "shards", \Self.shards,
    """
    The shards that a step is cut into, a power of two, at least the number of ranks; part of \
    the run's identity.
    """, standard: "8, more for batches above 64"
  ) { shards, settings in
    guard shards > 0, shards & (shards - 1) == 0 else {
      return .wanted("a power of two, such as 8")
    }
    // Each shard takes memory of its own; more than rows are of no use.
    let most = max(4096, settings.batchSize)
    return shards <= most ? .met : .wanted("1 to \(most)")
  }

  /// The longest utterance in tokens.
  public static let maximumLengthSetting = Setting(
    "max-length", \Self.maximumLength, in: 3...1_048_576, "The longest utterance in tokens.",
    standard: standard("200", of: "max-length"))

  /// How a sequence becomes one row.
  public static let poolingSetting = Setting(
    "pooling", \Self.pooling,
    "A sequence's row: its first token, the mean of its tokens or, in a decoder, its last token.",
    standard: "first; for nano and decoders mean")

  /// Whether dropout acts while training.
  public static let dropoutSetting = Setting(
    "dropout", \Self.usesDropout, "Dropout as in the encoder's configuration.")

  /// One head for both towers or one for each.
  public static let headsSetting = Setting(
    "heads", \Self.heads, "One head for each tower or one for both.", standard: "the recipe's"
  ) { heads, settings in
    settings.encodesLabels || heads == TrainingSettings(settings.recipe).heads
      ? .met
      : .wanted("nothing: the objective \(settings.objective.name) has no tower over the labels")
  }

  /// How many layers are not trained.
  public static let freezeSetting = Setting(
    "freeze", \Self.frozenLayers,
    """
    Leave the embeddings and this many of the encoder's lowest layers as they are: they take no \
    optimizer state, traffic or place in checkpoints.
    """, standard: "train all", valueName: "layers"
  ) { count, _ in
    count.map { (1...10_000).contains($0) } ?? true
      ? .met : .wanted("1 to the number of the encoder's layers, or nothing to train all")
  }

  /// The length of each tensor's move before a second pass.
  public static let adversarialSetting = Setting(
    "adversarial", \Self.perturbation,
    """
    Add the gradients of a second pass, in which each tensor of the token embeddings and of the lowest trained layer \
    is moved this far to where the loss is higher (fast gradient method); 0 for one pass.
    """, standard: standard("0", of: "adversarial"), valueName: "length"
  ) { length, _ in
    length.map { $0 == 0 || (1e-9...1e9).contains($0) } ?? true
      ? .met : .wanted("0 for one pass, or a length from 1e-9 to 1e9, such as 1")
  }

  /// Refuses to freeze more layers than the encoder has, or all beside what needs a trained one.
  ///
  /// - Parameter layers: The encoder's layers.
  /// - Throws: `SettingError`.
  package func requireFrozenLayers(within layers: Int) throws(SettingError) {
    guard let count = frozenLayers else { return }
    guard count <= layers else {
      throw SettingError("freeze", is: "\(count)", wanted: "1 to \(layers), the encoder's layers")
    }
    guard count < layers || (perturbation ?? 0) == 0 else {
      throw SettingError(
        "adversarial", is: "\(perturbation ?? 0)",
        wanted:
          "0, or freeze fewer layers: none of the \(layers) is trained, so nothing is perturbed")
    }
  }

  /// Refuses to take a decoder's first token, which has seen no other.
  ///
  /// - Parameter isCausal: Whether a token sees none after it.
  /// - Throws: `SettingError`.
  package func requirePooling(of isCausal: Bool) throws(SettingError) {
    guard isCausal, pooling == .first else { return }
    throw SettingError(
      "pooling", is: "first", wanted: "mean or last: a decoder's first token sees no other one")
  }

  /// How products with the encoder's weights are computed.
  public static let precisionSetting = Setting(
    "precision", \Self.precision,
    """
    Products with the encoder's weights in single precision or, faster, with factors rounded to \
    bfloat16, which wants a processor with AVX512-BF16; scores are always float32.
    """, standard: "float32", valueName: "type"
  ) { precision, _ in
    precision.isAvailable
      ? .met
      : .wanted("float32: this processor, or \(KernelLevel.variable), has no AVX512-BF16")
  }

  /// Who computes products with weights.
  public static let productsSetting = Setting(
    "products", \Self.products,
    """
    Who computes products with weights: own kernels, with the same bits on every processor, or \
    openblas, whose bits depend on the kernel that it picks.
    """, valueName: "engine"
  ) { products, settings in
    products == .own || settings.precision == .float32
      ? .met : .wanted("own beside the precision \(settings.precision.rawValue)")
  }

  /// How gradients travel.
  public static let gradientExchangeSetting = Setting(
    "gradient-exchange", \Self.exchange.precision,
    """
    Gradients travel as float32 or, at half the bytes, as bfloat16 (bf16 for short): then the bits \
    depend on the number of ranks.
    """, standard: "float32", valueName: "type"
  ) { precision, settings in
    precision == .float32 || settings.exchange.reduction == .ordered
      ? .met : .wanted("float32 beside the reduction allreduce")
  }

  /// How the ranks add up their gradients.
  public static let reductionSetting = Setting(
    "reduction", \Self.exchange.reduction,
    """
    ordered adds gradients in a fixed order and divides the optimizer state over the ranks; \
    allreduce is MPI's own, without the promise of equal bits.
    """, standard: "ordered", valueName: "way")

  /// The parts of the method that are left out.
  public static let withoutSetting = Setting(
    "without", \Self.without, "Leave a part of the method out; may be repeated.")

  /// What is trained.
  public static var objectiveSetting: Setting<Self, ObjectiveName> {
    let all = ObjectiveCatalogue.all.map { "\($0.name) is \($0.summary)" }
    return Setting(
      "objective", \Self.objectiveName, all.joined(separator: "; ") + ".",
      standard: ObjectiveCatalogue.usual.name)
  }

  /// All settings of such a run, in the order of `config.yaml`.
  public var settings: [AnySetting<Self>] {
    [
      AnySetting(Self.recipeSetting), AnySetting(Self.objectiveSetting),
      AnySetting(Self.batchSizeSetting), AnySetting(Self.epochsSetting),
      AnySetting(Self.stepsSetting), AnySetting(Self.learningRateSetting),
      AnySetting(Self.warmUpSetting), AnySetting(Self.scheduleSetting),
      AnySetting(Self.weightDecaySetting),
      AnySetting(Self.optimizerSetting), AnySetting(Self.patienceSetting),
      AnySetting(Self.seedSetting), AnySetting(Self.shardsSetting),
      AnySetting(Self.maximumLengthSetting), AnySetting(Self.poolingSetting),
      AnySetting(Self.dropoutSetting), AnySetting(Self.headsSetting),
      AnySetting(Self.freezeSetting), AnySetting(Self.adapterSetting),
    ] + adapterSettings + Self.dialogueSettings + objective.declared.map { $0.inside(\.objective) }
      + [
        AnySetting(Self.precisionSetting), AnySetting(Self.productsSetting),
        AnySetting(Self.gradientExchangeSetting), AnySetting(Self.reductionSetting),
        AnySetting(Self.gradientClipSetting), AnySetting(Self.adversarialSetting),
        AnySetting(Self.withoutSetting),
      ]
  }

  /// Those of adapters, and the label's separator.
  private var adapterSettings: [AnySetting<Self>] {
    Self.adapterSettings.map { $0.inside(get: { $0.adapter }, put: { $1.adapter = $0 }) }
      + [AnySetting(Self.labelSeparatorSetting)]
  }

  /// Checks all values.
  ///
  /// - Throws: `SettingError` for the first setting out of its range.
  public func validate() throws(SettingError) {
    for setting in settings { try setting.check(self) }
  }

  /// Refuses values that would do nothing, since the run lacks what they act upon.
  ///
  /// What is not given has its usual value, which is no wish, and 0 is what holds.
  ///
  /// - Throws: `SettingError`.
  package func requireEffects() throws(SettingError) {
    if let adapter, adapter.dropout > 0, !usesDropout {
      throw SettingError(
        "adapter-dropout", is: "\(adapter.dropout)",
        wanted: "nothing beside no-dropout, which turns all dropout off")
    }
    let usual = TrainingSettings(recipe, type(of: objective.settings)).objective
    for (name, condition) in objective.conditions where !meets(condition) {
      guard let setting = objective.declared.first(where: { $0.name == name }),
        let value = setting.entry(objective)?.text, value != setting.entry(usual)?.text,
        Double(value) != 0
      else { continue }
      let reason =
        switch condition {
        case .dropout: "nothing beside no-dropout, which turns all dropout off"
        case .secondPass: "nothing where adversarial is 0: there is no second pass"
        }
      throw SettingError(name, is: value, wanted: reason)
    }
  }

  private func meets(_ condition: RunCondition) -> Bool {
    switch condition {
    case .dropout: usesDropout
    case .secondPass: (perturbation ?? 0) > 0
    }
  }

  /// Refuses a warm-up that the run does not live to see the end of.
  ///
  /// - Parameter steps: The steps of the whole run.
  /// - Throws: `SettingError`.
  public func requireWarmUp(within steps: Int) throws(SettingError) {
    guard warmUpSteps <= steps else {
      throw SettingError(
        "warm-up", is: "\(warmUpSteps)", wanted: Self.warmUp(within: steps))
    }
  }

  private static func warmUp(within steps: Int) -> String {
    "at most \(steps), the steps of the whole run"
  }
}
