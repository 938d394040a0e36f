import Foundation
import Testing

/// What scikit-learn and SciPy give; written by `scripts/fixtures/metrics`.
struct MetricFixtures: Decodable {
  struct Report: Decodable, CustomTestStringConvertible {
    let testDescription: String
    let names: [String]
    let truth: [Int]
    let predicted: [Int]
    let accuracy: Double
    let weightedF1: Double
    let macroF1: Double
    let macroF1Present: Double
    let precision: [Double]
    let recall: [Double]
    let f1: [Double]
    let support: [Int]
    let confusion: [[Int]]
    let table: String

    enum CodingKeys: String, CodingKey {
      case testDescription = "case"
      case names, truth, predicted, accuracy
      case weightedF1 = "weighted_f1"
      case macroF1 = "macro_f1"
      case macroF1Present = "macro_f1_present"
      case precision, recall, f1, support, confusion, table
    }
  }

  struct Scores: Decodable, CustomTestStringConvertible {
    let testDescription: String
    let labelCount: Int
    let values: [Float]
    let entropy: [Double]
    let argmax: [Int]

    enum CodingKeys: String, CodingKey {
      case testDescription = "case"
      case labelCount = "label_count"
      case values, entropy, argmax
    }
  }

  let reports: [Report]
  let scores: [Scores]

  static let all = Result {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/metrics.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
  }
}
