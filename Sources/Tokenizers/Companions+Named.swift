internal import JSONText

/// The special tokens that the files beside a tokenizer name: by a role, by a key of their own, or in a list.
extension Companions {
  /// A special token, and how it is named.
  struct Named {
    var token: AddedToken
    /// The key that names it.
    let key: String
    /// Whether it is a text, which says nothing of flags.
    let isText: Bool
    var isRole: Bool { SpecialTokenRole(rawValue: key) != nil }
    /// Whether a list names it, which makes an object no special token.
    var isInList: Bool { key == Companions.newerList || key == Companions.olderList }
  }

  static let (newerList, olderList) = ("extra_special_tokens", "additional_special_tokens")

  /// `tokenizer_config.json` and `special_tokens_map.json` in one, step by step as transformers does it.
  ///
  /// A token is a text or an object; one of `special_tokens_map.json` has no `__type`. Tokens with names of their own
  /// are taken out.
  var arguments: (members: JSON, own: JSON) {
    var result = configuration
    var own = JSON.object([])
    if let list = result[Self.olderList], (result[Self.newerList] ?? .null).isVoid {
      result[Self.newerList] = list
      result[Self.olderList] = nil
    }
    for member in configuration.members ?? []
    where Self.isOwn(member.key.text) && member.value.bytes != nil {
      own[member.key.text] = member.value
      result[member.key.text] = nil
    }
    func takeMap() {
      guard let members = result[Self.newerList]?.members else { return }
      for member in members { own[member.key.text] = member.value }
      result[Self.newerList] = nil
    }
    takeMap()
    guard !hasDecoder else { return (result, own) }
    for member in specialTokens?.members ?? [] {
      let key = member.key.text
      if key == Self.newerList, let elements = member.value.elements {
        let before = result[key]?.elements ?? []
        result[key] = .array(before + elements.map(\.madeSpecial).filter { !before.contains($0) })
      } else {
        result[key] = key == Self.newerList ? member.value : member.value.madeSpecial
      }
    }
    takeMap()
    return (result, own)
  }

  /// The special tokens that have a name, in the order in which transformers adds them.
  func named(_ kind: TokenizerClass) -> [Named] {
    let (members, own) = arguments
    var result = SpecialTokenRole.allCases.compactMap { role -> Named? in
      let usual = kind.usualTokens[role] ?? (role == .padding ? paddingToken : nil)
      guard let value = members[role.rawValue] ?? usual.map(JSON.string),
        var named = Self.named(value, role.rawValue)
      else { return nil }
      // The class takes the blank before it in.
      if kind == .mpnet, named.isText, role == .mask { named.token.stripsLeft = true }
      return named
    }
    // Those with flags, and those of the older map, come first; in both, the value is that of the others.
    var names = JSON.object((members.members ?? []).filter { Self.isOwn($0.key.text) })
    for member in own.members ?? [] { names[member.key.text] = member.value }
    result += (names.members ?? []).compactMap { Self.named($0.value, $0.key.text) }
    let list = members[Self.newerList] == nil ? Self.olderList : Self.newerList
    return result + (members[list]?.elements ?? []).compactMap { Self.named($0, list) }
  }

  /// The tokens that make those of `added_tokens.json` special: transformers does not look into objects of
  /// `tokenizer_config.json` there, nor at what a class usually has.
  var contentsOfRolesAndList: Set<Bytes> {
    let members = arguments.members
    let values =
      SpecialTokenRole.allCases.compactMap { members[$0.rawValue] }
      + (members[Self.newerList]?.elements ?? [])
    return Set(values.compactMap { $0.bytes ?? ($0["__type"] == nil ? $0["content"]?.bytes : nil) })
  }

  /// Whether a key names a token, but not by a role.
  static func isOwn(_ key: String) -> Bool {
    key.hasSuffix("_token") && SpecialTokenRole(rawValue: key) == nil
  }

  private static func named(_ value: JSON, _ key: String) -> Named? {
    guard let content = value.bytes ?? value["content"]?.bytes else { return nil }
    let isText = value.bytes != nil
    let isSpecial = isText || (key != newerList && key != olderList)
    let token = AddedToken(content: content, flags: value, isSpecial: isSpecial)
    return Named(token: token, key: key, isText: isText)
  }
}

extension JSON {
  /// A token of `special_tokens_map.json`: an object there is special, whatever it says; others stay.
  fileprivate var madeSpecial: JSON {
    guard members != nil else { return self }
    var result = self
    result["__type"] = nil
    result["special"] = .bool(true)
    return result
  }

  /// Whether Python takes the value for nothing: null, false, or nothing in it.
  fileprivate var isVoid: Bool {
    switch self {
    case .null, .bool(false): true
    default: bytes?.isEmpty ?? elements?.isEmpty ?? members?.isEmpty ?? false
    }
  }
}

extension AddedToken {
  /// A token as the files describe it, without an id yet; a name makes it special, whatever it says.
  init(content: Bytes, flags: JSON, isSpecial: Bool = false) {
    let special = isSpecial || flags["special"]?.bool ?? false
    self.init(
      content: content, id: 0, singleWord: flags["single_word"]?.bool ?? false,
      stripsLeft: flags["lstrip"]?.bool ?? false, stripsRight: flags["rstrip"]?.bool ?? false,
      normalized: flags["normalized"]?.bool ?? !special, special: special)
  }

  /// The first flag, by its key, in which another description of the token differs.
  func difference(from other: AddedToken) -> String? {
    let flags = [
      ("single_word", singleWord == other.singleWord), ("lstrip", stripsLeft == other.stripsLeft),
      ("rstrip", stripsRight == other.stripsRight), ("normalized", normalized == other.normalized),
    ]
    return flags.first { !$0.1 }?.0
  }
}
