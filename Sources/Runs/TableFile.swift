internal import Foundation
package import Objectives
internal import Safetensors

/// An objective's constant tables in a run folder, so that a run that goes on need not make them again.
///
/// A tensor a table; the metadata has the SHA-256 of what the tables were made of and of their values, so that tables of
/// another tree, or damaged ones, are never taken.
struct TableFile {
  /// The file's name in a run folder.
  static let name = "tables.safetensors"

  /// The file.
  let url: URL

  /// Reads the tables that were made of `source`.
  ///
  /// - Parameters:
  ///   - source: What they were made of.
  ///   - tables: Their names and shapes.
  ///   - tell: Takes a sentence where the file is there but damaged.
  /// - Returns: The tables, each row by row; nil where they have to be made.
  func read(
    _ source: TableSource, _ tables: [OwnTable], tell: (String) -> Void
  ) -> [[Float]]? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    do {
      let file = try SafetensorsFile(contentsOf: url)
      guard file.metadata["source"] == Self.digest(of: source) else { return nil }
      let values = try tables.map { table in
        let tensor = try file.tensor(table.name)
        guard tensor.shape == [table.rows, table.columns] else {
          throw ModelFolderError("'\(table.name)' has shape \(tensor.shape)")
        }
        return try file.floats(table.name)
      }
      guard file.metadata["values"] == Self.digest(of: values) else {
        throw ModelFolderError("its values are not those that were written")
      }
      return values
    } catch {
      tell("\(url.relativePath): damaged: \(error). What it held is made again.")
      return nil
    }
  }

  /// Writes the file, whole or not at all.
  func write(_ values: [[Float]], of source: TableSource, _ tables: [OwnTable]) throws {
    var writer = SafetensorsWriter(metadata: [
      "source": Self.digest(of: source), "values": Self.digest(of: values),
    ])
    for (table, values) in zip(tables, values) {
      try writer.add(table.name, shape: [table.rows, table.columns], values: values)
    }
    try writer.write(to: url)
  }

  private static func digest(of source: TableSource) -> String {
    SHA256.digest(of: Data(source.key.utf8))
  }

  private static func digest(of tables: [[Float]]) -> String {
    SHA256.digest(
      of: Data(
        tables.joined().flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }))
  }
}

extension RunFolder {
  private var tableFile: TableFile {
    TableFile(url: url.appendingPathComponent(TableFile.name))
  }

  /// The constant tables that the run has kept; nil where they have to be made.
  package func keptTables(_ source: TableSource, _ tables: [OwnTable]) -> [[Float]]? {
    let kept = tableFile.read(source, tables) { tell("warning: \($0)") }
    hasTables = kept != nil
    return kept
  }

  /// Keeps constant tables that were made, for when the run goes on.
  package func keep(_ values: [[Float]], of source: TableSource, _ tables: [OwnTable]) throws {
    guard !hasTables else { return }
    try writing { try tableFile.write(values, of: source, tables) }
    hasTables = true
  }
}
