import Foundation
import Machine
import MessagePassing
import Tensors

/// Ends the program with a message where this processor lacks instructions that the kernels use.
///
/// To be called before any kernel: the alternative is an illegal instruction somewhere inside.
func refuseOtherProcessor() {
  guard let cpuinfo = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return }
  let processor = Processor(cpuinfo: cpuinfo)
  let missing = processor.missing(bits: kernelProcessorFeatures())
  guard !missing.isEmpty else { return }
  let level = processor.level == "x86-64-v4" ? "x86-64-v3" : processor.level
  // One rank a host tells it.
  let environment = ProcessInfo.processInfo.environment
  let place = environment["OMPI_COMM_WORLD_LOCAL_RANK"] ?? environment["SLURM_LOCALID"] ?? "0"
  if place == "0" {
    printError(
      """
      Error: this taco-dist was built for another processor: \(ProcessInfo.processInfo.hostName) \
      (\(processor.model)) lacks \(missing.joined(separator: ", ")).
      Build it for all machines of the cluster: TACO_CPU=\(level) swift build -c release --product taco-dist
      """)
  } else {
    // The launcher ends all ranks with the first.
    sleep(2)
  }
  exit(ExitStatus.failure)
}
