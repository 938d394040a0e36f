import COpenMPI

/// A scalar that MPI knows how to send and to reduce: Float, Double, Int32, Int64, UInt8, UInt16.
public protocol MPIElement: BitwiseCopyable, Comparable, Sendable {
  /// MPI's name for the type.
  static var datatype: MPIDatatype { get }
}

/// MPI's handle of an element type, of its own Swift type so that it cannot stand for another handle.
public struct MPIDatatype {
  let handle: OpaquePointer?
}

/// How `allReduce` joins the ranks' values.
public enum ReductionOperation: String, CaseIterable, Sendable {
  /// The sum; in which order is the library's choice, so floating-point bits may vary with the ranks.
  case sum
  /// The largest value.
  case maximum
  /// The smallest value.
  case minimum

  var handle: OpaquePointer? {
    switch self {
    case .sum: mpiSum()
    case .maximum: mpiMaximum()
    case .minimum: mpiMinimum()
    }
  }
}

extension Float: MPIElement {
  /// `MPI_FLOAT`.
  public static var datatype: MPIDatatype { MPIDatatype(handle: mpiFloat()) }
}

extension Double: MPIElement {
  /// `MPI_DOUBLE`.
  public static var datatype: MPIDatatype { MPIDatatype(handle: mpiDouble()) }
}

extension Int32: MPIElement {
  /// `MPI_INT32_T`.
  public static var datatype: MPIDatatype { MPIDatatype(handle: mpiInt32()) }
}

extension Int64: MPIElement {
  /// `MPI_INT64_T`.
  public static var datatype: MPIDatatype { MPIDatatype(handle: mpiInt64()) }
}

extension UInt8: MPIElement {
  /// `MPI_UINT8_T`.
  public static var datatype: MPIDatatype { MPIDatatype(handle: mpiUInt8()) }
}

extension UInt16: MPIElement {
  /// `MPI_UINT16_T`.
  public static var datatype: MPIDatatype { MPIDatatype(handle: mpiUInt16()) }
}
