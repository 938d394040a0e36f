import Foundation
import Machine
import MessagePassing
import Tensors

/// Ends the program with a message where this processor lacks instructions that it needs.
///
/// To be called before any kernel: the alternative is an illegal instruction somewhere inside. Only a program
/// that was built with `TACO_CPU` needs more than the kernels do, which `KernelLevel.choose` looks after.
func refuseOtherProcessor() {
  guard let cpuinfo = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return }
  let processor = Processor(cpuinfo: cpuinfo)
  let missing = processor.missing(bits: programProcessorFeatures())
  guard !missing.isEmpty else { return }
  // One rank a host tells it.
  let environment = ProcessInfo.processInfo.environment
  let place = environment["OMPI_COMM_WORLD_LOCAL_RANK"] ?? environment["SLURM_LOCALID"] ?? "0"
  if place == "0" {
    printError(
      """
      Error: this taco-dist was built with TACO_CPU for another processor: \
      \(ProcessInfo.processInfo.hostName) (\(processor.model)) lacks \(missing.joined(separator: ", ")). \
      Build it without TACO_CPU for all machines.
      """)
  } else {
    // The launcher ends all ranks with the first.
    sleep(2)
  }
  exit(ExitStatus.failure)
}

extension KernelLevel {
  /// Its name, and the processor's best where that is another.
  var text: String {
    guard let best = KernelLevel.best, best != self else { return rawValue }
    return "\(rawValue) (\(KernelLevel.variable); the processor has \(best.rawValue))"
  }
}
