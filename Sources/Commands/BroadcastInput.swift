import ArgumentParser
import EmotionData
import Foundation
import MessagePassing
import Training

/// How a command comes by its input files.
struct InputOptions: ParsableArguments {
  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help:
      "Only rank 0 reads data, weights and checkpoints from disk; the other hosts get them by MPI."
  )
  var broadcastInput = false
}

/// Gives all ranks what rank 0 alone has on its disk, or what a slow file system should be asked for only once.
///
/// Each host gets one copy, in a folder of its own under TMPDIR, which its ranks map and so share. The copies
/// have no names any more once everything has been opened.
final class BroadcastInput {
  private let session: Session
  /// The copies of this host; one rank makes it.
  private let folder: URL
  private let isWriter: Bool
  private var count = 0

  private static let chunk = 16 << 20

  /// Chooses a writer on each host; collective.
  init(_ session: Session) throws {
    self.session = session
    // Rank 0 reads the originals, and so is no writer, unless nobody else is on its host.
    let host = session.placements[session.ranks.rank].host
    let writer = session.placements.indices.first { $0 > 0 && session.placements[$0].host == host }
    isWriter = writer == session.ranks.rank
    let name = "taco-dist-\(UUID().uuidString)"
    let own = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    folder = URL(fileURLWithPath: try session.ranks.collect(own)[writer ?? 0])
  }

  deinit { if isWriter { try? FileManager.default.removeItem(at: folder) } }

  /// Where this rank reads a file or a folder's files; collective.
  ///
  /// - Parameter original: The place on rank 0, asked for there only.
  /// - Returns: The original on rank 0 and where rank 0 finds nothing, else this host's copy.
  /// - Throws: What `original` throws, and a `DataProblem` that names a copy that cannot be made.
  func place(_ original: () throws -> URL) throws -> URL {
    let source = try session.isRoot ? original() : nil
    let manifest = try session.ranks.collect(source.map { Manifest(of: $0) })[0]
    guard let manifest, !manifest.files.isEmpty else {
      return source ?? URL(fileURLWithPath: manifest?.name ?? "")
    }
    count += 1
    let place = folder.appendingPathComponent("\(count)").appendingPathComponent(manifest.name)
    if isWriter {
      let parent = manifest.isFolder ? place : place.deletingLastPathComponent()
      try Self.explain(place) {
        try FileManager.default.createDirectory(
          at: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
    }
    for file in manifest.files {
      try send(
        source.map { manifest.isFolder ? $0.appendingPathComponent(file.name) : $0 },
        manifest.isFolder ? place.appendingPathComponent(file.name) : place, bytes: file.bytes)
    }
    // Nobody opens a copy before it is whole.
    try session.ranks.barrier()
    return source ?? place
  }

  /// Removes the copies, which stay readable where they are open; collective.
  func finish() throws {
    try session.ranks.barrier()
    if isWriter { try? FileManager.default.removeItem(at: folder) }
  }

  /// Sends one file from rank 0 to the writers, piece by piece.
  private func send(_ source: URL?, _ place: URL, bytes: Int) throws {
    let input = try source.map { source in
      try Self.explain(source) { try FileHandle(forReadingFrom: source) }
    }
    var output: FileHandle?
    if isWriter {
      try Self.explain(place) {
        try Data().write(to: place)
        output = try FileHandle(forWritingTo: place)
      }
    }
    for start in stride(from: 0, to: bytes, by: Self.chunk) {
      let length = min(Self.chunk, bytes - start)
      var piece = [UInt8](repeating: 0, count: length)
      if let input, let source {
        piece = try Self.explain(source) { [UInt8](try input.read(upToCount: length) ?? Data()) }
        guard piece.count == length else {
          throw DataProblem("\(source.path): changed while it was read.")
        }
      }
      piece = try session.ranks.broadcast(piece)
      try Self.explain(place) { try output?.write(contentsOf: piece) }
    }
    try input?.close()
    try output?.close()
  }

  /// Names the file, and TMPDIR where a copy is concerned.
  private static func explain<R>(_ file: URL, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch {
      throw DataProblem(
        "--broadcast-input: \(file.path): \(error.systemReason). Copies stand in TMPDIR: let it "
          + "name a folder with room.", code: ExitStatus.failure)
    }
  }
}

/// The files that are sent.
private struct Manifest: Codable {
  struct File: Codable {
    let name: String
    let bytes: Int
  }

  let name: String
  let isFolder: Bool
  let files: [File]

  /// A file, or the visible files of a folder; none where there is nothing.
  init(of url: URL) {
    let manager = FileManager.default
    name = url.lastPathComponent
    var isFolder: ObjCBool = false
    let exists = manager.fileExists(atPath: url.path, isDirectory: &isFolder)
    self.isFolder = isFolder.boolValue
    func file(_ url: URL) -> File? {
      let path = url.resolvingSymlinksInPath().path
      guard let attributes = try? manager.attributesOfItem(atPath: path),
        attributes[.type] as? FileAttributeType == .typeRegular,
        let bytes = attributes[.size] as? NSNumber
      else { return nil }
      return File(name: url.lastPathComponent, bytes: bytes.intValue)
    }
    if !exists {
      files = []
    } else if isFolder.boolValue {
      let names = (try? manager.contentsOfDirectory(atPath: url.path)) ?? []
      files = names.filter { !$0.hasPrefix(".") }.sorted()
        .compactMap { file(url.appendingPathComponent($0)) }
    } else {
      files = file(url).map { [$0] } ?? []
    }
  }
}

// MARK: - What commands place

extension BroadcastInput {
  /// The encoder that `--model` names.
  func model(_ name: Path) throws -> ModelLocation {
    if name.text == "nano" { return .nano }
    return .folder(
      try place {
        guard case .folder(let url) = try ModelLocation(name.text) else {
          return name.url
        }
        return url
      })
  }

  /// A file or folder that an option names.
  func path(_ path: Path) throws -> Path {
    Path(stringLiteral: try place { path.url }.path)
  }

  /// The options that say where texts and labels come from.
  func texts(_ texts: DataOptions) throws -> DataOptions {
    var texts = texts
    if let labels = texts.labels, LabelSet.named(labels.text) == nil {
      texts.labels = try path(labels)
    }
    return texts
  }

  /// A text of rank 0.
  func text(_ text: String) throws -> String {
    String(decoding: try session.ranks.broadcast(Array(text.utf8)), as: UTF8.self)
  }
}
