public import Settings

/// The two ways of a method: as printed, and as its authors' code does it.
public enum Recipe: String, Sendable, Codable, CaseIterable {
  /// The paper's equations.
  case paper
  /// The authors' published code.
  case reference
}

/// The choices of an objective: what its command-line options, its YAML keys and `config.yaml` follow from.
///
/// They are stored with a model as JSON, under the names of `Codable`.
public protocol ObjectiveSettings: Codable, Hashable, Sendable {
  /// Its name on the command line, in `config.yaml` and in `taco.json`.
  static var name: String { get }

  /// What it is, in half a sentence, for help.
  static var summary: String { get }

  /// What tables call it.
  static var title: String { get }

  /// All settings, in the order of `config.yaml`.
  static var settings: [AnySetting<Self>] { get }

  /// The parts that can be left out: the paper's ablations.
  static var parts: [ObjectivePart<Self>] { get }

  /// Values of settings that are variants of the paper, with what tables call them after "w.".
  static var variants: [(setting: String, value: String, title: String)] { get }

  /// Settings of a run that the objective's paper gives, with their values: what holds where nothing is given.
  static var training: [(setting: String, value: String)] { get }

  /// Settings that act only where a run has something else, so that beside a run without it only their usual value is
  /// taken.
  static var conditions: [(setting: String, needs: RunCondition)] { get }

  /// What people call losses and statistics, by their names in logs.
  static var titles: [String: String] { get }

  /// The settings of a recipe.
  init(_ recipe: Recipe)

  /// Takes what the paper gives for a built-in label set.
  mutating func suit(labels: String)

  /// What a user should know before a training with these settings, a sentence each.
  ///
  /// - Parameter hasDescriptions: Whether any label has a description that is not its name.
  /// - Returns: The sentences; none where there is nothing to know.
  func notes(hasDescriptions: Bool) -> [String]

  /// The objective.
  ///
  /// - Parameters:
  ///   - labelCount: How many labels there are.
  ///   - heads: Whether towers are to share one network.
  /// - Returns: A pure function of the rows of a step.
  func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective

  /// What the objective's constant tables are made of; nil where it has none.
  ///
  /// - Parameters:
  ///   - labels: The labels' names, in id order.
  ///   - read: The bytes of a file that a setting names.
  /// - Returns: Their source, the same for the same settings, labels and files.
  /// - Throws: `SettingError` for a setting that is needed, `ObjectiveError` for a file that cannot be used.
  func tables(labels: [String], read: (String) throws -> [UInt8]) throws -> TableSource?
}

extension ObjectiveSettings {
  /// None.
  public static var parts: [ObjectivePart<Self>] { [] }

  /// None.
  public static var variants: [(setting: String, value: String, title: String)] { [] }

  /// None.
  public static var training: [(setting: String, value: String)] { [] }

  /// None.
  public static var conditions: [(setting: String, needs: RunCondition)] { [] }

  /// Nothing.
  public func notes(hasDescriptions: Bool) -> [String] { [] }

  /// What tables call the parts that can be left out, by their names.
  public static var partTitles: [String: String] {
    Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0.title) })
  }

  /// None.
  public func tables(
    labels: [String], read: (String) throws -> [UInt8]
  ) throws -> TableSource? { nil }

  /// Leaves all as it is.
  public mutating func suit(labels: String) {}

  /// Checks the numbers.
  ///
  /// - Throws: `SettingError` for the first setting out of its range.
  public func validate() throws(SettingError) {
    for setting in Self.settings { try setting.check(self) }
  }
}

/// What a run has or has not, on which a setting of an objective may depend.
public enum RunCondition: Sendable, CaseIterable {
  /// Dropout while training.
  case dropout
  /// A second pass with perturbed parameters.
  case secondPass
}

/// A part of an objective that can be left out.
public struct ObjectivePart<Root>: Sendable {
  /// Its name after `--without`.
  public let name: String
  /// What tables call it after "w/o".
  public let title: String
  /// Whether it takes part.
  public let flag: any WritableKeyPath<Root, Bool> & Sendable

  /// A part.
  public init(_ name: String, title: String, _ flag: any WritableKeyPath<Root, Bool> & Sendable) {
    (self.name, self.title, self.flag) = (name, title, flag)
  }
}
