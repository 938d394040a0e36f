package import Foundation
package import Safetensors
package import Tensors

extension SafetensorsWriter {
  /// A writer with parameters that follow one another; `values` begins with the first one.
  package init(_ entries: [ParameterLayout.Entry], _ values: Vector) throws {
    self.init()
    let base = entries.first?.offset ?? 0
    for entry in entries {
      let part = values[entry.offset - base..<entry.range.upperBound - base]
      try add(entry.name, shape: entry.shape, type: .float32) { sink in
        try sink(UnsafeRawBufferPointer(part.buffer))
      }
    }
  }
}

extension SafetensorsFile {
  /// Copies parameters that follow one another into their places; `values` begins with the first one.
  package func copy(into values: Vector, _ entries: [ParameterLayout.Entry], _ url: URL) throws {
    let base = entries.first?.offset ?? 0
    for entry in entries {
      let tensor = try tensor(entry.name)
      guard tensor.shape == entry.shape else {
        throw ModelFolderError(
          "\(url.path): '\(entry.name)' has shape \(tensor.shape), expected \(entry.shape)")
      }
      try tensor.copyFloats(
        into: values[entry.offset - base..<entry.range.upperBound - base].buffer)
    }
  }
}
