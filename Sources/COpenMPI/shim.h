// Open MPI's C interface as Swift sees it. Its constants are macros around casts, which the importer
// skips: each one used gets an accessor here.
#ifndef TACO_COPENMPI_SHIM_H
#define TACO_COPENMPI_SHIM_H

#include <mpi.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Reads a byte of this process as another process would (process_vm_readv); 0, or -1 where the system forbids it.
static inline int readOwnByteFromOutside(void) {
  char source = 1, target = 0;
  struct iovec from = {&source, 1}, to = {&target, 1};
  return syscall(SYS_process_vm_readv, (long)getpid(), &to, 1L, &from, 1L, 0L) == 1 && target == 1 ? 0 : -1;
}

static inline MPI_Comm mpiCommWorld(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm mpiCommSelf(void) { return MPI_COMM_SELF; }
static inline MPI_Comm mpiCommNull(void) { return MPI_COMM_NULL; }
static inline MPI_Info mpiInfoNull(void) { return MPI_INFO_NULL; }
static inline MPI_Request mpiRequestNull(void) { return MPI_REQUEST_NULL; }
static inline MPI_Status *mpiStatusIgnore(void) { return MPI_STATUS_IGNORE; }
static inline MPI_Errhandler mpiErrorsReturn(void) { return MPI_ERRORS_RETURN; }
static inline void *mpiInPlace(void) { return MPI_IN_PLACE; }

static inline MPI_Datatype mpiFloat(void) { return MPI_FLOAT; }
static inline MPI_Datatype mpiDouble(void) { return MPI_DOUBLE; }
static inline MPI_Datatype mpiInt32(void) { return MPI_INT32_T; }
static inline MPI_Datatype mpiInt64(void) { return MPI_INT64_T; }
static inline MPI_Datatype mpiUInt8(void) { return MPI_UINT8_T; }
static inline MPI_Datatype mpiUInt16(void) { return MPI_UINT16_T; }

static inline MPI_Op mpiSum(void) { return MPI_SUM; }
static inline MPI_Op mpiMaximum(void) { return MPI_MAX; }
static inline MPI_Op mpiMinimum(void) { return MPI_MIN; }

#endif
