internal import Foundation
internal import Safetensors

/// The safetensors files of a model folder: `model.safetensors`, or the parts that
/// `model.safetensors.index.json` names.
struct WeightFiles: Sendable {
  /// The file, or the index.
  let url: URL
  /// All tensors' names.
  let names: [String]
  private let parts: [String: SafetensorsFile]
  /// The part that holds each tensor.
  private let places: [String: String]

  static let single = "model.safetensors"
  static let index = "model.safetensors.index.json"

  /// Opens the files and reads their headers.
  ///
  /// - Throws: `EncoderError` when there are none or the index is wrong; `SafetensorsError`.
  init(folder: URL) throws {
    let file = folder.appendingPathComponent(Self.single)
    if FileManager.default.fileExists(atPath: file.path) {
      let opened = try SafetensorsFile(contentsOf: file)
      url = file
      names = opened.names
      parts = [Self.single: opened]
      places = Dictionary(uniqueKeysWithValues: opened.names.map { ($0, Self.single) })
      return
    }
    url = folder.appendingPathComponent(Self.index)
    guard let data = FileManager.default.contents(atPath: url.path) else {
      throw EncoderError(
        "\(file.path): no such file. A model folder holds config.json and model.safetensors.")
    }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let map = object["weight_map"] as? [String: String], !map.isEmpty
    else {
      throw EncoderError(
        "\(url.path): not an index of tensors: no 'weight_map' of names and files.")
    }
    var parts: [String: SafetensorsFile] = [:]
    for part in Set(map.values).sorted() {
      guard !part.contains("/"), part.hasSuffix(".safetensors") else {
        throw EncoderError("\(url.path): '\(part)' is no name of a safetensors file beside it.")
      }
      let place = folder.appendingPathComponent(part)
      guard FileManager.default.fileExists(atPath: place.path) else {
        throw EncoderError(
          "\(place.path): no such file, but \(Self.index) names it. Download the folder again.")
      }
      parts[part] = try SafetensorsFile(contentsOf: place)
    }
    for (name, part) in map.sorted(by: { $0.key < $1.key }) where parts[part]?[name] == nil {
      throw EncoderError(
        "\(folder.appendingPathComponent(part).path): tensor '\(name)' is missing, but \(Self.index) "
          + "says that it is there. Download the folder again.")
    }
    (self.parts, places) = (parts, map)
    names = map.keys.sorted()
  }

  /// A tensor; nil when there is none of that name.
  func tensor(_ name: String) throws -> TensorView? {
    try places[name].flatMap { parts[$0] }?.tensor(name)
  }

  /// The path of the file that holds a tensor.
  func place(of name: String) -> String {
    url.deletingLastPathComponent().appendingPathComponent(places[name] ?? Self.single).path
  }
}
