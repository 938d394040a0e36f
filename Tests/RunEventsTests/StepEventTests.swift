import Foundation
import RunEvents
import Testing

@Suite struct StepEventTests {
  private let event = StepEvent(
    step: 7, epoch: 2, loss: 1.5,
    losses: [LoggedNumber("margin", 0.1 + 0.2), LoggedNumber("broken", .nan)],
    learningRate: 2e-5, gradientNorm: .infinity,
    statistics: [LoggedNumber("pairs", 12, isCount: true), LoggedNumber("share", 1)], tokens: 9,
    seconds: 0.25, bytesSent: 0, peakMemory: 4096)

  private func read(_ line: String) throws -> StepEvent {
    try StepEvent(line: Data(line.utf8))
  }

  @Test func orderAndFormatAreThoseOfTheLog() {
    #expect(
      event.line == #"{"event":"step","step":7,"epoch":2,"loss":1.5,"margin":0.30000000000000004,"#
        + #""broken":null,"lr":2e-05,"grad_norm":null,"pairs":12,"share":1.0,"tokens":9,"#
        + #""seconds":0.25,"bytes_sent":0,"peak_memory":4096}"#)
  }

  @Test func whatIsWrittenReadsBack() throws {
    let found = try read(event.line)
    #expect(found.losses == event.losses && found.statistics == event.statistics)
    #expect(found.losses[0].value == 0.1 + 0.2 && found.losses[1].value == nil)
    #expect(found.gradientNorm == nil && found.peakMemory == 4096)
    #expect(found.line == event.line)
  }

  @Test func namesOfAnyKindAreKeptInTheirOrder() throws {
    let found = try read(
      #"""
      { "step" : 1, "loss":3, "z": 2, "a\"}:,":-1e-3 , "note":"x\\", "list":[1,{"q":2}], "z":5,
        "lr":1, "on":true, "b" :3,"c":3.0,"huge":1e22,"event":"step","epoch":1}
      """#)
    #expect(found.losses == [LoggedNumber("z", 2), LoggedNumber("a\"}:,", -0.001)])
    #expect(
      found.statistics == [
        LoggedNumber("b", 3, isCount: true), LoggedNumber("c", 3), LoggedNumber("huge", 1e22),
      ])
    #expect(found.statistics.map(\.text) == ["3", "3.0", "1e+22"])
    #expect(found.tokens == nil && found.bytesSent == nil)
  }

  @Test(arguments: [
    "", "{", "[]", "{\"step\":1}", "{\"step\":1,\"epoch\":\"x\"}",
    "{\"step\":1,\"epoch\":1,\"a\":}",
    "{\"step\":1,\"epoch\":1,\"lr\":\"x\"}",
  ])
  func damageIsRefused(line: String) {
    #expect(throws: (any Error).self) { try read(line) }
  }
}
