import ArgumentParser
import Encoders
import Settings
import Training

extension AdapterKind: ExpressibleByArgument {}

/// The options of low-rank adapters.
struct AdapterOptions: ParsableArguments {
  @Option(TrainingSettings.adapterSetting) var adapter: AdapterKind?
  @Option(TrainingSettings.adapterRankSetting) var adapterRank: Int?
  @Option(TrainingSettings.adapterScaleSetting) var adapterScale: Double?
  @Option(TrainingSettings.adapterDropoutSetting) var adapterDropout: Double?
  @Option(help: ArgumentHelp(TrainingSettings.adapterTargetsSetting))
  var adapterTargets: [String] = []
  @Option(TrainingSettings.labelSeparatorSetting) var labelSeparator: String?

  /// Puts the values in their places.
  ///
  /// - Parameters:
  ///   - settings: Receives them.
  ///   - location: The encoder, whose family names the modules that are adapted unless others are given.
  ///   - keepsRate: Whether the learning rate is not to become the adapters' usual one.
  /// - Throws: `SettingError` for a text that is no value, or that nothing takes.
  func set(
    _ settings: inout TrainingSettings, of location: ModelLocation?, keepsRate: Bool
  ) throws(SettingError) {
    let rate = settings.learningRate
    TrainingSettings.adapterSetting.set(adapter.map(Optional.some), in: &settings)
    if keepsRate { settings.learningRate = rate }
    TrainingSettings.labelSeparatorSetting.set(
      labelSeparator.map(Optional.some), in: &settings)
    guard var own = settings.adapter else {
      let given = [
        ("adapter-rank", adapterRank.map { "\($0)" }),
        ("adapter-scale", adapterScale.map { "\($0)" }),
        ("adapter-dropout", adapterDropout.map { "\($0)" }),
        ("adapter-targets", adapterTargets.isEmpty ? nil : adapterTargets.joined(separator: ",")),
      ]
      for case (let name, let text?) in given {
        throw SettingError(name, is: text, wanted: "nothing without an adapter")
      }
      return try requireSeparator(settings)
    }
    TrainingSettings.adapterRankSetting.set(adapterRank, in: &own)
    TrainingSettings.adapterScaleSetting.set(adapterScale, in: &own)
    TrainingSettings.adapterDropoutSetting.set(adapterDropout, in: &own)
    let targets = adapterTargets.flatMap {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    // One form, however they are written: the order means nothing.
    own.targets = Set(targets.isEmpty ? location?.family.attentionModules ?? [] : targets).sorted()
    settings.adapter = own
    try requireSeparator(settings)
  }

  private func requireSeparator(_ settings: TrainingSettings) throws(SettingError) {
    if let separator = settings.labelSeparator, !settings.encodesLabels {
      throw SettingError(
        "label-separator", is: "'\(separator)'",
        wanted: "nothing: the objective \(settings.objectiveName.rawValue) encodes no labels")
    }
  }
}
