public import Foundation
internal import SystemPackage

/// Looks at a folder that `--model` names before anything of it is read, and tells the true cause where it is
/// not one that can be trained: half a download, another format, a folder of something else.
public enum ModelExamination {
  /// Refuses a folder that cannot be used.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - needsWeights: Whether the encoder is wanted, not its tokenizer alone.
  /// - Throws: `ModelFolderError` with the cause and the way out.
  public static func check(_ folder: URL, needsWeights: Bool = true) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      throw ModelFolderError("\(folder.path): no such folder.")
    }
    guard isFolder.boolValue else {
      throw ModelFolderError("\(folder.path): is a file; give the folder that holds it.")
    }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    } catch {
      throw ModelFolderError("\(folder.path): cannot be read; check its permissions.")
    }
    for name in names where isRead(name) {
      try checkContents(folder.appendingPathComponent(name), folder)
    }
    guard needsWeights else { return }
    if let cause = otherKind(folder, names) { throw ModelFolderError("\(folder.path): \(cause)") }
  }

  /// Whether a folder has weights that can be trained.
  static func hasWeights(_ folder: URL) -> Bool {
    ["model.safetensors", "model.safetensors.index.json"].contains { exists($0, in: folder) }
  }

  /// Whether a folder tells an encoder's shape.
  static func hasConfiguration(_ folder: URL) -> Bool { exists("config.json", in: folder) }

  private static func exists(_ name: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  private static func isRead(_ name: String) -> Bool {
    [
      "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
      "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "model.safetensors.index.json",
      "taco.json", "taco.safetensors",
    ].contains(name) || name.hasPrefix("model") && name.hasSuffix(".safetensors")
  }

  // MARK: Files that are not what their names say

  private static func checkContents(_ file: URL, _ folder: URL) throws {
    var start = [UInt8](repeating: 0, count: 128)
    let count: Int
    do {
      let descriptor = try FileDescriptor.open(file.path, .readOnly, options: .closeOnExec)
      count = try descriptor.closeAfter {
        try start.withUnsafeMutableBytes { try descriptor.read(into: $0) }
      }
    } catch {
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file.path)
      if error as? Errno == .noSuchFileOrDirectory, let target {
        throw ModelFolderError(
          "\(file.path): a link to \(target), which is not there. The download is incomplete, or the "
            + "folder was copied without what its links lead to ('cp -rL' follows them).")
      }
      throw ModelFolderError("\(file.path): cannot be read: \(error)")
    }
    // Empty lists of merges and the like are the readers' business.
    if count == 0, !["vocab.txt", "merges.txt"].contains(file.lastPathComponent) {
      throw ModelFolderError("\(file.path): is empty. Download it again.")
    }
    let text = String(decoding: start[0..<count], as: UTF8.self)
    if text.hasPrefix("version https://git-lfs") {
      throw ModelFolderError(
        "\(file.path): a pointer of Git LFS, not the file itself. Run 'git lfs install' and 'git lfs pull' "
          + "in \(folder.path).")
    }
    let lower = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    if lower.hasPrefix("<!doctype") || lower.hasPrefix("<html") || lower.hasPrefix("<?xml") {
      throw ModelFolderError(
        "\(file.path): a web page, not the file itself: the download was answered by a page, perhaps one "
          + "that asks to log in. Download it again, from an address with /resolve/ instead of /blob/."
      )
    }
  }

  // MARK: Folders of something else

  private static func otherKind(_ folder: URL, _ names: [String]) -> String? {
    let hasConfiguration = names.contains("config.json")
    let hasWeights =
      names.contains("model.safetensors") || names.contains("model.safetensors.index.json")
    if hasConfiguration, hasWeights { return nil }
    if names.contains("adapter_config.json") {
      let file = folder.appendingPathComponent("adapter_config.json")
      let fields = FileManager.default.contents(atPath: file.path)
        .flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
      let base = fields?["base_model_name_or_path"] as? String
      guard fields?[AdapterFolder.digest] == nil else {
        return
          "holds adapters that a run trained, not an encoder. Give merged/, which the run writes with --merge: "
          + "'train --output RUN --resume --merge' and the run's other options make it of a run that has ended, too."
      }
      return
        "holds an adapter, \(base.map { "made for '\($0)'" } ?? "not an encoder"). Merge the two "
        + "with PEFT: PeftModel.from_pretrained(base, FOLDER).merge_and_unload().save_pretrained(NEW), and "
        + "give NEW."
    }
    if !hasConfiguration, let inner = innerModel(folder, names) { return inner }
    guard hasConfiguration, !hasWeights else { return nil }
    return otherWeights(names)
  }

  /// Where the model may be instead.
  private static func innerModel(_ folder: URL, _ names: [String]) -> String? {
    func holdsModel(_ name: String) -> Bool {
      let file = folder.appendingPathComponent(name).appendingPathComponent("config.json")
      return FileManager.default.fileExists(atPath: file.path)
    }
    if names.contains("modules.json") {
      let inner = names.first { ($0.hasPrefix("0_") || $0.hasPrefix("0.")) && holdsModel($0) }
      return "a folder of sentence-transformers without an encoder at its top."
        + (inner.map { " The encoder is in \($0): give \(folder.path)/\($0)." } ?? "")
    }
    let checkpoints = names.filter { $0.hasPrefix("checkpoint-") && holdsModel($0) }
    if let last = checkpoints.max(by: { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }) {
      return "no config.json, but checkpoints of a training: give \(folder.path)/\(last)."
    }
    if names.contains("model"), holdsModel("model") {
      return "no config.json here, but in \(folder.path)/model: give that folder."
    }
    return nil
  }

  /// Weights in another format, and how to convert them.
  private static func otherWeights(_ names: [String]) -> String {
    let convert =
      "Open it with transformers and save it with save_pretrained(FOLDER, safe_serialization=True)"
    func first(_ matches: (String) -> Bool) -> String? { names.first(where: matches) }
    if let file = first({ $0.hasPrefix("pytorch_model") && $0.contains(".bin") }) {
      return "model.safetensors: no such file, but \(file). \(convert)."
    }
    if let file = first({ $0 == "tf_model.h5" || $0.hasSuffix(".ckpt.index") }) {
      return "model.safetensors: no such file, but weights of TensorFlow (\(file)). \(convert); "
        + "from_tf=True reads them."
    }
    if let file = first({ $0.hasSuffix(".msgpack") }) {
      return "model.safetensors: no such file, but weights of Flax (\(file)). \(convert); "
        + "from_flax=True reads them."
    }
    if let file = first({ $0.hasSuffix(".safetensors") && $0 != "taco.safetensors" }) {
      return
        "model.safetensors: no such file, but \(file). Give it that name if it is the whole encoder."
    }
    if let file = first({ $0.hasSuffix(".gguf") || $0.hasSuffix(".onnx") || $0 == "onnx" }) {
      return
        "model.safetensors: no such file, but \(file), which is for running a model, not for training "
        + "it. Get the original weights."
    }
    return
      "model.safetensors: no such file. A model folder holds config.json and model.safetensors."
  }
}
