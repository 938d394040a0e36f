import Foundation

/// The local cache of the Hugging Face hub, which is only read.
///
/// It has a folder `models--OWNER--NAME` with `refs` and `snapshots` for each model.
struct HubCache {
  /// The folder of all models.
  let place: URL

  /// The place that the environment names, as `huggingface_hub` looks for it.
  init(_ environment: [String: String]) {
    func variable(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : try? Path.parse($0).text }
    }
    let cache = variable("XDG_CACHE_HOME") ?? "\(variable("HOME") ?? ".")/.cache"
    let home = variable("HF_HOME") ?? "\(cache)/huggingface"
    let hub = variable("HF_HUB_CACHE") ?? variable("HUGGINGFACE_HUB_CACHE") ?? "\(home)/hub"
    place = URL(fileURLWithPath: hub)
  }

  /// Whether a word can be a model's name: `NAME` or `OWNER/NAME`.
  static func isName(_ word: String) -> Bool {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        guard let first = part.first, first != ".", first != "-" else { return false }
        return part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
      }
  }

  /// The newest snapshot of a model; nil when the cache does not have the model.
  ///
  /// - Parameter name: As on the hub.
  /// - Returns: Its folder.
  /// - Throws: `DataProblem` when it is there, but not whole.
  func folder(of name: String) throws -> URL? {
    let folder = place.appendingPathComponent(
      "models--" + name.replacingOccurrences(of: "/", with: "--"))
    guard FileManager.default.fileExists(atPath: folder.path) else { return nil }
    return try Self.snapshot(in: folder)
  }

  /// The snapshot to take of a model's folder in the cache; nil for any other folder.
  ///
  /// - Parameter folder: The folder.
  /// - Returns: The snapshot's folder.
  /// - Throws: `DataProblem` when there is none, or several and no word on which.
  static func snapshot(in folder: URL) throws -> URL? {
    let name = folder.standardizedFileURL.lastPathComponent
    guard name.hasPrefix("models--"),
      !FileManager.default.fileExists(atPath: folder.appendingPathComponent("config.json").path)
    else { return nil }
    let snapshots = folder.appendingPathComponent("snapshots")
    let all =
      ((try? FileManager.default.contentsOfDirectory(atPath: snapshots.path)) ?? [])
      .filter { !$0.hasPrefix(".") }
    let file = folder.appendingPathComponent("refs/main")
    let main = (try? String(contentsOf: file, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let model = name.dropFirst("models--".count).replacingOccurrences(of: "--", with: "/")
    guard let chosen = main ?? (all.count == 1 ? all[0] : nil) else {
      throw DataProblem(
        "model \(model): \(folder.path) has \(all.count) snapshots and no refs/main that chooses one. "
          + "Give one of the folders in \(snapshots.path), or run 'hf download \(model)'.")
    }
    let place = snapshots.appendingPathComponent(chosen)
    guard all.contains(chosen),
      let files = try? FileManager.default.contentsOfDirectory(atPath: place.path), !files.isEmpty
    else {
      throw DataProblem(
        "model \(model): \(folder.path) is the hub's cache without the files of its revision "
          + "\(chosen.prefix(40)): the download is incomplete. Run 'hf download \(model)'.")
    }
    return place
  }
}
