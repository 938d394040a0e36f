import Foundation

/// The memory of this host, in bytes.
public struct Memory: Codable, Sendable, Equatable {
  /// What is installed, or the control group's limit when that is less.
  public let total: Int64
  /// What programs may still take.
  public let available: Int64
  /// What is free in `/dev/shm`, where MPI keeps the buffers of ranks on one host; 0 when there is none.
  public let shared: Int64

  /// Reads the kernel's figures.
  public init() {
    func read(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
    let lines = (read("/proc/meminfo") ?? "").split(separator: "\n")
    func figure(_ name: String) -> Int64 {
      let line = lines.first { $0.hasPrefix(name + ":") }
      return (line?.split(separator: " ").dropFirst().first).flatMap { Int64($0) }.map { $0 << 10 }
        ?? 0
    }
    var total = figure("MemTotal")
    var available = figure("MemAvailable")
    let path =
      (read("/proc/self/cgroup") ?? "").split(separator: "\n")
      .first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) } ?? "/"
    for folder in ["/sys/fs/cgroup\(path)", "/sys/fs/cgroup"] {
      func bytes(_ name: String) -> Int64? {
        read("\(folder)/\(name)").flatMap {
          Int64($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
      }
      guard let limit = bytes("memory.max") else { continue }
      total = min(total, limit)
      available = min(available, limit - (bytes("memory.current") ?? 0))
      break
    }
    self.total = total
    self.available = max(0, available)
    var status = statvfs()
    shared =
      statvfs("/dev/shm", &status) == 0 ? Int64(status.f_bavail) * Int64(status.f_frsize) : 0
  }
}
