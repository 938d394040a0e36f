internal import Foundation

/// Sees to it that mpirun does not outlive the job that a rank has ended.
///
/// mpirun orders its daemons on all hosts to end their ranks, and waits until each has said so. To a host that
/// is cut off TCP sends the order again and again, for a quarter of an hour, and meanwhile keepalive does
/// not ask whether that host is alive. The ranks on this side are gone within seconds, so a shell of its own stays
/// and looks on. Daemons that lose their mpirun end their ranks and themselves.
enum StuckLauncher {
  /// The signal that each launcher and daemon of Open MPI 4 and 5 gets first.
  ///
  /// A daemon ends its ranks at SIGTERM; mpirun, which has ended its own by then, may crash with a page of
  /// addresses. What srun starts is Slurm's to end.
  private static let signals = [
    "mpirun": "KILL", "mpiexec": "KILL", "orterun": "KILL", "prterun": "KILL", "prte": "KILL",
    "orted": "TERM", "prted": "TERM",
  ]

  // Ten seconds are plenty for an order to all hosts.
  private static let script = """
    look() { for _ in $(seq "$2"); do kill -0 "$1" || exit 0; sleep 0.5; done; }
    look "$1" 20; kill -s "$2" "$1"; look "$1" 4; kill -s KILL "$1"
    """

  /// Ends the launcher of this rank should it still be there in some seconds; returns at once.
  static func endLater() {
    guard let (launcher, signal) = process() else { return }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // mpirun reads what this rank prints until nobody holds the other end.
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    // mpirun ends a rank together with its process group.
    posix_spawnattr_setpgroup(&attributes, 0)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    let words = strings(["sh", "-c", script, "sh", "\(launcher)", signal])
    let environment = strings(["PATH=/usr/bin:/bin"])
    defer { for word in words + environment { free(word) } }
    posix_spawn(nil, "/bin/sh", &actions, &attributes, words, environment)
  }

  /// Texts as the system takes them, ended by nil.
  private static func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { text in strdup(text) } + [nil]
  }

  /// The nearest ancestor that is a launcher, and the signal for it.
  private static func process() -> (Int32, String)? {
    var ancestor = getppid()
    while ancestor > 1 {
      guard
        let stat = try? String(contentsOfFile: "/proc/\(ancestor)/stat", encoding: .utf8),
        let start = stat.firstIndex(of: "("), let end = stat.lastIndex(of: ")")
      else { return nil }
      if let signal = signals[String(stat[stat.index(after: start)..<end])] {
        return (ancestor, signal)
      }
      // After the name: the state, the parent.
      let fields = stat[stat.index(after: end)...].split(separator: " ")
      guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
      ancestor = parent
    }
    return nil
  }
}
