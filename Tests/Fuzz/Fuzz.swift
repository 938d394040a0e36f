import Foundation
import FuzzTargets

/// libFuzzer over one reader: `Fuzz train.csv CORPUS-FOLDER [LIBFUZZER-OPTION...]`; see scripts/fuzz.
@main enum Fuzz {
  nonisolated(unsafe) static var readers: Readers?
  nonisolated(unsafe) static var target = FuzzTarget.csv

  static func main() throws {
    guard CommandLine.arguments.count > 1,
      let target = FuzzTarget(rawValue: CommandLine.arguments[1])
    else {
      print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
      exit(64)
    }
    self.target = target
    let shared = URL(fileURLWithPath: "/dev/shm")
    let parent =
      access(shared.path, W_OK) == 0 ? shared : FileManager.default.temporaryDirectory
    let folder = parent.appendingPathComponent("taco-fuzz-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    readers = try Readers(in: folder)
    var arguments = CommandLine.arguments.map { strdup($0) }
    arguments.remove(at: 1)
    var count = Int32(arguments.count)
    arguments.append(nil)
    let status = arguments.withUnsafeMutableBufferPointer { buffer -> Int32 in
      var vector = buffer.baseAddress
      return runFuzzer(&count, &vector) { bytes, size in
        let data = Data(UnsafeRawBufferPointer(start: bytes, count: size))
        try? Fuzz.readers?.read(data, as: Fuzz.target)
        return 0
      }
    }
    try? FileManager.default.removeItem(at: folder)
    exit(status)
  }
}

/// libFuzzer as a library.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
