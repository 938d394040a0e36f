internal import Objectives

/// What the views did over some steps, and whether one of them does nothing or drowns the others.
struct ViewHealth: ObjectiveHealth {
  private let settings: TripleViewSettings
  private let labelCount: Int
  private var steps = 0.0
  private var crossEntropy = 0.0
  private var contrastive = 0.0
  private var disentangled = 0.0
  private var withoutPositives = 0.0
  private var withoutNegatives = 0.0
  private var purity = 0.0
  private var weightSum = 0.0
  private var smallestWeightSum = Double.infinity

  /// Nothing yet, for views over a number of labels.
  init(_ settings: TripleViewSettings, labelCount: Int) {
    (self.settings, self.labelCount) = (settings, labelCount)
  }

  /// Adds a step.
  mutating func add(_ objective: ObjectiveResult) {
    let weightSum = objective.statistic("ldl_weight_sum")
    steps += 1
    crossEntropy += objective.loss("ce")
    contrastive += settings.alpha * objective.loss("ccl")
    disentangled += settings.beta * objective.loss("ldl")
    withoutPositives += objective.statistic("p_empty")
    withoutNegatives += objective.statistic("n_empty")
    purity += objective.statistic("cluster_purity")
    self.weightSum += weightSum
    smallestWeightSum = min(smallestWeightSum, weightSum)
  }

  private var hasContrastive: Bool { settings.usesContrastive }
  private var hasDisentangled: Bool { settings.usesDisentangled }
  private var total: Double { crossEntropy + contrastive + disentangled }

  /// A line about the losses and one about the views, for people; empty without steps.
  var summary: [String] {
    guard steps > 0 else { return [] }
    func share(_ value: Double) -> String { "\(Int((100 * value).rounded())) %" }
    var parts = ["cross-entropy \(share(crossEntropy / total))"]
    var views: [String] = []
    if hasContrastive {
      parts.append("contrastive \(share(contrastive / total))")
      views.append(
        "\(share(withoutPositives / steps)) of anchors without positives, "
          + "\(share(withoutNegatives / steps)) without negatives")
      if settings.usesClustering { views.append("clusters \(share(purity / steps)) pure") }
    }
    if hasDisentangled {
      parts.append("disentangled \(share(disentangled / total))")
      let mean = weightSum / steps
      views.append("LDL weight sum \((mean * 10).rounded() / 10)")
    }
    return ["loss: " + parts.joined(separator: ", ")]
      + (views.isEmpty ? [] : ["views: " + views.joined(separator: "; ")])
  }

  /// What is likely not meant, each with what to do; none without steps.
  var warnings: [String] {
    guard steps > 0, total.isFinite else { return [] }
    var warnings: [String] = []
    if hasContrastive {
      if withoutPositives / steps > 0.95 {
        warnings.append(
          "the contrastive view does nothing: hardly an anchor has a positive (same label, other "
            + "cluster). Try a larger --batch-size, or --without clustering")
      } else if settings.usesClustering, withoutNegatives / steps > 0.95 {
        warnings.append(
          "the contrastive view pushes nothing apart: hardly an anchor has a negative (other label, "
            + "same cluster). The clusters are pure; --without clustering compares with all others")
      }
      warnings += dominance(contrastive, "contrastive", "alpha")
    }
    if hasDisentangled {
      warnings += dominance(disentangled, "disentangled", "beta")
      if abs(smallestWeightSum) < 0.01 * Double(labelCount) || smallestWeightSum < 0 {
        warnings.append(
          "the disentangled view is unstable: its pair weights (equation 5) nearly cancel. "
            + "Try --disentangled-pairs all, or a smaller --beta")
      }
    }
    return warnings
  }

  private func dominance(_ view: Double, _ name: String, _ option: String) -> [String] {
    guard view > 0.9 * total else { return [] }
    return ["the \(name) view is over 90 % of the loss; lower --\(option)"]
  }
}
