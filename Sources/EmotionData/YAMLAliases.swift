/// Looks for aliases that would make a small YAML text an endless one.
///
/// An alias to a list of aliases to lists of aliases stands for more nodes than any memory holds, and the
/// parser visits them all where such a node is a key. No file of ours needs more than a few.
///
/// - Parameter text: YAML.
/// - Returns: The line of the first alias too many and what is wrong, or nil.
public func excessiveYAMLAliases(in text: String) -> (line: Int, problem: String)? {
  let most = 20
  var (count, line) = (0, 1)
  // With the last bytes of YAML's other line ends: CR, NEL, LS and PS.
  let beginnings = [UInt8](",:-?[{\n\r".utf8) + [0x85, 0xA8, 0xA9]
  // The byte before all blanks: an alias stands where a value or a key may begin.
  var beforeBlanks = Byte.lineFeed
  for byte in text.utf8 {
    if byte == UInt8(ascii: "*"), beginnings.contains(beforeBlanks) {
      count += 1
      if count > most { return (line, "more than \(most) aliases (*name); write the values out") }
    }
    if byte == Byte.lineFeed { line += 1 }
    if byte != Byte.space, byte != Byte.tab { beforeBlanks = byte }
  }
  return nil
}
