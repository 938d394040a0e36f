/// One part of an objective's loss, by the names that logs and people know it by.
public struct LossTerm: Sendable, Hashable {
  /// Its name in `metrics.jsonl`, traces and messages, such as `ce`.
  public let name: String
  /// What people call it, such as `cross-entropy`.
  public let title: String
  /// Its value, the weight not included.
  public let value: Double
  /// Its weight in the total; 0 when it takes no part.
  public let weight: Double

  /// A part of the loss.
  public init(_ name: String, title: String, value: Double, weight: Double) {
    (self.name, self.title, self.value, self.weight) = (name, title, value, weight)
  }
}

extension LossTerm {
  /// The whole loss of a pass with perturbed parameters, as `train --adversarial` adds it.
  public static func adversarial(_ value: Double) -> LossTerm {
    LossTerm("adversarial", title: "adversarial loss", value: value, weight: 1)
  }
}

/// A number beside the losses that tells how an objective fares.
public struct Statistic: Sendable, Hashable {
  /// Its name in `metrics.jsonl`, such as `p_empty`.
  public let name: String
  /// What people call it, such as `anchors without positives`.
  public let title: String
  /// Its value.
  public let value: Double
  /// Whether it is a whole number of things.
  public let isCount: Bool

  /// A statistic that is a share, a sum or the like.
  public init(_ name: String, title: String, value: Double) {
    (self.name, self.title, self.value, isCount) = (name, title, value, false)
  }

  /// A statistic that counts.
  public init(_ name: String, title: String, count: Int) {
    (self.name, self.title, value, isCount) = (name, title, Double(count), true)
  }
}
