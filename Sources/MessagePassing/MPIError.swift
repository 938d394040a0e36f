import COpenMPI

/// A failed MPI call, or an argument that would make one fail.
public struct MPIError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The MPI function, such as `MPI_Allreduce`.
  public let call: String
  /// The code it returned.
  public let code: Int32
  /// MPI's text for the code, or what is wrong with the argument.
  public let text: String

  /// One line that names the call, the cause and the code.
  public var description: String { "\(call) failed: \(text) (MPI error \(code))" }
}

/// Turns the return code of every MPI call into an error: the only place that looks at one.
func check(_ code: Int32, _ call: StaticString) throws(MPIError) {
  guard code != MPI_SUCCESS else { return }
  var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING) + 1)
  var length: Int32 = 0
  let known = MPI_Error_string(code, &text, &length) == MPI_SUCCESS
  let message = known ? string(text, length: length) : "unknown error"
  throw MPIError(call: "\(call)", code: code, text: message)
}

/// Refuses an argument before MPI sees it, with the numbers that do not fit.
func require(
  _ condition: Bool, _ call: StaticString, _ text: @autoclosure () -> String
) throws(MPIError) {
  guard !condition else { return }
  throw MPIError(call: "\(call)", code: MPI_ERR_ARG, text: text())
}

/// The first `length` characters of a buffer that MPI filled.
func string(_ characters: [CChar], length: Int32) -> String {
  String(decoding: characters.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
