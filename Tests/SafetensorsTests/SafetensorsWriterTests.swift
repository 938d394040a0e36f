import Foundation
import Safetensors
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  /// One byte first, so that everything after it is unaligned.
  private func example() throws -> SafetensorsWriter {
    var writer = SafetensorsWriter(metadata: ["b": "2", "a": "quote \" \\ \u{1} \u{e9}"])
    try writer.add("byte", shape: [1], values: [UInt8(9)])
    try writer.add("matrix", shape: [2, 3], values: [1, 2, 3, 4, 5, -.infinity] as [Float])
    try writer.add("none", shape: [0, 5], values: [Double]())
    try writer.add("scalar", shape: [], values: [0.1])
    try writer.add("ids", shape: [2], values: [Int64.min, Int64.max])
    try writer.add("small", shape: [2], values: [Int32.min, Int32.max])
    try writer.add("pieces", shape: [4], type: .bfloat16) { sink in
      for word: UInt16 in [0x3F80, 0x4000, 0xC000, 0x0000] {
        try withUnsafeBytes(of: word.littleEndian, sink)
      }
    }
    return writer
  }

  @Test func roundTripKeepsEverything() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a.safetensors")
      try example().write(to: url)
      let file = try SafetensorsFile(contentsOf: url)
      #expect(file.metadata == ["a": "quote \" \\ \u{1} \u{e9}", "b": "2"])
      #expect(
        file.names == ["byte", "matrix", "none", "scalar", "ids", "small", "pieces"])
      #expect(try file.int64s("byte") == [9])
      #expect(try file.tensor("matrix").shape == [2, 3])
      #expect(try file.floats("matrix") == [1, 2, 3, 4, 5, -.infinity])
      #expect(try file.tensor("none").shape == [0, 5])
      #expect(try file.doubles("scalar") == [0.1])
      #expect(try file.int64s("ids") == [.min, .max])
      #expect(try file.int64s("small") == [Int64(Int32.min), Int64(Int32.max)])
      #expect(try file.floats("pieces") == [1, 2, -2, 0])
    }
  }

  @Test func equalContentGivesEqualBytesAndAlignedData() throws {
    try withTemporaryFolder { folder in
      let first = folder.appendingPathComponent("first")
      let second = folder.appendingPathComponent("second")
      try example().write(to: first)
      try Data("old".utf8).write(to: second)
      try example().write(to: second)
      let bytes = try Data(contentsOf: first)
      #expect(try Data(contentsOf: second) == bytes)
      #expect(bytes[0] % 8 == 0)
      // Nothing else is left in the folder.
      #expect(
        try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == [
          "first", "second",
        ])
    }
  }

  @Test func anEmptyFileIsValid() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("empty")
      try SafetensorsWriter().write(to: url)
      #expect(try SafetensorsFile(contentsOf: url).names.isEmpty)
    }
  }

  @Test func aFailedWriteLeavesTheOldFile() throws {
    struct Failure: Error {}
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("kept")
      try Data("old".utf8).write(to: url)
      var failing = try example()
      try failing.add("last", shape: [1], type: .float32) { _ in throw Failure() }
      #expect(throws: Failure.self) { try failing.write(to: url) }
      var short = try example()
      try short.add("last", shape: [2], type: .float32) { try withUnsafeBytes(of: Float(0), $0) }
      let error = try #require(throws: SafetensorsError.self) { try short.write(to: url) }
      #expect(
        error.reason == .sizeMismatch(tensor: "last", shape: [2], expected: 8, found: 4))
      #expect(try String(contentsOf: url, encoding: .utf8) == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["kept"])
    }
  }

  @Test func wrongTensorsAreRefused() throws {
    var writer = SafetensorsWriter()
    try writer.add("a", shape: [1], values: [Float(0)])
    let duplicate = try #require(throws: SafetensorsError.self) {
      try writer.add("a", shape: [1], values: [Float(0)])
    }
    #expect(duplicate.reason == .duplicateName("a"))
    #expect(throws: SafetensorsError.self) {
      try writer.add("__metadata__", shape: [1], values: [Float(0)])
    }
    #expect(throws: SafetensorsError.self) { try writer.add("b", shape: [2], values: [Float(0)]) }
    #expect(throws: SafetensorsError.self) {
      try writer.add("b", shape: [-1], type: .float32) { _ in }
    }
    #expect(throws: SafetensorsError.self) {
      try writer.add("b", shape: [.max, 2], type: .uint8) { _ in }
    }
  }

  @Test func anUnwritablePlaceIsAnError() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("absent/file")
      let error = try #require(throws: SafetensorsError.self) {
        try SafetensorsWriter().write(to: url)
      }
      #expect(error.reason == .system("create it", "No such file or directory"))
      #expect(error.path == url.path)
      #expect(throws: SafetensorsError.self) { try SafetensorsWriter().write(to: folder) }
    }
  }
}
