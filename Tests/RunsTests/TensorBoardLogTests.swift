import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// Records as TensorBoard's own writer makes them; from `scripts/fixtures/tensorboard`.
private struct Fixture: Decodable {
  struct Event: Decodable {
    struct Scalar: Decodable {
      let tag: String
      let value: Double
    }
    let step: Int
    let time: Double
    let scalars: [Scalar]
    let record: String
  }
  let events: [Event]

  static func load() throws -> Fixture {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/tensorboard.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
  }
}

@Suite struct TensorBoardLogTests {
  @Test func recordsAreThoseOfTensorBoardsWriter() throws {
    for event in try Fixture.load().events {
      let bytes = TensorBoardLog.record(
        TensorBoardLog.scalars(
          event.scalars.map { ($0.tag, $0.value) }, step: event.step, time: event.time))
      #expect(bytes.map { String(format: "%02x", $0) }.joined() == event.record)
      let read = TensorBoardLog.events(in: bytes)
      #expect(read.map(\.step) == [event.step] && read.map(\.tag) == [event.scalars[0].tag])
    }
  }

  @Test func checksumIsCastagnolis() {
    #expect(CRC32C.checksum(Data("123456789".utf8)) == 0xE306_9283)
  }

  @Test func resumingKeepsWhatLiesBeforeOnce() throws {
    let report = try ClassificationReport(
      truth: [0, 1], predicted: [0, 0], labelNames: ["a", "b"])
    func evaluation(_ split: String, _ step: Int) -> TrainingEvent {
      .evaluation(split: split, epoch: 1, step: step, report, isBest: false, seconds: 1)
    }
    func names(_ file: URL) throws -> [String] {
      TensorBoardLog.events(in: try Data(contentsOf: file)).map { "\($0.tag)@\($0.step)" }
    }
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "events")
      let log = try TensorBoardLog(file: file, time: 5)
      for step in 1...3 { try log.write(evaluation("valid", step), time: 6) }
      try log.write(evaluation("test", 3), time: 7)
      #expect(
        try names(file) == [
          "@0", "valid/accuracy@1", "valid/accuracy@2", "valid/accuracy@3", "test/accuracy@3",
        ])
      // A record that a killed run left unfinished.
      try (try Data(contentsOf: file) + Data([9, 0, 0])).write(to: file)

      var state = TrainingState(patience: Patience(limit: 3))
      (state.step, state.evaluatedStep) = (3, 2)
      let again = try TensorBoardLog(file: file, keeping: state)
      try again.write(evaluation("valid", 3), time: 9)
      #expect(
        try names(file) == ["@0", "valid/accuracy@1", "valid/accuracy@2", "valid/accuracy@3"])
      _ = try TensorBoardLog(file: file)
      #expect(try names(file) == ["@0"])
    }
  }

  @Test func damageIsPassedOver() {
    var state = Data([1, 2, 3])
    #expect(TensorBoardLog.events(in: state).isEmpty)
    state = TensorBoardLog.record(TensorBoardLog.scalars([("x", 1)], step: 3, time: 1))
    for index in state.indices {
      var damaged = state
      damaged[index] ^= 0x10
      #expect(TensorBoardLog.events(in: damaged).isEmpty, "byte \(index)")
    }
  }
}
