/// A number that an objective reports, by its name in `metrics.jsonl`.
public struct LoggedNumber: Sendable, Hashable {
  /// Its name, such as `ce`.
  public let name: String
  /// Its value; nil when it was not finite.
  public let value: Double?
  /// Whether it is a whole number of things, printed without a point.
  public let isCount: Bool

  /// A number; one that is not finite has no value.
  public init(_ name: String, _ value: Double?, isCount: Bool = false) {
    (self.name, self.isCount) = (name, isCount)
    self.value = value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The value as logs and tables print it; nil when there is none.
  public var text: String? {
    value.map { isCount ? Int(exactly: $0).map(String.init) ?? "\($0)" : "\($0)" }
  }
}
