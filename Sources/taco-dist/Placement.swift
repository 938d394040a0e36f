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

extension Communicator {
  /// Collects a value of every rank, on all ranks; collective.
  func collect<T: Codable>(_ value: T) throws -> [T] {
    let own = try [UInt8](JSONEncoder().encode(value))
    return try allGather(own).map { try JSONDecoder().decode(T.self, from: Data($0)) }
  }
}

extension Session {
  /// Tells on rank 0 when ranks share cores or leave many idle, and how to start them instead; collective.
  func warnOfPlacement() throws {
    let threads = try ranks.collect(self.threads)
    guard isRoot else { return }
    for problem in PlacementProblem.find(placements, threads: threads) {
      printError("warning: \(problem)")
    }
  }
}
