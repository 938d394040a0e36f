internal import Foundation
public import Objectives
public import Settings
internal import Tensors

/// The choices of HypEmo; the defaults are those of its authors' code.
public struct HyperbolicSettings: Sendable, Codable, Hashable {
  /// The weight of the cross-entropy that weighs by distance.
  public var alpha = 0.9
  /// The weight of the branch's losses.
  public var gamma = 0.1
  /// The dimension of the ball.
  public var size = 100
  /// The probability of dropout in the network, and of DropConnect.
  public var dropout = 0.1
  /// The rate at which the branch's parameters start.
  public var rate = 0.01
  /// What that rate is multiplied by.
  public var rateFactor = 0.5
  /// After how many steps; 0 for a constant rate.
  public var rateEvery = 10
  /// The tree that the labels' vectors are made from; nil for the built-in one.
  public var tree: SettingFile?
  /// Passes over the tree's relations.
  public var treeEpochs = 2000
  /// Nodes that are drawn against each of the tree's relations.
  public var treeNegatives = 5

  /// How the branch's parameters are updated.
  var rule: OwnRule { OwnRule(rate: rate, factor: rateFactor, every: rateEvery) }
}

/// The settings, each declared here and nowhere else.
extension HyperbolicSettings: ObjectiveSettings {
  /// The objective's name.
  public static let name = "hypemo"

  /// What it is.
  public static let summary =
    "HypEmo (Chen et al. 2023): cross-entropy weighted by hyperbolic distance to label vectors, which come from a tree"

  /// What tables call it.
  public static let title = "HypEMO"

  /// Adam at a constant rate, as the authors train.
  public static var training: [(setting: String, value: String)] {
    [
      ("optimizer", "adam"), ("weight-decay", "1e-2"), ("schedule", "constant"),
      ("learning-rate", "1e-5"), ("batch-size", "100"), ("epochs", "20"), ("patience", "20"),
    ]
  }

  /// What acts only beside others of the run's settings.
  public static var conditions: [(setting: String, needs: RunCondition)] {
    [("head-dropout", .dropout)]
  }

  /// What people call losses and statistics.
  public static var titles: [String: String] { HyperbolicObjective.titles }

  /// All settings, in the order of `config.yaml`.
  public static let settings: [AnySetting<Self>] = [
    AnySetting(
      Setting(
        "alpha", \Self.alpha, in: 0...1000, "The weight of the distance-weighted cross-entropy.",
        standard: "0.9 for goemotions, else 1", wanted: "a weight of 0 or more, at most 1000")),
    AnySetting(
      Setting(
        "gamma", \Self.gamma, in: 0...1000, "The weight of the hyperbolic branch's losses.",
        standard: "0.1 for goemotions, else 0.25", wanted: "a weight of 0 or more, at most 1000")),
    AnySetting(
      Setting(
        "hyperbolic-size", \Self.size, in: 2...4096, "The dimension of the Poincare ball.",
        standard: "100")),
    AnySetting(
      Setting(
        "head-dropout", \Self.dropout, in: 0...0.95,
        "Dropout in the network after the encoder, DropConnect included.", standard: "0.1",
        wanted: "a probability from 0 to 0.95")),
    AnySetting(
      Setting(
        "hyperbolic-rate", \Self.rate, in: 0...1000,
        "The learning rate of the hyperbolic branch at the start; Adam without decay.",
        standard: "0.01", wanted: "a number from 0 to 1000, such as 0.01")),
    AnySetting(
      Setting(
        "hyperbolic-rate-factor", \Self.rateFactor, in: 0...1,
        "What that rate is multiplied by every few steps.", standard: "0.5",
        wanted: "a number from 0 to 1")),
    AnySetting(
      Setting(
        "hyperbolic-rate-every", \Self.rateEvery, in: 0...1_000_000_000,
        "After how many steps; 0 leaves the rate as it is. The authors' 10 stops the branch after about 200 steps.",
        standard: "10")),
    AnySetting(
      Setting(
        "label-tree", \Self.tree,
        "A file of child, TAB, parent a line, from which the labels' vectors are made.",
        standard: "a tree of the built-in labels", valueName: "file")),
    AnySetting(
      Setting(
        "tree-epochs", \Self.treeEpochs, in: 1...1_000_000,
        "Passes over the tree while the labels' vectors are made.", standard: "2000")),
    AnySetting(
      Setting(
        "tree-negatives", \Self.treeNegatives, in: 1...1000,
        "Nodes that each pair of the tree is set against.",
        standard: "5 for goemotions, else 10")),
  ]

  /// The same for every recipe.
  public init(_ recipe: Recipe) { self.init() }

  /// Takes the authors' numbers for GoEmotions or, for any other set, those for Empathetic Dialogues.
  public mutating func suit(labels: String) {
    (alpha, gamma, treeNegatives) = labels == "goemotions" ? (0.9, 0.1, 5) : (1, 0.25, 10)
  }

  /// The objective.
  public func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective {
    HyperbolicObjective(self, labelCount: labelCount)
  }

  /// The labels' vectors, from the tree.
  ///
  /// - Throws: `ObjectiveError` for a tree that cannot be used, `SettingError` where none is given and the built-in one
  ///   lacks a label.
  public func tables(
    labels: [String], read: (String) throws -> [UInt8]
  ) throws -> TableSource? {
    let tree = try tree(labels: labels, read: read)
    let embedding = PoincareEmbedding(size: size, epochs: treeEpochs, negatives: treeNegatives)
    return TableSource(key: "\(embedding.key); \(tree.key)") { pause in
      let points = try embedding(tree, pause: pause)
      return [tree.labels.flatMap { points.row($0).map { Float($0) } }]
    }
  }

  private func tree(labels: [String], read: (String) throws -> [UInt8]) throws -> LabelTree {
    if let tree { return try LabelTree(read(tree.path), file: tree.path, labels: labels) }
    do {
      return try LabelTree(
        PackageResources.emotions_tsv, file: "the built-in tree", labels: labels, prunes: true)
    } catch {
      throw SettingError(
        "label-tree", is: "not given",
        wanted: "a file of child, TAB, parent a line: \(error)")
    }
  }
}
