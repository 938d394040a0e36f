internal import Foundation
internal import JSONText

/// The fields of a `config.json`, checked one by one.
struct ConfigurationReader {
  let path: String
  let fields: [String: Any]

  private init(path: String, fields: [String: Any]) { (self.path, self.fields) = (path, fields) }

  init(_ file: URL) throws {
    path = file.path
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw EncoderError(
        "\(file.path): cannot be read. A model folder holds config.json and model.safetensors.")
    }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw EncoderError("\(file.path): not a JSON object.")
    }
    if let key = Self.repeatedKey(data) {
      throw EncoderError("\(file.path): '\(key)' stands in one object twice; keep one.")
    }
    fields = object
  }

  /// Of a key that comes again Foundation's reader takes the last value in silence.
  private static func repeatedKey(_ data: Data) -> String? {
    [UInt8](data).withUnsafeBufferPointer { text in
      var options = JSONReader.Options(maximumDepth: 64)
      options.allowsDuplicateKeys = false
      var reader = JSONReader(text, options)
      do throws(JSONFault) {
        _ = try reader.document()
      } catch {
        if case .duplicateKey(let key) = error.kind { return key }
      }
      return nil
    }
  }

  func optionalString(_ name: String) -> String? { fields[name] as? String }

  /// A value that is true or false.
  func flag(_ name: String, default fallback: Bool) throws -> Bool {
    guard let value = fields[name], !(value is NSNull) else { return fallback }
    guard let flag = value as? Bool else {
      throw EncoderError("\(path): '\(name)' is \(value), expected true or false.")
    }
    return flag
  }

  /// The fields of an object in a field; nil without, or where it is null.
  func object(_ name: String) throws -> ConfigurationReader? {
    guard let value = fields[name], !(value is NSNull) else { return nil }
    guard let object = value as? [String: Any] else {
      throw EncoderError("\(path): '\(name)' is no object.")
    }
    return ConfigurationReader(path: path, fields: object)
  }

  /// Whether a field stands there with a value.
  func has(_ name: String) -> Bool { fields[name].map { !($0 is NSNull) } ?? false }

  /// The family's name; configurations from before 2020 lack it, but the class or the weights tell it.
  func modelType() throws -> String {
    if let value = fields["model_type"] {
      guard let value = value as? String else {
        throw EncoderError("\(path): 'model_type' is not a string.")
      }
      return value
    }
    let architecture = (fields["architectures"] as? [Any])?.first as? String ?? ""
    // `BertModel`, but not `BertGenerationEncoder`.
    let ends = ["Model", "For", "LMHead"]
    for family in EncoderFamily.all where architecture.hasPrefix(family.classPrefix) {
      let rest = architecture.dropFirst(family.classPrefix.count)
      if ends.contains(where: { rest.hasPrefix($0) }) { return family.modelType }
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let names = (try? WeightFiles(folder: folder))?.names ?? []
    let found = EncoderFamily.all.filter { family in
      let tokens = "\(family.modelType).\(family.names.tokens)"
      return names.contains { $0 == tokens || $0.hasSuffix(".\(tokens)") }
    }
    guard architecture.isEmpty, found.count == 1 else {
      throw EncoderError(
        "\(path): 'model_type' is missing, and neither 'architectures' nor the weights' names tell the "
          + "family. Add it, such as \"model_type\": \"bert\".")
    }
    return found[0].modelType
  }

  func integer(_ name: String, _ range: ClosedRange<Int>, default fallback: Int? = nil) throws
    -> Int
  {
    let everything = -Double.infinity...Double.infinity
    let value = try number(name, everything, default: fallback.map(Double.init))
    guard let integer = Int(exactly: value) else {
      throw EncoderError("\(path): '\(name)' is \(value), expected a whole number.")
    }
    guard range.contains(integer) else {
      throw EncoderError(
        "\(path): '\(name)' is \(integer), expected \(range.lowerBound) to \(range.upperBound).")
    }
    return integer
  }

  func number(_ name: String, _ range: ClosedRange<Double>, default fallback: Double? = nil) throws
    -> Double
  {
    if fields[name] == nil || fields[name] is NSNull, let fallback { return fallback }
    guard let value = (fields[name] as? NSNumber)?.doubleValue else {
      throw EncoderError("\(path): '\(name)' is missing or not a number.")
    }
    guard range.contains(value) else {
      throw EncoderError(
        "\(path): '\(name)' is \(value), expected \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }
}
