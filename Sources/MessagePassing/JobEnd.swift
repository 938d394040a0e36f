import COpenMPI
import Foundation

/// Ends all ranks at once.
///
/// `MPI_Abort` of Open MPI tells in eight lines that it was called, below the one line that tells why. What it
/// calls itself afterwards says nothing; where that is not to be found, the lines come too.
///
/// - Parameter code: The job's exit code.
func endAllRanks(code: Int32) {
  typealias Abort = @convention(c) (MPI_Comm?, Int32) -> Int32
  if let symbol = dlsym(nil, "ompi_mpi_abort") {
    _ = unsafeBitCast(symbol, to: Abort.self)(mpiCommWorld(), code)
  }
  MPI_Abort(mpiCommWorld(), code)
}
