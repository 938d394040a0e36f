public import Encoders
internal import ObjectiveCatalogue
internal import Objectives
public import Settings

/// The kinds of adapters.
public enum AdapterKind: String, SettingValue, CaseIterable {
  /// Low-rank ones (Hu et al. 2022).
  case lora
}

/// The settings of adapters, each declared here and nowhere else.
extension TrainingSettings {
  /// Whether adapters train, and which.
  public static let adapterSetting = Setting(
    "adapter", \Self.adapterKind,
    """
    Train low-rank adapters beside the encoder's weights, which stay as they are in their file: they take no \
    gradients, optimizer state, traffic or place in checkpoints.
    """, standard: "train the weights", valueName: "kind"
  ) { kind, settings in
    guard kind != nil else { return .met }
    guard settings.frozenLayers == nil else {
      return .wanted(
        "nothing beside freeze: adapters leave all of the encoder's weights as they are")
    }
    return settings.objective(labelCount: 1).encoders.count == 1
      ? .met
      : .wanted(
        "nothing beside the objective \(settings.objective.name), which trains two encoders whole")
  }

  /// The rank of each adapter.
  public static let adapterRankSetting = Setting(
    "adapter-rank", \AdapterSettings.rank, in: 1...65536, "The rank of each adapter.",
    standard: "16")
  /// The adapters' factor.
  public static let adapterScaleSetting = Setting(
    "adapter-scale", \AdapterSettings.scale, in: 1e-6...1e6,
    "The adapters' factor, alpha / rank in PEFT's words.", standard: "0.5: PEFT's alpha of 8",
    wanted: "a positive number from 1e-6 to 1e6, such as 0.5")
  /// Dropout of what adapters are given.
  public static let adapterDropoutSetting = Setting(
    "adapter-dropout", \AdapterSettings.dropout, in: 0...0.99,
    "Dropout of what adapters are given.", standard: "0")
  /// The modules to adapt.
  public static let adapterTargetsSetting = Setting(
    "adapter-targets", \AdapterSettings.targets,
    "The modules to adapt, by the ends of their names, between commas.",
    standard: "queries, keys and values: k_proj,q_proj,v_proj", valueName: "names"
  ) { targets, _ in
    targets.contains("") ? .wanted("names between commas, such as q_proj,k_proj,v_proj") : .met
  }

  /// The settings that adapters have.
  public static let adapterSettings: [AnySetting<AdapterSettings>] = [
    AnySetting(adapterRankSetting), AnySetting(adapterScaleSetting),
    AnySetting(adapterDropoutSetting), AnySetting(adapterTargetsSetting),
  ]

  /// A token between a label's name and its description.
  public static let labelSeparatorSetting = Setting(
    "label-separator", \Self.labelSeparator,
    """
    A token of the encoder's vocabulary to stand between a label's name and its description, instead of a new \
    one.
    """, standard: "[EMO], a new token whose embedding is trained, also beside adapters",
    valueName: "token")

  /// Which adapters train; nil for none.
  public var adapterKind: AdapterKind? {
    get { adapter == nil ? nil : .lora }
    set {
      switch newValue {
      case nil: adapter = nil
      case .lora: if adapter == nil { startAdapters() }
      }
    }
  }

  /// Refuses adapters that do not fit an encoder.
  ///
  /// - Parameter configuration: The encoder.
  /// - Throws: `SettingError`.
  package func requireAdapters(of configuration: EncoderConfiguration) throws(SettingError) {
    guard let adapter, let misfit = adapter.misfit(in: configuration) else { return }
    throw SettingError(misfit.setting, is: misfit.found, wanted: misfit.wanted)
  }
}
