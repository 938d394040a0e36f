import Foundation
import Safetensors
import TestSupport
import Testing

@Suite struct MalformedFileTests {
  typealias Reason = SafetensorsError.Reason

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let reason: Reason

    /// A file of a header and `data` zero bytes.
    init(_ name: String, _ header: String, data: Int = 0, _ reason: Reason) {
      self.init(name, bytes: Self.bytes(Array(header.utf8), data: data), reason)
    }

    init(_ name: String, bytes: [UInt8], _ reason: Reason) {
      testDescription = name
      self.bytes = bytes
      self.reason = reason
    }

    static func bytes(_ header: [UInt8], length: UInt64? = nil, data: Int = 0) -> [UInt8] {
      let length = length ?? UInt64(header.count)
      return withUnsafeBytes(of: length.littleEndian) { Array($0) } + header
        + [UInt8](repeating: 0, count: data)
    }

    static func tensor(_ shape: String, _ offsets: String, type: String = "F32") -> String {
      #"{"dtype":"\#(type)","shape":[\#(shape)],"data_offsets":[\#(offsets)]}"#
    }
  }

  static let lengths = [
    Case("empty", bytes: [], .tooShort(bytes: 0)),
    Case("seven bytes", bytes: [2, 0, 0, 0, 0, 0, 0], .tooShort(bytes: 7)),
    Case(
      "huge header", bytes: Case.bytes([], length: 100_000_001), .headerTooLarge(100_000_001)),
    Case("header of 2^64 - 1", bytes: Case.bytes([], length: .max), .headerTooLarge(.max)),
    Case(
      "header after the end", bytes: Case.bytes(Array("{}".utf8), length: 3),
      .headerTruncated(header: 11, file: 10)),
  ]

  static let syntax = [
    Case("no header", "", .invalidHeader(offset: 0, "'{'")),
    Case("blank first", " {}", .invalidHeader(offset: 0, "'{'")),
    Case("not an object", "[]", .invalidHeader(offset: 0, "'{'")),
    Case("text after it", "{} {}", .invalidHeader(offset: 3, "the end of the header")),
    Case("unclosed", #"{"a":1"#, .invalidHeader(offset: 6, "',' or '}'")),
    Case("trailing comma", #"{"a":1,}"#, .invalidHeader(offset: 7, "a name in quotes")),
    Case("no colon", #"{"a" 1}"#, .invalidHeader(offset: 5, "':'")),
    Case("no value", #"{"a":}"#, .invalidHeader(offset: 5, "a value")),
    Case("bare word", #"{"a":nul}"#, .invalidHeader(offset: 5, "a value")),
    Case("leading zero", #"{"a":01}"#, .invalidHeader(offset: 6, "',' or '}'")),
    Case("no digit", #"{"a":-}"#, .invalidHeader(offset: 6, "a digit")),
    Case("unclosed string", #"{"a"#, .invalidHeader(offset: 3, "a closing quote")),
    Case("bad escape", #"{"\x":1}"#, .invalidHeader(offset: 4, "an escape")),
    Case("lone surrogate", #"{"\ud800":1}"#, .invalidHeader(offset: 8, "a pair of surrogates")),
    Case(
      "control character", "{\"a\n\":1}",
      .invalidHeader(offset: 3, "no control character in a string")),
    Case(
      "broken UTF-8", bytes: Case.bytes([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]),
      .invalidHeader(offset: 2, "text in UTF-8")),
    Case(
      "deep nesting", #"{"a":"# + String(repeating: "[", count: 100_000),
      .invalidHeader(offset: 20, "fewer nested values")),
    Case("name twice", #"{"__metadata__":{},"__metadata__":{}}"#, .duplicateName("__metadata__")),
    Case("metadata twice", #"{"__metadata__":{"a":"","a":""}}"#, .duplicateName("a")),
    Case(
      "tensor twice", "{\"a\":\(Case.tensor("0", "0,0")),\"a\":\(Case.tensor("0", "0,0"))}",
      .duplicateName("a")),
    Case("escaped name twice", #"{"a":1,"\u0061":1}"#, .duplicateName("a")),
  ]

  static let entries = [
    Case(
      "metadata is a list", #"{"__metadata__":[]}"#,
      .invalidEntry(tensor: "__metadata__", "a map of strings")),
    Case(
      "metadata of numbers", #"{"__metadata__":{"a":1}}"#,
      .invalidEntry(tensor: "__metadata__", "a map of strings")),
    Case("not an object", #"{"a":[]}"#, .invalidEntry(tensor: "a", "an object")),
    Case("no dtype", #"{"a":{}}"#, .invalidEntry(tensor: "a", "a string 'dtype'")),
    Case(
      "unknown dtype", "{\"a\":\(Case.tensor("1", "0,4", type: "F4"))}",
      .unknownType(tensor: "a", "F4")),
    Case(
      "negative shape", "{\"a\":\(Case.tensor("-1", "0,4"))}", data: 4,
      .invalidEntry(tensor: "a", "'shape' to be an array of whole numbers")),
    Case(
      "fractional shape", "{\"a\":\(Case.tensor("1.0", "0,4"))}", data: 4,
      .invalidEntry(tensor: "a", "'shape' to be an array of whole numbers")),
    Case(
      "shape beyond Int", "{\"a\":\(Case.tensor("18446744073709551616", "0,4"))}", data: 4,
      .invalidEntry(tensor: "a", "'shape' to be an array of whole numbers")),
    Case(
      "three offsets", "{\"a\":\(Case.tensor("1", "0,4,4"))}", data: 4,
      .invalidEntry(tensor: "a", "'data_offsets' to be two whole numbers")),
    Case(
      "offsets backwards", "{\"a\":\(Case.tensor("1", "4,0"))}", data: 4,
      .invalidOffsets(tensor: "a", start: 4, end: 0, expected: 4)),
    Case(
      "a hole", "{\"a\":\(Case.tensor("1", "4,8"))}", data: 8,
      .invalidOffsets(tensor: "a", start: 4, end: 8, expected: 0)),
    Case(
      "an overlap", "{\"a\":\(Case.tensor("2", "0,8")),\"b\":\(Case.tensor("1", "4,8"))}", data: 8,
      .invalidOffsets(tensor: "b", start: 4, end: 8, expected: 8)),
    Case(
      "shape overflows",
      "{\"a\":\(Case.tensor("4611686018427387904,4", "0,4"))}", data: 4,
      .shapeOverflow(tensor: "a", shape: [4_611_686_018_427_387_904, 4])),
    Case(
      "shape too small", "{\"a\":\(Case.tensor("1,2", "0,12"))}", data: 12,
      .sizeMismatch(tensor: "a", shape: [1, 2], expected: 8, found: 12)),
    Case(
      "data missing", "{\"a\":\(Case.tensor("2", "0,8"))}", data: 7,
      .dataMismatch(expected: 8, found: 7)),
    Case(
      "data left over", "{\"a\":\(Case.tensor("2", "0,8"))}", data: 9,
      .dataMismatch(expected: 8, found: 9)),
    Case(
      "offsets of 2^63 - 1", "{\"a\":\(Case.tensor("1", "0,9223372036854775807"))}", data: 4,
      .sizeMismatch(tensor: "a", shape: [1], expected: 4, found: .max)),
  ]

  @Test(arguments: lengths + syntax + entries)
  func isRefused(_ example: Case) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("bad.safetensors")
      try Data(example.bytes).write(to: file)
      let error = try #require(throws: SafetensorsError.self) {
        try SafetensorsFile(contentsOf: file)
      }
      #expect(error.reason == example.reason)
      #expect(error.description.hasPrefix(file.path))
    }
  }

  @Test func missingFileAndFolderAreRefused() throws {
    try withTemporaryFolder { folder in
      #expect(throws: SafetensorsError.self) { try SafetensorsFile(contentsOf: folder) }
      let error = try #require(throws: SafetensorsError.self) {
        try SafetensorsFile(contentsOf: folder.appendingPathComponent("absent"))
      }
      #expect(error.reason == .system("open it", "No such file or directory"))
    }
  }

  /// Whatever byte is wrong, the file is refused or every tensor can be read.
  @Test func damagedFilesNeverCrash() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/python", withExtension: "safetensors"))
    let original = try Data(contentsOf: url)
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("damaged.safetensors")
      for position in 0..<original.count {
        var damaged = original
        damaged[position] ^= UInt8(1 << (position % 8))
        try damaged.write(to: file)
        if let opened = try? SafetensorsFile(contentsOf: file) {
          for name in opened.names {
            let tensor = try opened.tensor(name)
            let count = try (try? tensor.floats().count) ?? tensor.int64s().count
            #expect(count == tensor.count)
          }
        }
        try original.prefix(position).write(to: file)
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(contentsOf: file) }
      }
    }
  }
}
