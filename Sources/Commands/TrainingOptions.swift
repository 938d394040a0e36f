import ArgumentParser
import Distribution
import EmotionData
import Encoders
import Foundation
import Objectives
import Settings
import Tensors
import Training

extension Recipe: ExpressibleByArgument {}
extension Heads.Sharing: ExpressibleByArgument {}
extension AdamW.Variant: ExpressibleByArgument {}
extension RateSchedule.Course: ExpressibleByArgument {}
extension GradientExchange.Reduction: ExpressibleByArgument {}
extension GradientExchange.Precision: ExpressibleByArgument {
  /// Also knows the short name.
  public init?(argument: String) { self.init(rawValue: argument == "bf16" ? "bfloat16" : argument) }
}
extension Pooling: ExpressibleByArgument {}
extension DialogueSettings.SpeakerNames: ExpressibleByArgument {}
extension Ablation: ExpressibleByArgument {
  /// The parts of all objectives.
  public static var allValueStrings: [String] { choices }
}
extension ObjectiveName: ExpressibleByArgument {
  /// All objectives.
  public static var allValueStrings: [String] { choices }
}

extension ArgumentHelp {
  /// What a setting is, with what holds when it is not given.
  init<Root, Value>(_ setting: Setting<Root, Value>) {
    self.init(setting.help, valueName: setting.valueName)
  }
}

extension Option {
  /// The option of a setting, under its name; nil when it is not given.
  init<Root, Given: ExpressibleByArgument & SettingValue>(_ setting: Setting<Root, Given>)
  where Value == Given? {
    self.init(name: .customLong(setting.name), help: ArgumentHelp(setting))
  }

  /// The option of a setting that may be without a value.
  init<Root, Given: ExpressibleByArgument & SettingValue>(_ setting: Setting<Root, Given?>)
  where Value == Given? {
    self.init(name: .customLong(setting.name), help: ArgumentHelp(setting))
  }
}

/// Everything that decides a run's numbers; what is not given comes from the recipe.
struct TrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp(TrainingSettings.recipeSetting))
  var recipe = Recipe.paper

  @Option(TrainingSettings.objectiveSetting) var objective: ObjectiveName?
  @Option(TrainingSettings.batchSizeSetting) var batchSize: Int?
  @Option(TrainingSettings.epochsSetting) var epochs: Int?
  @Option(TrainingSettings.stepsSetting) var steps: Int?
  @Option(TrainingSettings.learningRateSetting) var learningRate: Double?
  @Option(TrainingSettings.warmUpSetting) var warmUp: Int?
  @Option(TrainingSettings.scheduleSetting) var schedule: RateSchedule.Course?
  @Option(TrainingSettings.weightDecaySetting) var weightDecay: Double?
  @Option(TrainingSettings.gradientClipSetting) var gradientClip: Double?
  @Option(TrainingSettings.optimizerSetting) var optimizer: AdamW.Variant?
  @Option(TrainingSettings.patienceSetting) var patience: Int?
  @Option(TrainingSettings.seedSetting) var seed: UInt64?
  @Option(TrainingSettings.shardsSetting) var shards: Int?
  @Option(TrainingSettings.maximumLengthSetting) var maxLength: Int?
  @Option(TrainingSettings.pastSetting) var past: Int?
  @Option(TrainingSettings.futureSetting) var future: Int?
  @Option(TrainingSettings.speakerNamesSetting) var speakerNames: DialogueSettings.SpeakerNames?
  @Option(TrainingSettings.poolingSetting) var pooling: Pooling?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: ArgumentHelp(TrainingSettings.dropoutSetting))
  var dropout = true

  @Option(TrainingSettings.precisionSetting) var precision: ProductPrecision?
  @Option(TrainingSettings.productsSetting) var products: ProductEngine?
  @Option(TrainingSettings.gradientExchangeSetting) var gradientExchange:
    GradientExchange.Precision?
  @Option(TrainingSettings.reductionSetting) var reduction: GradientExchange.Reduction?
  @Option(TrainingSettings.adversarialSetting) var adversarial: Double?
  @Option(TrainingSettings.freezeSetting) var freeze: Int?
  @OptionGroup var adapterOptions: AdapterOptions
  @Option(TrainingSettings.headsSetting) var heads: Heads.Sharing?
  @OptionGroup var objectiveOptions: ObjectiveOptions

  @Option(help: ArgumentHelp(TrainingSettings.withoutSetting))
  var without: [Ablation] = []

  /// The recipe's settings with what was given in their places.
  ///
  /// - Parameters:
  ///   - labels: The name of the label set: some have weights of their own in the paper.
  ///   - columns: Where speakers, dialogues and turns stand in the data.
  ///   - location: The encoder: random weights learn faster, and decoders have no first token to take.
  /// - Returns: The resolved settings.
  /// - Throws: `DataProblem` that names an option out of its range.
  func settings(
    labels: String?, columns: DialogueColumns, for location: ModelLocation?
  ) throws -> TrainingSettings {
    var settings = TrainingSettings(recipe)
    let own = TrainingSettings.self
    own.objectiveSetting.set(objective, in: &settings)
    settings.suitObjective()
    if location?.isFromScratch == true { settings.startFromScratch() }
    if location?.isDecoder == true { settings.pooling = .mean }
    if let labels { settings.objective.settings.suit(labels: labels) }
    own.batchSizeSetting.set(batchSize, in: &settings)
    own.epochsSetting.set(epochs, in: &settings)
    own.stepsSetting.set(steps.map(Optional.some), in: &settings)
    own.learningRateSetting.set(learningRate, in: &settings)
    own.warmUpSetting.set(warmUp, in: &settings)
    own.scheduleSetting.set(schedule.map(Optional.some), in: &settings)
    own.weightDecaySetting.set(weightDecay, in: &settings)
    own.gradientClipSetting.set(gradientClip.map(Optional.some), in: &settings)
    own.optimizerSetting.set(optimizer, in: &settings)
    own.patienceSetting.set(patience, in: &settings)
    own.seedSetting.set(seed, in: &settings)
    own.shardsSetting.set(
      shards ?? TrainingSettings.shards(forBatchSize: settings.batchSize), in: &settings)
    own.maximumLengthSetting.set(maxLength, in: &settings)
    own.pastSetting.set(past.map(Optional.some), in: &settings)
    own.futureSetting.set(future.map(Optional.some), in: &settings)
    own.speakerNamesSetting.set(speakerNames.map(Optional.some), in: &settings)
    settings.readDialogues(columns)
    own.poolingSetting.set(pooling, in: &settings)
    own.dropoutSetting.set(dropout, in: &settings)
    own.precisionSetting.set(precision, in: &settings)
    own.productsSetting.set(products, in: &settings)
    own.gradientExchangeSetting.set(gradientExchange, in: &settings)
    own.reductionSetting.set(reduction, in: &settings)
    own.adversarialSetting.set(adversarial.map(Optional.some), in: &settings)
    own.freezeSetting.set(freeze.map(Optional.some), in: &settings)
    own.headsSetting.set(heads, in: &settings)
    do {
      try adapterOptions.set(
        &settings, of: location, keepsRate: learningRate != nil || location?.isFromScratch == true)
      try objectiveOptions.set(&settings.objective)
      try settings.leaveOut(without)
      try settings.validate()
      try settings.requireEffects()
    } catch {
      throw DataProblem(error)
    }
    return settings
  }
}
