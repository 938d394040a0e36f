import Foundation

/// One line of `doctor`: what was found and, where it is not good, what to do.
struct Finding: Codable, Equatable {
  /// How bad it is.
  enum Status: String, Codable, CaseIterable {
    case ok, note, warning, problem
  }

  let status: Status
  let topic: String
  let text: String
  var advice: String?

  init(_ status: Status, _ topic: String, _ text: String, advice: String? = nil) {
    self.status = status
    self.topic = topic
    self.text = text
    self.advice = advice
  }

  /// The line as a person reads it.
  var line: String {
    let name = status == .ok ? "ok" : status.rawValue
    func pad(_ text: String, _ width: Int) -> String {
      text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
    return "\(pad(name, 8)) \(pad(topic, 13)) \(text)" + (advice.map { " \($0)" } ?? "")
  }
}

/// All that `doctor` found.
struct Examination: Codable {
  let version: String
  let ranks: Int
  var findings: [Finding] = []

  init(ranks: Int) {
    version = programVersion
    self.ranks = ranks
  }

  func count(_ status: Finding.Status) -> Int { findings.filter { $0.status == status }.count }

  /// Whether training would fail or waste most of the machines.
  var hasProblem: Bool { count(.problem) > 0 }

  /// The last line.
  var verdict: String {
    let bad = count(.problem)
    let warnings = count(.warning)
    if bad + warnings == 0 { return "doctor: nothing to complain of" }
    return "doctor: \(counted(bad, "problem")), \(counted(warnings, "warning"))"
  }

  /// One JSON object.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

/// A number of bytes as a person says it.
func bytesText(_ bytes: Int64) -> String {
  let value = Double(bytes)
  if bytes >= 1 << 30 { return decimal(value / 0x1p30, 1) + " GiB" }
  return decimal(value / 0x1p20, 0) + " MiB"
}

/// A short time as a person says it.
func timeText(_ seconds: Double) -> String {
  if abs(seconds) < 1e-3 { return decimal(seconds * 1e6, 1) + " us" }
  if abs(seconds) < 1 { return decimal(seconds * 1e3, 1) + " ms" }
  return decimal(seconds, 1) + " s"
}

/// Bytes a second as a person says them.
func rateText(_ rate: Double) -> String {
  rate >= 1e9 ? decimal(rate / 1e9, 1) + " GB/s" : decimal(rate / 1e6, 0) + " MB/s"
}
