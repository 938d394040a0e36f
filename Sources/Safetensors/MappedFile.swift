import Foundation

/// A whole file, mapped read-only for as long as the object lives.
final class MappedFile: Sendable {
  let path: String
  // Nobody writes to the mapping, and only `deinit` removes it.
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  init(path: String) throws(SafetensorsError) {
    func refuse(_ action: String, _ answer: String) -> SafetensorsError {
      SafetensorsError(path: path, reason: .system(action, answer))
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refuse("open it", lastSystemError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw refuse("examine it", lastSystemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw refuse("read it", "not a regular file") }
    let count = Int(status.st_size)
    self.path = path
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw refuse("map it", lastSystemError()) }
    bytes = UnsafeRawBufferPointer(start: address, count: count)
  }

  deinit {
    guard let address = bytes.baseAddress else { return }
    munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
  }
}

/// The text of `errno`.
func lastSystemError() -> String {
  String(cString: strerror(errno))
}
