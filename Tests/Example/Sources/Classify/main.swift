import Foundation
import TacoDist

// Usage: Classify RUN/model "an utterance"...
let arguments = CommandLine.arguments.dropFirst()
let classifier = try EmotionClassifier(contentsOf: URL(fileURLWithPath: arguments.first ?? "model"))
let texts = Array(arguments.dropFirst())
for (text, emotions) in zip(texts, try classifier.classify(texts, top: 3)) {
  let best = emotions.map { "\($0.label) \(Int((100 * $0.probability).rounded())) %" }
  print("\(text): \(best.joined(separator: ", "))")
}
