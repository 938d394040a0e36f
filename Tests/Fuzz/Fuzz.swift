import Foundation
import FuzzTargets

// libFuzzer brings `main`, and calls these two; scripts/testing/fuzz sets the variables.

/// What TACO_FUZZ_READER names reads files in the empty folder TACO_FUZZ_FOLDER.
private let setting: (readers: Readers, target: FuzzTarget)? = {
  let environment = ProcessInfo.processInfo.environment
  guard let target = environment["TACO_FUZZ_READER"].flatMap(FuzzTarget.init(rawValue:)),
    let folder = environment["TACO_FUZZ_FOLDER"],
    let readers = try? Readers(in: URL(fileURLWithPath: folder))
  else { return nil }
  return (readers, target)
}()

/// Before the first file; without the variables it lists the readers.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>
) -> Int32 {
  if setting == nil {
    print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
    exit(64)
  }
  return 0
}

/// One file.
@_cdecl("LLVMFuzzerTestOneInput")
public func readOne(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard let setting else { return 0 }
  try? setting.readers.read(
    Data(UnsafeRawBufferPointer(start: bytes, count: size)), as: setting.target)
  return 0
}
