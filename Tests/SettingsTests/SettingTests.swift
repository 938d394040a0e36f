import Settings
import Testing

private struct Inner {
  var margin = 0.5
}

private struct Outer {
  var count = 3
  var limit: Int?
  var parts: [Part] = []
  var inner = Inner()
}

private enum Part: String, SettingValue {
  case a, b
}

@Suite struct SettingTests {
  private let count = Setting("count", \Outer.count, in: 1...8, "How many.")
  private let limit = Setting("limit", \Outer.limit, "The end.") { limit, outer in
    limit.map { $0 >= outer.count } ?? true ? .met : .wanted("\(outer.count) or more")
  }
  private let margin = Setting("margin", \Inner.margin, in: 0...2, "The margin.")

  @Test func aValueOutOfRangeIsNamedWithWhatIsWanted() {
    var outer = Outer()
    #expect(throws: Never.self) { try count.check(outer) }
    count.set(9, in: &outer)
    #expect(throws: SettingError("count", is: "9", wanted: "1 to 8")) { try count.check(outer) }
    #expect(
      SettingError("count", is: "9", wanted: "1 to 8").description == "count is 9; give 1 to 8")
  }

  @Test func aValueIsCheckedBesideOthers() {
    var outer = Outer()
    #expect(throws: Never.self) { try limit.check(outer) }
    limit.set(.some(2), in: &outer)
    #expect(throws: SettingError("limit", is: "2", wanted: "3 or more")) { try limit.check(outer) }
  }

  @Test func aNumberThatIsNoneIsRefused() {
    #expect(throws: SettingError("margin", is: "nan", wanted: "0.0 to 2.0")) {
      try margin.check(Inner(margin: .nan))
    }
  }

  @Test func whatIsNotGivenStays() {
    var outer = Outer()
    count.set(nil, in: &outer)
    #expect(outer.count == 3)
  }

  @Test func entriesAreWhatTheFileHolds() {
    var outer = Outer()
    let parts = Setting("parts", \Outer.parts)
    #expect(count.entry(outer) == .value("3"))
    #expect(limit.entry(outer) == nil)
    #expect(parts.entry(outer) == nil)
    outer.parts = [.a, .b]
    #expect(parts.entry(outer) == .list(["a", "b"]))
    #expect(margin.entry(outer.inner) == .value("0.5"))
  }

  @Test func aGuestsSettingBecomesOneOfTheHost() {
    let host = AnySetting(margin).inside(\Outer.inner)
    var outer = Outer()
    #expect(host.entry(outer) == .value("0.5"))
    outer.inner.margin = 3
    #expect(throws: SettingError("margin", is: "3.0", wanted: "0.0 to 2.0")) {
      try host.check(outer)
    }
  }
}
