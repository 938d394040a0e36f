internal import Foundation
internal import SystemErrors
internal import SystemPackage

/// A whole file, mapped read-only for as long as the object lives.
final class MappedFile: Sendable {
  let path: String
  // Nobody writes to the mapping, and only `deinit` removes it.
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  init(path: String) throws(SafetensorsError) {
    func refuse(_ action: String, _ answer: String) -> SafetensorsError {
      SafetensorsError(path: path, reason: .system(action, answer))
    }
    let descriptor: FileDescriptor
    do { descriptor = try .open(path, .readOnly, options: .closeOnExec) } catch {
      throw refuse("open it", "\(error)")
    }
    defer { try? descriptor.close() }
    let status: Stat
    do { status = try descriptor.stat() } catch { throw refuse("examine it", "\(error)") }
    guard status.type == .regular else { throw refuse("read it", "not a regular file") }
    let count = Int(status.size)
    self.path = path
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor.rawValue, 0)
    guard let address, address != MAP_FAILED else { throw refuse("map it", "\(Errno.last)") }
    bytes = UnsafeRawBufferPointer(start: address, count: count)
  }

  deinit {
    guard let address = bytes.baseAddress else { return }
    munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
  }
}
