internal import Evaluation
public import Foundation
internal import Objectives
internal import Safetensors
internal import Tensors

/// The run as TensorBoard reads it: an event file beside `metrics.jsonl`.
///
/// A file is a row of TFRecords, each an `Event` message of protocol buffers with scalars. Five fields are
/// all that takes, so they are written here rather than by a library with its own code generator.
///
/// A resumed run rewrites the file up to its checkpoint. TensorBoard's own way, a second file that begins with a
/// `SessionLog` (PyTorch's `purge_step`), discards every tag from one step on. The checkpoint's last step lies on both
/// sides of that line: its losses stay, while scores that were taken after it come again. Whichever step such a file
/// named, points would be missing or double.
public final class TensorBoardLog: @unchecked Sendable {
  /// The file's name; TensorBoard looks for `tfevents`.
  public static let fileName = "events.out.tfevents.taco-dist"

  private let handle: FileHandle
  private let path: String

  /// Starts a file, or goes on with that of a run that is resumed.
  ///
  /// - Parameters:
  ///   - file: Replaced when it exists and nothing is resumed.
  ///   - state: How far the resumed run is: later events are dropped, as they will come again.
  ///   - time: Seconds since 1970.
  /// - Throws: An error that names the file that cannot be read or written.
  public init(
    file: URL, keeping state: TrainingState? = nil, time: Double = Date().timeIntervalSince1970
  ) throws {
    path = file.path
    var contents = Self.record(Self.header(time: time))
    if let state, let old = try contentsIfPresent(of: file) {
      let kept = Self.events(in: old).filter { $0.isBefore(state) }
      if !kept.isEmpty { contents = kept.reduce(into: Data()) { $0 += Self.record($1.bytes) } }
    }
    try AtomicFile.write(contents, to: file)
    let handle = try FileHandle(forWritingTo: file)
    handle.seekToEndOfFile()
    self.handle = handle
  }

  /// Appends an event.
  public func write(
    _ event: TrainingEvent, time: Double = Date().timeIntervalSince1970
  ) throws {
    do {
      try handle.write(contentsOf: Self.record(Self.message(event, time: time)))
    } catch {
      throw ModelFolderError("\(path): cannot be written; is the disk full?")
    }
  }

  // MARK: Messages

  private static func header(time: Double) -> Data {
    var event = ProtocolBuffer()
    event.add(1, time)
    event.add(3, "brain.Event:2")
    return event.bytes
  }

  static func message(_ event: TrainingEvent, time: Double) -> Data {
    switch event {
    case .step(let number, let epoch, let report, let rate, let seconds):
      let objective = report.objective
      var values = [("loss/total", objective.total)]
      values += objective.terms.map { (tag("loss", $0.title), $0.value) }
      values += [
        ("train/learning-rate", rate), ("train/gradient-norm", report.gradientNorm),
        ("train/epoch", Double(epoch)),
        ("train/tokens-per-second", seconds > 0 ? Double(report.tokens) / seconds : 0),
      ]
      values += objective.statistics.map { (tag("objective", $0.title), $0.value) }
      return scalars(values, step: number, time: time)
    case .evaluation(let split, _, let step, let report, _, _):
      return scalars(
        [
          ("\(split)/accuracy", report.accuracy), ("\(split)/weighted-F1", report.weightedF1),
          ("\(split)/macro-F1", report.macroF1),
        ], step: step, time: time)
    }
  }

  private static func tag(_ group: String, _ title: String) -> String {
    "\(group)/" + String(title.map { $0 == " " ? "-" : $0 })
  }

  static func scalars(_ values: [(tag: String, value: Double)], step: Int, time: Double) -> Data {
    var summary = ProtocolBuffer()
    for (tag, value) in values {
      var scalar = ProtocolBuffer()
      scalar.add(1, tag)
      scalar.add(2, Float(value))
      summary.add(1, scalar.bytes)
    }
    var event = ProtocolBuffer()
    event.add(1, time)
    event.add(2, UInt64(step))
    event.add(5, summary.bytes)
    return event.bytes
  }

  // MARK: Records

  /// Length, its checksum, the bytes, their checksum.
  static func record(_ bytes: Data) -> Data {
    var length = Data()
    length.appendLittleEndian(UInt64(bytes.count))
    var record = length
    record.appendLittleEndian(CRC32C.masked(length))
    record += bytes
    record.appendLittleEndian(CRC32C.masked(bytes))
    return record
  }

  /// An event in a file.
  struct Event {
    let bytes: Data
    let step: Int
    /// The tag of the first scalar, empty in the header.
    let tag: String

    func isBefore(_ state: TrainingState) -> Bool {
      tag.hasPrefix("test/")
        ? false : step <= (tag.hasPrefix("valid/") ? state.evaluatedStep : state.step)
    }
  }

  /// The events up to the first damaged record.
  static func events(in file: Data) -> [Event] {
    var events: [Event] = []
    var rest = file[...]
    while rest.count >= 16 {
      let head = Data(rest.prefix(8))
      let count = head.littleEndian(UInt64.self)
      guard CRC32C.masked(head) == Data(rest.dropFirst(8).prefix(4)).littleEndian(UInt32.self),
        count <= UInt64(rest.count - 16)
      else { break }
      let bytes = Data(rest.dropFirst(12).prefix(Int(count)))
      let check = Data(rest.dropFirst(12 + Int(count)).prefix(4)).littleEndian(UInt32.self)
      guard CRC32C.masked(bytes) == check else { break }
      let fields = ProtocolBuffer.fields(of: bytes)
      let step = fields.first { $0.number == 2 }.map { Int(truncatingIfNeeded: $0.value) } ?? 0
      let scalar = fields.first { $0.number == 5 }
        .flatMap { ProtocolBuffer.fields(of: $0.bytes).first { $0.number == 1 } }
        .flatMap { ProtocolBuffer.fields(of: $0.bytes).first { $0.number == 1 } }
      events.append(
        Event(
          bytes: bytes, step: step,
          tag: scalar.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        ))
      rest = rest.dropFirst(16 + Int(count))
    }
    return events
  }
}
