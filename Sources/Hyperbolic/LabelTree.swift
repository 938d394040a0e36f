internal import Objectives

/// A hierarchy over labels: which node is a kind of which.
///
/// It is read from lines of child TAB parent. A node may have several parents, and several nodes may have none; where
/// one alone has none, it says nothing (all is a kind of it) and is left out, as HypEmo's authors do.
struct LabelTree: Sendable, Hashable {
  /// The nodes, the only root left out, in the order in which the file names them first.
  let nodes: [String]
  /// All ancestors of each node, by their places in `nodes`, ascending.
  let ancestors: [[Int]]
  /// The place of each label in `nodes`.
  let labels: [Int]

  /// All that vectors depend on: which nodes are above which, and which are the labels.
  var key: String {
    ancestors.map { $0.map(String.init).joined(separator: " ") }.joined(separator: ", ")
      + "; labels " + labels.map(String.init).joined(separator: " ")
  }

  /// A line's child and parent.
  private struct Edge {
    let child: Int
    let parent: Int
    let line: Int
  }

  /// Reads a tree.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8; blank lines and those that start with `#` say nothing.
  ///   - file: The name for messages.
  ///   - labels: The labels' names; upper and lower case, and `_`, `-` and a blank, are the same.
  ///   - prunes: Whether nodes that are neither a label nor above one are left out; else a leaf of that kind, which may
  ///     be a label misspelt, is refused.
  /// - Throws: `ObjectiveError` that names file and line.
  init(_ bytes: [UInt8], file: String, labels: [String], prunes: Bool = false)
    throws(ObjectiveError)
  {
    var reader = try Reader(bytes, file: file)
    let closure = try reader.closure()
    var places: [Int] = []
    for label in labels {
      guard let place = reader.places[Self.folded(label)] else {
        throw ObjectiveError(
          "\(file): the label '\(shown(label))' is not in the tree; add a line of it, TAB, and its parent"
        )
      }
      places.append(place)
    }
    var needed = Set(places + places.flatMap { closure[$0] })
    if !prunes, let edge = reader.edges.first(where: { !needed.contains($0.child) }) {
      throw ObjectiveError(
        "\(file):\(edge.line): '\(shown(reader.names[edge.child]))' is neither a label nor the parent of one; correct or "
          + "remove it")
    }
    if prunes { Self.contract(&needed, labels: places, ancestors: closure) }
    let roots = needed.filter { closure[$0].isEmpty }
    let kept = needed.sorted().filter {
      roots.count > 1 || !roots.contains($0) || places.contains($0)
    }
    let numbers = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    nodes = kept.map { reader.names[$0] }
    ancestors = kept.map { node in
      closure[node].filter { roots.count > 1 || !roots.contains($0) }.compactMap { numbers[$0] }
        .sorted()
    }
    self.labels = places.compactMap { numbers[$0] }
    guard ancestors.contains(where: { !$0.isEmpty }) else {
      throw ObjectiveError(
        "\(file): all labels hang from the root, so that none is nearer to another; group some under parents of their "
          + "own")
    }
  }

  /// Takes out what has no more labels below it than a node that it is above: it would say the same twice.
  private static func contract(
    _ needed: inout Set<Int>, labels: [Int], ancestors: [[Int]]
  ) {
    func below(_ node: Int) -> Set<Int> {
      Set(labels.filter { $0 == node || ancestors[$0].contains(node) })
    }
    for node in needed.subtracting(labels) where !ancestors[node].isEmpty {
      let own = below(node)
      if needed.contains(where: { ancestors[$0].contains(node) && below($0) == own }) {
        needed.remove(node)
      }
    }
  }

  /// Names that count as the same, as in label sets.
  private static func folded(_ name: String) -> String {
    String(name.lowercased().map { $0 == "_" || $0 == "-" ? " " : $0 })
  }

  /// The lines as numbers.
  private struct Reader {
    private let file: String
    private(set) var names: [String] = []
    private(set) var places: [String: Int] = [:]
    private(set) var edges: [Edge] = []
    /// The line of each pair of child and parent.
    private var lines: [[Int]: Int] = [:]

    init(_ bytes: [UInt8], file: String) throws(ObjectiveError) {
      self.file = file
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw ObjectiveError("\(file): not UTF-8; save the file as UTF-8")
      }
      let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
        // A byte-order mark is no part of a name.
        let line = index == 0 && line.first == "\u{FEFF}" ? line.dropFirst() : line
        if line.first != "#" { try add(line, number: index + 1) }
      }
      guard !edges.isEmpty else {
        throw ObjectiveError("\(file): no line; give lines of child, TAB, parent")
      }
    }

    private mutating func add(_ line: Substring, number: Int) throws(ObjectiveError) {
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(Self.trimmed)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw ObjectiveError("\(file):\(number): '\(shown(line))' is not child, TAB, parent")
      }
      let edge = Edge(child: place(of: parts[0]), parent: place(of: parts[1]), line: number)
      if let other = lines.updateValue(number, forKey: [edge.child, edge.parent]) {
        throw ObjectiveError(
          "\(file):\(number): '\(shown(parts[0]))' under '\(shown(parts[1]))' stands in line \(other) already; "
            + "keep one")
      }
      edges.append(edge)
    }

    /// A name without the blanks around it.
    private static func trimmed(_ text: Substring) -> String {
      let text = text.drop(while: \.isWhitespace)
      guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
      return String(text[...last])
    }

    private mutating func place(of name: String) -> Int {
      let key = LabelTree.folded(name)
      if let known = places[key] { return known }
      places[key] = names.count
      names.append(name)
      return names.count - 1
    }

    /// Thousands of pairs would be trained on for hours.
    private static var mostPairs: Int { 5000 }

    /// All ancestors of each node; refuses a node that is its own.
    mutating func closure() throws(ObjectiveError) -> [[Int]] {
      var parents = [[Edge]](repeating: [], count: names.count)
      for edge in edges { parents[edge.child].append(edge) }
      var pairs = 0
      return try names.indices.map { (node) throws(ObjectiveError) in
        var (found, open) = (Set<Int>(), parents[node])
        while let edge = open.popLast() {
          guard edge.parent != node else {
            throw ObjectiveError(
              "\(file):\(edge.line): a cycle: '\(shown(names[node]))' is above '\(shown(names[edge.child]))' and below it"
            )
          }
          if found.insert(edge.parent).inserted { open += parents[edge.parent] }
        }
        pairs += found.count
        guard pairs <= Self.mostPairs else {
          throw ObjectiveError(
            "\(file): names and all that is above them are more than \(Self.mostPairs) pairs; trees of labels have "
              + "hundreds. Leave out names that no label is below, and levels with one name")
        }
        return found.sorted()
      }
    }
  }
}

/// A name of a file in a message: not too long, and nothing in it that steers a terminal.
private func shown(_ text: some StringProtocol) -> String {
  let safe = text.unicodeScalars.prefix(80).map {
    $0.properties.generalCategory == .control && $0 != "\t" ? "?" : String($0)
  }
  return safe.joined() + (text.unicodeScalars.count > 80 ? "..." : "")
}
