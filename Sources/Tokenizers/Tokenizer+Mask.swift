internal import JSONText

extension Tokenizer {
  /// The token that stands for a hidden word, as a text has it: `[MASK]` of BERT, `<mask>` of RoBERTa.
  ///
  /// It is what the files name, else the usual one among the special tokens; nil where there is none, as in decoders,
  /// or where a text that has it would not get its id.
  public var maskToken: String? {
    let role = SpecialTokenRole.mask
    let named = configuration[role.rawValue]?.text ?? configuration[role.rawValue]?["content"]?.text
    let usual = role.usualTokens.first { token in
      added.tokens.contains { $0.special && $0.content == token }
    }
    guard let token = named ?? usual?.text, let id = id(of: token), encode(token) == [id] else {
      return nil
    }
    return token
  }
}
