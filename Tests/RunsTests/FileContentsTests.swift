import Foundation
import TestSupport
import Testing

@testable import Runs

/// A file that is missing is no error, one that cannot be read is: with the system's own answer.
@Suite struct FileContentsTests {
  @Test func missingFilesHaveNoContents() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      #expect(try contentsIfPresent(of: file) == nil && !isPresent(file))
      try Data([1, 2, 3]).write(to: file)
      #expect(try contentsIfPresent(of: file) == Data([1, 2, 3]) && isPresent(file))
      // Nothing can lie below a file.
      let below = file.appending(path: "x")
      #expect(try contentsIfPresent(of: below) == nil && !isPresent(below))
    }
  }

  @Test func filesLongerThanOneReadAreWhole() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      let contents = Data((0..<2_500_001).map { UInt8(truncatingIfNeeded: $0 &* 7) })
      try contents.write(to: file)
      #expect(try contentsIfPresent(of: file) == contents)
    }
  }

  @Test func whatCannotBeReadIsToldWithItsCause() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: UnreadableFile.self) { try contentsIfPresent(of: folder) }
      #expect(error?.cause == "Is a directory")
      let link = folder.appending(path: "link")
      try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "link")
      let loop = #expect(throws: UnreadableFile.self) { try isPresent(link) }
      #expect(loop?.cause == "Too many levels of symbolic links")
    }
  }
}
