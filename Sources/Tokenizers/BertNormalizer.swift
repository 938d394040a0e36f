/// BERT's normalizer: cleaning, blanks around Chinese characters, accents off, lower case.
struct BertNormalizer: Sendable {
  /// Whether control characters go and every white space becomes a blank.
  var cleansText = true
  /// Whether Chinese characters get a blank on both sides.
  var separatesChinese = true
  /// Whether the text is decomposed (NFD) and non-spacing marks are dropped.
  var stripsAccents = true
  /// Whether the text becomes lower case.
  var lowercases = true

  /// The normalized text.
  func normalize(_ text: ByteBuffer) -> Bytes {
    var result: Bytes = []
    result.reserveCapacity(text.count + 16)
    // Neighbouring scalars beyond ASCII are treated together: marks are reordered among themselves.
    var run: [Unicode.Scalar] = []
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte < 0x80 {
        if let byte = normalized(byte) {
          finish(&run, into: &result)
          result.append(byte)
        }
        index += 1
        continue
      }
      let (scalar, next) = text.scalar(at: index)
      index = next
      if cleansText, scalar == "\u{FFFD}" || scalar.isBertControl { continue }
      if cleansText, scalar.properties.isWhitespace {
        finish(&run, into: &result)
        result.append(0x20)
      } else if separatesChinese, scalar.isBertChinese {
        finish(&run, into: &result)
        result.append(0x20)
        run.append(scalar)
        finish(&run, into: &result)
        result.append(0x20)
      } else {
        run.append(scalar)
      }
    }
    finish(&run, into: &result)
    return result
  }

  /// The normalized form of an ASCII character, or nil when it is dropped.
  @inline(__always)
  private func normalized(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x41...0x5A: lowercases ? byte | 0x20 : byte
    case 0x20...0x7E: byte
    case 0x09, 0x0A, 0x0D: cleansText ? 0x20 : byte
    default: cleansText ? nil : byte
    }
  }

  private func finish(_ run: inout [Unicode.Scalar], into result: inout Bytes) {
    guard !run.isEmpty else { return }
    if stripsAccents, !run.allSatisfy(\.isPlainSymbol) {
      NormalForm.nfd.forEachScalar(of: run) { scalar in
        if !scalar.isBertNonspacingMark { append(scalar, to: &result) }
      }
    } else {
      for scalar in run { append(scalar, to: &result) }
    }
    run.removeAll(keepingCapacity: true)
  }

  private func append(_ scalar: Unicode.Scalar, to result: inout Bytes) {
    if lowercases { result.appendLowercase(scalar) } else { result.append(scalar) }
  }
}

extension Unicode.Scalar {
  /// Curly quotes, dashes and emoji: most of what English has beyond ASCII, without decompositions.
  fileprivate var isPlainSymbol: Bool {
    switch value {
    case 0x2010...0x2027, 0x1F300...0x1F9FF: true
    default: false
    }
  }
}
