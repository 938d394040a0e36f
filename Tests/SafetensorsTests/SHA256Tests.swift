import Foundation
import Safetensors
import TestSupport
import Testing

/// The examples of FIPS 180-4 and NIST's CAVP, and all lengths around the edges of a block.
@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
        + "lmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func theStandardsExamples(text: String, digest: String) {
    #expect(SHA256.digest(of: Data(text.utf8)) == digest)
  }

  @Test func aMillionLetters() throws {
    let letters = Data(repeating: UInt8(ascii: "a"), count: 1_000_000)
    let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(SHA256.digest(of: letters) == expected)
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "letters")
      try letters.write(to: file)
      #expect(try SHA256.digest(ofFile: file) == expected)
      try Data().write(to: file)
      #expect(try SHA256.digest(ofFile: file) == SHA256.digest(of: Data()))
    }
  }

  /// The digest of the digests of 0 to 130 zero bytes, as coreutils makes them.
  @Test func everyLengthAroundTheEdges() {
    let all = (0...130).map { SHA256.digest(of: Data(count: $0)) + "\n" }.joined()
    #expect(
      SHA256.digest(of: Data(all.utf8))
        == "cae7459b654a4c6f77d3a89ef92aa36963cc64b35ca6e1206027ce1f25a6fe82")
  }

  /// Offsets within a larger buffer, which need not be aligned.
  @Test func slicesAreReadFromTheirStart() {
    let data = Data("xabc".utf8)
    #expect(SHA256.digest(of: data[1...]) == SHA256.digest(of: Data("abc".utf8)))
  }
}
