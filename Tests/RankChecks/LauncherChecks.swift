import MessagePassing

/// What the environment tells before MPI starts; no communication.
let launcherChecks: [String: RankCheck] = [
  "launcher": { environment in
    let world = environment.world
    if let launcher = LauncherInfo.current {
      try expectEqual(launcher.size, world.size)
      try expectEqual(launcher.rank, world.rank)
    } else {
      try expectEqual(world.size, 1)
    }
    try expectEqual(LauncherInfo.rankHint, world.rank)

    let openMPI = ["OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_RANK": "3"]
    let slurm = ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"]
    let batch = ["SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_JOB_ID": "77"]
    try expect(openMPI, rank: 3, size: 8)
    try expect(slurm, rank: 2, size: 4)
    try expect(["PMI_SIZE": "2", "PMI_RANK": "1"], rank: 1, size: 2)
    // mpirun inside srun: the inner one counts.
    try expect(slurm.merging(openMPI) { $1 }, rank: 3, size: 8)
    // A batch script that starts the program by hand, and one task of srun, are one rank on purpose.
    try expectEqual(LauncherInfo(environment: batch), nil)
    let single = ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1"]
    try expectEqual(LauncherInfo(environment: single), nil)
    try expectEqual(LauncherInfo(environment: ["OMPI_COMM_WORLD_SIZE": "many"]), nil)
    try expectEqual(LauncherInfo(environment: [:]), nil)
  }
]

private func expect(_ environment: [String: String], rank: Int, size: Int) throws {
  let launcher = LauncherInfo(environment: environment)
  try expectEqual(launcher?.rank, rank)
  try expectEqual(launcher?.size, size)
  try launcher?.verify(worldSize: size)
  do {
    try launcher?.verify(worldSize: 1)
  } catch is LauncherMismatch {
    return
  }
  throw CheckFailure(description: "a world of 1 was accepted where \(size) ranks were started")
}
