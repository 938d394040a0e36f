import Foundation
import Objectives
import Settings
import Tensors
import Testing

@testable import Hyperbolic

/// Reading of trees, and what is refused.
@Suite struct LabelTreeTests {
  private func tree(_ text: String, _ labels: [String], prunes: Bool = false) throws -> LabelTree {
    try LabelTree(Array(text.utf8), file: "tree.tsv", labels: labels, prunes: prunes)
  }

  @Test func theOnlyRootSaysNothing() throws {
    let found = try tree(
      "good\tall\nbad\tall\n\n# a note\njoy\tgood\nLove\tgood \r\nfear\tbad\n",
      ["love", "joy", "fear"])
    #expect(found.nodes == ["good", "bad", "joy", "Love", "fear"])
    #expect(found.ancestors == [[], [], [0], [0], [1]])
    #expect(found.labels == [3, 2, 4])
  }

  @Test func severalRootsStay() throws {
    let found = try tree("joy\tgood\nlove\tgood\nfear\tbad\n", ["joy", "love", "fear"])
    #expect(found.nodes == ["joy", "good", "love", "fear", "bad"])
    #expect(found.ancestors == [[1], [], [1], [4], []])
  }

  @Test func aNodeMayHaveSeveralParentsAndALabelChildren() throws {
    let found = try tree(
      "good\tall\nbad\tall\nnostalgia\tgood\nnostalgia\tbad\nhomesick\tnostalgia\njoy\tgood\n",
      ["nostalgia", "homesick", "joy"])
    let names = { (node: String) in
      found.ancestors[found.nodes.firstIndex(of: node) ?? 0].map { found.nodes[$0] }
    }
    #expect(names("homesick") == ["good", "bad", "nostalgia"])
  }

  @Test(arguments: [
    ("joy good\n", "tree.tsv:1: 'joy good' is not child, TAB, parent"),
    ("joy\tgood\tall\n", "tree.tsv:1: 'joy\tgood\tall' is not child"),
    ("joy\tgood\nlove\t\n", "tree.tsv:2: 'love\t' is not child"),
    ("joy\tgood\nlove\tgood\njoy\tgood\n", "tree.tsv:3: 'joy' under 'good' stands in line 1"),
    (
      (0..<200).map { "n\($0)\tn\($0 + 1)\n" }.joined() + "joy\tn0\nlove\tn0\n",
      "more than 5000 pairs"
    ),
    ("joy\tgood\nlove\tlove\n", "tree.tsv:2: a cycle: 'love'"),
    ("joy\tgood\nlove\tgood\ngood\tall\nall\tjoy\n", "a cycle: 'joy' is above 'all' and below it"),
    ("joy\tgood\ngood\tall\n", "tree.tsv: the label 'love' is not in the tree"),
    (
      "joy\tgood\nlove\tgood\ngood\tall\nnervousment\tgood\n",
      "tree.tsv:4: 'nervousment' is neither a label nor the parent of one"
    ),
    ("joy\tall\nlove\tall\n", "tree.tsv: all labels hang from the root"),
    ("# nothing\n", "tree.tsv: no line"),
  ])
  func badTreesAreNamedWithTheirLine(text: String, message: String) {
    let error = #expect(throws: ObjectiveError.self) { try tree(text, ["joy", "love"]) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func bytesThatAreNoTextAreRefused() {
    #expect(throws: ObjectiveError.self) {
      try LabelTree([0x61, 0xFF, 0x09, 0x62], file: "tree.tsv", labels: ["a", "b"])
    }
  }

  @Test func pruningLeavesOutWhatLabelsDoNotNeed() throws {
    let text = "good\tall\nglad\tgood\njoy\tglad\nlove\tgood\nbad\tall\nfear\tbad\nrage\tbad\n"
    let found = try tree(text, ["joy", "love", "fear"], prunes: true)
    // Under "glad" there is no more than joy, under "bad" no more than fear.
    #expect(found.nodes == ["good", "joy", "love", "fear"])
    #expect(found.ancestors == [[], [0], [0], []])
  }

  @Test func theBuiltInTreeHasEveryBuiltInLabel() throws {
    let names = String(decoding: PackageResources.emotions_tsv, as: UTF8.self)
      .split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { String($0.split(separator: "\t")[0]) }
    #expect(Set(names).count == names.count)
    let found = try LabelTree(
      PackageResources.emotions_tsv, file: "the built-in tree", labels: names, prunes: true)
    #expect(found.labels.count == names.count)
  }

  @Test func withoutATreeOtherLabelsAreBadUsage() throws {
    var settings = HyperbolicSettings()
    settings.treeEpochs = 1
    let error = #expect(throws: SettingError.self) {
      try settings.tables(labels: ["joy", "love", "saudade"]) { _ in [] }
    }
    #expect(error?.setting == "label-tree")
    #expect(error?.description.contains("'saudade'") == true)
    settings.tree = SettingFile(path: "/tree.tsv")
    let source = try settings.tables(labels: ["joy", "saudade"]) { path in
      #expect(path == "/tree.tsv")
      return Array("joy\tgood\nsaudade\tbad\n".utf8)
    }
    #expect(try source?.make().map(\.count) == [200])
    // Another tree, other labels or numbers have another key; the names of nodes decide nothing.
    func key(_ tree: String, _ labels: [String]) throws -> String? {
      try settings.tables(labels: labels) { _ in Array(tree.utf8) }?.key
    }
    let own = try key("joy\tgood\nsaudade\tbad\n", ["joy", "saudade"])
    #expect(own == source?.key)
    #expect(try own == key("joy\tup\nsaudade\tdown\n", ["joy", "saudade"]))
    #expect(try own != key("joy\tgood\nsaudade\tjoy\n", ["joy", "saudade"]))
    #expect(try own != key("joy\tgood\nsaudade\tbad\n", ["saudade", "joy"]))
    settings.treeNegatives += 1
    #expect(try own != key("joy\tgood\nsaudade\tbad\n", ["joy", "saudade"]))
    // What is called now and then can end the work.
    struct Enough: Error {}
    #expect(throws: Enough.self) { try source?.make { throw Enough() } }
  }
}
