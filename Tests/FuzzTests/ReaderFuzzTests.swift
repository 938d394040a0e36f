import Foundation
import FuzzTargets
import TestSupport
import Testing

/// Every reader over its corpus and thousands of changed copies.
///
/// No crash, no hang, no great memory, and messages that name the file. `scripts/testing/fuzz` does the same with libFuzzer, for as long as one likes.
@Suite(.serialized) struct ReaderFuzzTests {
  @Test(arguments: FuzzTarget.allCases)
  func changedFilesAreReadOrRefused(target: FuzzTarget) throws {
    var files = try corpus(of: target)
    try withTemporaryFolder { folder in
      let readers = try Readers(in: folder)
      // Settings come and go; the sound file is one that this version has written.
      if target == .model {
        files.append(("sound", try Data(contentsOf: readers.file(of: target))))
      }
      let before = memory()
      var mutation = Mutation(seed: 1)
      var refused = 0
      let copies = 150 / files.count
      for (name, bytes) in files {
        for copy in 0...copies {
          let input = copy == 0 ? bytes : mutation(bytes)
          let start = ContinuousClock.now
          do {
            try readers.read(input, as: target)
            #expect(copy > 0 || !name.hasPrefix("bad-"), "\(name) is to be refused")
          } catch {
            refused += 1
            let message = "\(error)"
            let place = readers.file(of: target).deletingLastPathComponent().path
            #expect(message.contains(place), "\(name): \(message)")
            #expect(message.count < 1500, "\(name): a message of \(message.count) characters")
            #expect(copy > 0 || name.hasPrefix("bad-"), "\(name): \(message)")
          }
          #expect(ContinuousClock.now - start < .seconds(5), "\(name), copy \(copy)")
        }
      }
      // Mutations that a reader never refuses, or always, would test little.
      if target != .metrics { #expect(refused > 20 && refused < files.count * (copies + 1)) }
      #expect(memory() - before < 500_000_000, "memory grew")
    }
  }

  /// The sound and the interesting files for a reader, by name.
  private func corpus(of target: FuzzTarget) throws -> [(String, Data)] {
    let folder = Bundle.module.bundleURL.appending(path: "Corpus/\(target.rawValue)")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      ($0, try Data(contentsOf: folder.appending(path: $0)))
    }
  }

  /// The largest memory of this process so far, in bytes.
  private func memory() -> Int {
    var usage = rusage()
    let thisProcess: Int32 = 0
    getrusage(thisProcess, &usage)
    return usage.ru_maxrss * 1024
  }
}
