import Foundation

/// What the program's launcher (mpirun, mpiexec, srun) says in the environment, before MPI starts.
public struct LauncherInfo: Equatable, Sendable {
  /// The launcher's name for messages.
  public let name: String
  /// This process's rank, 0 when the launcher does not say.
  public let rank: Int
  /// How many ranks the launcher started.
  public let size: Int

  /// Reads the launcher's variables; nil when the program was started by hand.
  ///
  /// A Slurm batch step sets `SLURM_NTASKS` too, but starts one process: only a step that `srun`
  /// made counts. An inner launcher wins over the outer one, since mpirun itself may use srun.
  ///
  /// - Parameter environment: The process's environment variables.
  public init?(environment: [String: String]) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    if let size = number("OMPI_COMM_WORLD_SIZE") {
      self.init(name: "Open MPI's mpirun", rank: number("OMPI_COMM_WORLD_RANK"), size: size)
    } else if let size = number("PMI_SIZE") {
      self.init(name: "a PMI launcher (mpiexec)", rank: number("PMI_RANK"), size: size)
    } else if environment["SLURM_STEP_ID"] != nil, let size = number("SLURM_STEP_NUM_TASKS"),
      size > 1
    {
      self.init(name: "srun", rank: number("SLURM_PROCID"), size: size)
    } else if let size = number("MV2_COMM_WORLD_SIZE") {
      self.init(name: "MVAPICH2's launcher", rank: number("MV2_COMM_WORLD_RANK"), size: size)
    } else if let size = number("FLUX_JOB_SIZE"), environment["FLUX_TASK_RANK"] != nil {
      self.init(name: "Flux", rank: number("FLUX_TASK_RANK"), size: size)
    } else if let size = number("MPI_LOCALNRANKS") {
      self.init(name: "another MPI's launcher", rank: number("MPI_LOCALRANKID"), size: size)
    } else if let rank = number("PALS_RANKID") {
      // PALS tells no size: the rank alone shows that there are more.
      self.init(name: "PALS (mpiexec)", rank: rank, size: rank + 1)
    } else {
      return nil
    }
  }

  private init(name: String, rank: Int?, size: Int) {
    self.name = name
    self.rank = rank ?? 0
    self.size = size
  }

  /// The launcher of this process; nil when it was started by hand.
  public static var current: LauncherInfo? {
    LauncherInfo(environment: ProcessInfo.processInfo.environment)
  }

  /// This process's rank as far as it can be told before MPI starts, else 0.
  ///
  /// It lets one rank alone print a usage error.
  public static var rankHint: Int { current?.rank ?? 0 }

  /// Refuses a world of one rank where the launcher started several.
  ///
  /// - Parameter worldSize: The size of MPI's world.
  /// - Throws: `LauncherMismatch`.
  public func verify(worldSize: Int) throws {
    guard worldSize != 1 || size <= 1 else { throw LauncherMismatch(launcher: self) }
  }
}

/// Several processes were started, but each of them is alone in its own MPI world.
public struct LauncherMismatch: Error, CustomStringConvertible, Equatable, Sendable {
  /// The launcher that started more ranks than MPI sees.
  public let launcher: LauncherInfo

  /// What was found, why, and what to do.
  public var description: String {
    let remedy =
      launcher.name == "srun"
      ? "use `srun --mpi=pmix`, or start the ranks with mpirun"
      : "use the mpirun of the Open MPI that this program is linked with"
    return """
      \(launcher.name) started \(launcher.size) ranks, but MPI sees only 1: the launcher belongs to \
      another MPI; \(remedy); for one rank on purpose, use `mpirun -np 1`
      """
  }
}
