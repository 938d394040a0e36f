import Foundation
import Safetensors
import Tensors

/// Embeddings on disk, `[N, d]` float32: NumPy's .npy or .safetensors, by the name's ending.
enum EmbeddingFile {
  /// Refuses a name that tells no format, and a place that cannot be written or is among the `inputs`.
  static func check(_ path: String, reads inputs: [String?]) throws {
    guard ["npy", "safetensors"].contains(ending(path)) else {
      throw DataProblem(
        "--embeddings \(path): a name that ends in .npy or .safetensors is wanted.",
        code: ExitStatus.usage)
    }
    try OutputPath.checkFile(
      path, option: "--embeddings", takesStreams: ending(path) == "npy", reads: inputs)
  }

  /// Writes the rows; the file is there whole or not at all.
  static func write(_ rows: DoubleMatrix, to path: String) throws {
    let url = URL(fileURLWithPath: path)
    let values = rows.values.map { Float($0) }
    if ending(path) == "safetensors" {
      var writer = SafetensorsWriter(metadata: ["format": "np"])
      try writer.add("embeddings", shape: [rows.rows, rows.columns], values: values)
      do {
        return try writer.write(to: url)
      } catch {
        throw DataProblem("--embeddings \(error)", code: ExitStatus.failure)
      }
    }
    try OutputPath.write(
      npy(values, rows: rows.rows, columns: rows.columns), to: path, option: "--embeddings")
  }

  private static func ending(_ path: String) -> String {
    URL(fileURLWithPath: path).pathExtension.lowercased()
  }

  /// Version 1.0 of the format: the header fills a multiple of 64 bytes.
  private static func npy(_ values: [Float], rows: Int, columns: Int) -> Data {
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let length = (10 + header.utf8.count + 1 + 63) / 64 * 64
    header += String(repeating: " ", count: length - 11 - header.utf8.count) + "\n"
    var data = Data([0x93] + "NUMPY".utf8 + [1, 0])
    data.append(UInt8(header.utf8.count & 0xFF))
    data.append(UInt8(header.utf8.count >> 8))
    data += header.utf8
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }
}
