import ArgumentParser
import Settings

/// What every command that works on all ranks understands.
struct SessionOptions: ParsableArguments {
  @Option(
    help:
      "Threads of each rank; beyond its shards they share the work inside one. (default: the cores it may use, at most OMP_NUM_THREADS)"
  )
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "How long a rank may keep the others waiting before they end the job; 0 for ever.",
      valueName: "seconds"), transform: RealNumber.parse)
  var timeout = Session.defaultTimeout

  @Option(help: "A YAML file with any of these options; the command line wins.")
  var config: String?

  /// The path of `config`.
  var configuration: String? { config.flatMap { try? Path.parse($0).text } }

  func validate() throws {
    guard (1...4096).contains(threads ?? 1) else {
      throw ValidationError("--threads is \(threads ?? 0); give 1 to 4096.")
    }
    guard timeout >= 0, timeout <= 1e6 else {
      throw ValidationError("--timeout is \(timeout); give the seconds to wait, 0 for ever.")
    }
  }
}
