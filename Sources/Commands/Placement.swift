import Foundation
import Machine
import MessagePassing

extension RankPlacement {
  /// The placement of this rank.
  init(_ environment: MPIEnvironment) {
    let launcher = LauncherInfo.current.map { $0.name == "srun" ? "srun" : "mpirun" }
    let variables = ProcessInfo.processInfo.environment
    // Under Slurm, PMIx ranks without Open MPI's own variables were started by srun.
    let isStep = variables["SLURM_STEP_ID"] != nil && variables["OMPI_COMM_WORLD_SIZE"] == nil
    self.init(
      host: environment.processorName, launcher: isStep ? "srun" : launcher,
      environment: variables)
  }
}

/// Ends the program where srun started several ranks without PMIx, by which alone Open MPI's ranks find each other.
///
/// Open MPI itself would end with a page on how to build it.
func refuseSrunWithoutPMIx() {
  let environment = ProcessInfo.processInfo.environment
  guard environment["SLURM_STEP_ID"] != nil,
    let tasks = environment["SLURM_STEP_NUM_TASKS"].flatMap({ Int($0) }), tasks > 1,
    !["PMIX_RANK", "PMI_RANK", "PMI_FD", "OMPI_COMM_WORLD_SIZE"].contains(where: {
      environment[$0] != nil
    })
  else { return }
  if environment["SLURM_PROCID"] == "0" {
    printError(
      "Error: srun started \(tasks) ranks, but without PMIx they cannot find each other. Give srun "
        + "--mpi=pmix ('srun --mpi=list' tells whether this Slurm has it), or start the ranks with mpirun."
    )
  }
  exit(ExitStatus.failure)
}

extension Communicator {
  /// Collects a value of every rank, on all ranks; collective.
  func collect<T: Codable>(_ value: T) throws -> [T] {
    let own = try [UInt8](JSONEncoder().encode(value))
    return try allGather(own).map { try JSONDecoder().decode(T.self, from: Data($0)) }
  }
}

extension Session {
  /// Tells on rank 0 when ranks share cores or leave many idle, and how to start them instead; collective.
  func warnOfPlacement(isQuiet: Bool) throws {
    let threads = try ranks.collect(self.threads)
    guard isRoot, !isQuiet else { return }
    for problem in PlacementProblem.find(placements, threads: threads) {
      printError("warning: \(problem)")
    }
  }
}
