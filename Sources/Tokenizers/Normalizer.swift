import Foundation

/// What is done to a text before it is cut into words.
indirect enum Normalizer: Sendable {
  case bert(BertNormalizer)
  case lowercase
  case stripAccents
  case form(NormalForm)
  case sequence([Normalizer])

  /// The normalized text.
  func normalize(_ text: ByteBuffer) -> Bytes {
    switch self {
    case .bert(let normalizer):
      return normalizer.normalize(text)
    case .lowercase:
      var result: Bytes = []
      result.reserveCapacity(text.count)
      text.forEachScalar { result.appendLowercase($0) }
      return result
    case .stripAccents:
      var result: Bytes = []
      text.forEachScalar { if !$0.isCombiningMark { result.append($0) } }
      return result
    case .form(let form):
      var scalars: [Unicode.Scalar] = []
      text.forEachScalar { scalars.append($0) }
      var result: Bytes = []
      form.forEachScalar(of: scalars) { result.append($0) }
      return result
    case .sequence(let normalizers):
      return normalizers.reduce(into: Array(text)) { text, normalizer in
        text = text.withUnsafeBufferPointer { normalizer.normalize($0) }
      }
    }
  }
}

/// A Unicode normal form.
enum NormalForm: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  /// Calls `body` for each scalar of the normalized text.
  ///
  /// Scalars newer than the tables of the crate that Hugging Face uses pass unchanged.
  func forEachScalar(of scalars: [Unicode.Scalar], _ body: (Unicode.Scalar) -> Void) {
    var run = String.UnicodeScalarView()
    for scalar in scalars {
      if scalar.isNormalizable {
        run.append(scalar)
      } else {
        apply(to: String(run)).unicodeScalars.forEach(body)
        run = String.UnicodeScalarView()
        body(scalar)
      }
    }
    if !run.isEmpty { apply(to: String(run)).unicodeScalars.forEach(body) }
  }

  private func apply(to text: String) -> String {
    switch self {
    case .nfc: Self.composed(text.decomposedStringWithCanonicalMapping)
    case .nfd: text.decomposedStringWithCanonicalMapping
    // In two steps: Foundation leaves half-width kana and their sound marks apart otherwise.
    case .nfkc: Self.composed(text.decomposedStringWithCompatibilityMapping)
    case .nfkd: text.decomposedStringWithCompatibilityMapping
    }
  }

  /// Composes decomposed text.
  ///
  /// Foundation (Swift 6.3) mistakes some scalars beyond U+FFFF for others when a mark follows,
  /// such as U+E0041 for U+0041. In such a text, only what lies between scalars beyond U+FFFF is
  /// composed.
  private static func composed(_ text: String) -> String {
    let whole = text.precomposedStringWithCanonicalMapping
    let back = whole.decomposedStringWithCanonicalMapping
    guard !back.unicodeScalars.elementsEqual(text.unicodeScalars) else { return whole }
    var result = String.UnicodeScalarView()
    var run = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.value < 0x10000 {
        run.append(scalar)
      } else {
        result += String(run).precomposedStringWithCanonicalMapping.unicodeScalars
        result.append(scalar)
        run = String.UnicodeScalarView()
      }
    }
    result += String(run).precomposedStringWithCanonicalMapping.unicodeScalars
    return String(result)
  }
}
