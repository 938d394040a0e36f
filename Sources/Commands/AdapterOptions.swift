import ArgumentParser
import Encoders
import Settings
import Training

extension AdapterKind: ExpressibleByArgument {}

/// The options of low-rank adapters.
struct AdapterOptions: ParsableArguments {
  @Option(TrainingSettings.adapterSetting) var adapter: AdapterKind?
  @Option(help: ArgumentHelp(Self.help("adapter-rank"))) var adapterRank: String?
  @Option(help: ArgumentHelp(Self.help("adapter-scale"))) var adapterScale: String?
  @Option(help: ArgumentHelp(Self.help("adapter-dropout"))) var adapterDropout: String?
  @Option(help: ArgumentHelp(Self.help("adapter-targets"), valueName: "names"))
  var adapterTargets: [String] = []
  @Option(TrainingSettings.labelSeparatorSetting) var labelSeparator: String?

  private static func help(_ name: String) -> String {
    TrainingSettings.adapterSettings.first { $0.name == name }?.help ?? ""
  }

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
    let texts = [
      ("adapter-rank", adapterRank), ("adapter-scale", adapterScale),
      ("adapter-dropout", adapterDropout),
      ("adapter-targets", adapterTargets.isEmpty ? nil : adapterTargets.joined(separator: ",")),
    ]
    for case (let name, let text?) in texts {
      guard var own = settings.adapter,
        let setting = TrainingSettings.adapterSettings.first(where: { $0.name == name })
      else { throw SettingError(name, is: text, wanted: "nothing without an adapter") }
      do {
        try setting.set(text, &own)
      } catch {
        throw SettingError(name, is: "'\(text)'", wanted: "another: \(error)")
      }
      // One form, however they are written: the order means nothing.
      own.targets = Set(own.targets).sorted()
      settings.adapter = own
    }
    if let separator = settings.labelSeparator, !settings.encodesLabels {
      throw SettingError(
        "label-separator", is: "'\(separator)'",
        wanted: "nothing: the objective \(settings.objectiveName.rawValue) encodes no labels")
    }
    guard var own = settings.adapter, own.targets.isEmpty else { return }
    own.targets = (location?.family.attentionModules ?? []).sorted()
    settings.adapter = own
  }
}
