import Foundation
import Safetensors
import TestSupport
import Testing

/// A file that Python wrote: scripts/fixtures/safetensors.
@Suite struct SafetensorsFileTests {
  let file: SafetensorsFile

  init() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/python", withExtension: "safetensors"))
    file = try SafetensorsFile(contentsOf: url)
  }

  @Test func metadataAndNames() {
    #expect(file.metadata == ["format": "pt", "note": "\u{fc} \t \u{1f600}"])
    #expect(
      Set(file.names) == [
        "f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u8", "bool", "scalar", "empty",
        "W\u{f6}rter \"a\\b\"\n",
      ])
  }

  @Test func floatingPointTensors() throws {
    #expect(try file.tensor("f32").shape == [2, 4])
    #expect(
      try file.floats("f32") == [0, -0, 1, -1.5, 3.140625, 65_504, 6e-8, .infinity])
    #expect(try file.floats("f32")[1].sign == .minus)
    // torch.tensor(6e-8, dtype=torch.float16).item() = 5.960464477539063e-08, the smallest one.
    #expect(
      try file.floats("f16") == [0, -0, 1, -1.5, 3.140625, 65_504, 0x1p-24, .infinity])
    // torch.tensor([65504, 6e-8], dtype=torch.bfloat16).tolist() = [65536.0, 6.00703e-08].
    let rounded = try file.floats("bf16")
    #expect(rounded.prefix(6) == [0, -0, 1, -1.5, 3.140625, 65_536])
    #expect(abs(rounded[6] - 6.007_03e-8) < 1e-12)
    #expect(try file.doubles("f64") == [0.1, -1e300, 3])
    #expect(try file.floats("f64") == [0.1, -.infinity, 3])
    #expect(try file.doubles("f16")[4] == 3.140625)
  }

  @Test func integerTensors() throws {
    #expect(try file.int64s("i64") == [-(1 << 62), 0, 1 << 62])
    #expect(try file.int64s("i32") == [Int64(Int32.min), Int64(Int32.max)])
    #expect(try file.int64s("i16") == [-32_768, 32_767])
    #expect(try file.int64s("i8") == [-128, 127, 5])
    #expect(try file.int64s("u8") == [0, 255])
    #expect(try file.int64s("bool") == [1, 0, 1])
  }

  @Test func scalarsEmptyTensorsAndOddNames() throws {
    #expect(try file.tensor("scalar").shape == [])
    #expect(try file.floats("scalar") == [2.5])
    #expect(try file.tensor("empty").shape == [0, 7])
    #expect(try file.floats("empty") == [])
    #expect(try file.floats("W\u{f6}rter \"a\\b\"\n") == [7])
  }

  @Test func wrongRequestsAreErrors() throws {
    #expect(file["absent"] == nil)
    let missing = try #require(throws: SafetensorsError.self) { try file.floats("absent") }
    #expect(missing.reason == .missingTensor("absent"))
    let integers = try #require(throws: SafetensorsError.self) { try file.int64s("f32") }
    #expect(integers.reason == .wrongType(tensor: "f32", found: .float32, wanted: "integers"))
    #expect(throws: SafetensorsError.self) { try file.floats("bool") }
    #expect(throws: SafetensorsError.self) { try file.doubles("i64") }
    var short = [Float](repeating: 0, count: 7)
    let count = try #require(throws: SafetensorsError.self) {
      try short.withUnsafeMutableBufferPointer { try file.copyFloats("f32", into: $0) }
    }
    #expect(count.reason == .wrongCount(tensor: "f32", expected: 8, found: 7))
  }

  @Test func viewsOutliveTheFile() throws {
    var copy: SafetensorsFile? = file
    let view = try #require(try copy?.tensor("f64"))
    copy = nil
    #expect(try view.doubles() == [0.1, -1e300, 3])
  }
}
