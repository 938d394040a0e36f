import ElementaryFunctions
import Foundation
import Settings
import Tensors
import Yams

/// What a random search draws an option's values from.
enum SweepRange {
  case values([Node])
  case numbers(low: Double, high: Double, isLogarithmic: Bool)

  /// Reads a list, or a map with low, high and, if you like, scale; nil for anything else.
  init?(_ node: Node) {
    if let values = node.sequence {
      guard values.count > 0 else { return nil }
      self = .values(Array(values))
      return
    }
    guard let map = node.mapping,
      map.keys.allSatisfy({ ["low", "high", "scale"].contains($0.string ?? "") }),
      let low = Self.number(map["low"]), let high = Self.number(map["high"]), low < high
    else { return nil }
    switch map["scale"]?.string ?? "linear" {
    case "linear": self = .numbers(low: low, high: high, isLogarithmic: false)
    case "log" where low > 0: self = .numbers(low: low, high: high, isLogarithmic: true)
    default: return nil
    }
  }

  private static func number(_ node: Node?) -> Double? {
    node?.scalar.flatMap { try? RealNumber.parse($0.string) }.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The value of a draw, a pure function of its number, the option's place and the seed.
  func value(seed: UInt64, draw: Int, place: Int) -> Node {
    let random = KeyedRandom(
      seed: seed, purpose: .sampling, step: UInt64(draw), stream: UInt32(place)
    ).uniform(0)
    switch self {
    case .values(let values):
      return values[min(Int(random * Double(values.count)), values.count - 1)]
    case .numbers(let low, let high, let isLogarithmic):
      let value =
        isLogarithmic
        ? low * Elementary.exp(random * Elementary.log(high / low)) : low + (high - low) * random
      return Node(String(format: "%.3g", value))
    }
  }
}
