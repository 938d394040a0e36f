/// Character classes as Hugging Face's Rust code sees them.
///
/// The crates after it follow different Unicode versions, and the standard library of Swift its
/// own, newer one. A scalar newer than the crate's version counts as unassigned; the few older
/// scalars that have changed class since are listed. Checked on all scalars against `tokenizers`
/// 0.23.3.
extension Unicode.Scalar {
  /// Whether the scalar was assigned in the given Unicode version.
  func isAssigned(in version: Unicode.Version) -> Bool {
    guard let age = properties.age else { return false }
    return age <= version
  }

  // MARK: BERT: general categories of Unicode 8.0

  /// Control, format and private-use characters, which BERT's cleaning drops.
  var isBertControl: Bool {
    switch properties.generalCategory {
    case .control, .privateUse: true
    case .format: isAssigned(in: (8, 0))
    default: false
    }
  }

  /// Punctuation, which BERT's pre-tokenizer isolates: ASCII symbols and the P categories.
  var isBertPunctuation: Bool {
    guard !isASCII else { return Self.isASCIIPunctuation(UInt8(truncatingIfNeeded: value)) }
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return isAssigned(in: (8, 0))
    default:
      return value == 0x166D || value == 0x111C9
    }
  }

  /// Non-spacing marks (Mn), which accent stripping drops.
  var isBertNonspacingMark: Bool {
    switch value {
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: false
    case 0x1734, 0x1171E: true
    default: properties.generalCategory == .nonspacingMark && isAssigned(in: (8, 0))
    }
  }

  /// The 32 printable ASCII characters that are neither letters nor digits nor the blank.
  @inline(__always)
  static func isASCIIPunctuation(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }

  /// The blocks of Chinese characters that BERT surrounds with blanks.
  var isBertChinese: Bool {
    switch value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }

  // MARK: Normal forms: Unicode 9.0

  /// Whether the normal forms of Unicode 9.0 know the scalar; they leave others where they are.
  var isNormalizable: Bool { isAssigned(in: (9, 0)) }

  /// Combining marks of any kind (M), which the normalizer `StripAccents` drops.
  var isCombiningMark: Bool {
    switch value {
    case 0x111C9: return false
    case 0x1CF2, 0x1CF3: return true
    default: break
    }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return isNormalizable
    default: return false
    }
  }

  // MARK: Regular expressions: Unicode 16.0

  /// What GPT-2's pattern tells apart.
  var patternClass: PatternClass {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      isAssigned(in: (16, 0)) ? .letter : .other
    case .decimalNumber, .letterNumber, .otherNumber:
      isAssigned(in: (16, 0)) ? .number : .other
    default:
      properties.isWhitespace ? .space : .other
    }
  }

  /// `\w`: alphabetic characters, marks, decimal digits, connectors and the two joiners.
  var isWord: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      isAssigned(in: (16, 0))
    default:
      value == 0x200C || value == 0x200D
        || properties.isAlphabetic && isAssigned(in: (16, 0))
    }
  }
}

/// The classes of GPT-2's pattern: `\p{L}`, `\p{N}`, `\s` and the rest.
enum PatternClass {
  case letter
  case number
  case space
  case other
}
