internal import JSONText

/// The special tokens that the files beside a tokenizer name: by a role, by a key of their own, or in a list.
extension Companions {
  /// A special token, and whether its name is one of the usual roles.
  struct Named {
    let token: AddedToken
    let isRole: Bool
  }

  /// The special tokens that have a name, in the order in which transformers adds them.
  func named(_ kind: TokenizerClass) -> [Named] {
    let configuration = merged
    let roles: [SpecialTokenRole] = [
      .start, .end, .unknown, .separator, .padding, .classification, .mask,
    ]
    var result = roles.compactMap { role -> Named? in
      if let value = configuration[role.rawValue] {
        return Self.token(value).map { Named(token: $0, isRole: true) }
      }
      return kind.usualTokens[role].map {
        Named(token: AddedToken(content: $0, id: 0), isRole: true)
      }
    }
    let (own, others) = extra(besides: Set(roles.map(\.rawValue)))
    result += (own.map(\.value) + others).compactMap(Self.token).map {
      Named(token: $0, isRole: false)
    }
    return result
  }

  /// The special tokens with keys of their own, and those in lists.
  ///
  /// `extra_special_tokens` is the later name of `additional_special_tokens`. As a map it names tokens, and leaves
  /// the place of the list to the older name.
  private func extra(besides roles: Set<String>) -> (own: [JSON.Member], listed: [JSON]) {
    let (newer, older) = ("extra_special_tokens", "additional_special_tokens")
    let map = hasDecoder ? [] : specialTokens?.members ?? []
    var list = configuration[newer]
    var additional = configuration[older]
    if let value = additional, (list ?? .null).isVoid { (list, additional) = (value, nil) }
    var named: [JSON.Member] = []
    func takeNames() {
      guard let members = list?.members else { return }
      for member in members { Self.put(member, into: &named) }
      list = nil
    }
    func isOwn(_ member: JSON.Member) -> Bool {
      let key = member.key.text
      return key.hasSuffix("_token") && !roles.contains(key)
    }
    for member in configuration.members ?? [] where isOwn(member) && member.value.bytes != nil {
      Self.put(member, into: &named)
    }
    takeNames()
    for member in map {
      switch member.key.text {
      case newer:
        if let elements = member.value.elements {
          let before = list?.elements ?? []
          list = .array(before + elements.filter { !before.contains($0) })
        } else {
          list = member.value
        }
      case older: additional = member.value
      default: break
      }
    }
    takeNames()
    // transformers finds those of the older map and those with flags later, and puts them first; where a key stands
    // in both, the value is the earlier one's.
    var own: [JSON.Member] = []
    for member in (configuration.members ?? []) + map where isOwn(member) {
      let isText = member.value.bytes != nil
      guard !isText || map.contains(where: { $0.key == member.key }),
        isText || member.value["content"]?.bytes != nil
      else { continue }
      Self.put(member, into: &own)
    }
    for member in named { Self.put(member, into: &own) }
    return (own, (list ?? additional)?.elements ?? [])
  }

  /// Puts a member in the place of the one with its key, or behind all.
  private static func put(_ member: JSON.Member, into members: inout [JSON.Member]) {
    if let place = members.firstIndex(where: { $0.key == member.key }) {
      members[place] = member
    } else {
      members.append(member)
    }
  }

  /// A token as a string or with flags.
  private static func token(_ value: JSON) -> AddedToken? {
    guard let content = value.bytes ?? value["content"]?.bytes, !content.isEmpty else { return nil }
    return AddedToken(
      content: content, id: 0, singleWord: value["single_word"]?.bool ?? false,
      stripsLeft: value["lstrip"]?.bool ?? false, stripsRight: value["rstrip"]?.bool ?? false,
      normalized: value["normalized"]?.bool ?? false)
  }
}

extension JSON {
  /// Whether Python takes the value for nothing: null, false, or nothing in it.
  fileprivate var isVoid: Bool {
    switch self {
    case .null, .bool(false): true
    default: bytes?.isEmpty ?? elements?.isEmpty ?? members?.isEmpty ?? false
    }
  }
}

extension AddedToken {
  /// The token in a list of `tokenizer_config.json`: its text, which stands for no flags, or all of it.
  var named: JSON {
    guard difference(from: AddedToken(content: content, id: id)) != nil else {
      return .string(content)
    }
    var flags = json
    flags["id"] = nil
    flags["__type"] = .text("AddedToken")
    return flags
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
