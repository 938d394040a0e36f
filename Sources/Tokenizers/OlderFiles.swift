internal import JSONText

/// Converts the files that preceded `tokenizer.json` to its contents, as yet without added tokens and ends of sequences.
enum OlderFiles {
  /// The contents of `tokenizer.json` for WordPiece.
  ///
  /// - Parameters:
  ///   - tokens: the lines of `vocab.txt`; of equal ones, the last counts.
  ///   - configuration: `tokenizer_config.json`, completed by `special_tokens_map.json`.
  /// - Returns: the contents.
  static func wordPiece(_ tokens: [Bytes], _ configuration: JSON) -> JSON {
    let unknown = configuration["unk_token"]
    return document(
      normalizer: .object([
        .init("type", .text("BertNormalizer")),
        .init("clean_text", .bool(true)),
        .init("handle_chinese_chars", configuration["tokenize_chinese_chars"] ?? .bool(true)),
        .init("strip_accents", configuration["strip_accents"] ?? .null),
        .init("lowercase", configuration["do_lower_case"] ?? .bool(true)),
      ]),
      preTokenizer: .object([.init("type", .text("BertPreTokenizer"))]),
      decoder: .object([
        .init("type", .text("WordPiece")), .init("prefix", .text("##")),
        .init("cleanup", .bool(true)),
      ]),
      model: [
        .init("type", .text("WordPiece")),
        .init("unk_token", unknown?["content"] ?? unknown ?? .text("[UNK]")),
        .init("continuing_subword_prefix", .text("##")),
        .init("max_input_chars_per_word", .integer(100)),
        .init("vocab", .object(tokens.enumerated().map { .init(key: $1, value: .integer($0)) })),
      ])
  }

  /// The contents of `tokenizer.json` for byte-level BPE.
  ///
  /// - Parameters:
  ///   - vocabulary: the members of `vocab.json`.
  ///   - merges: the lines of `merges.txt`.
  ///   - configuration: `tokenizer_config.json`, completed by `special_tokens_map.json`.
  /// - Returns: the contents.
  static func bytePairEncoding(
    _ vocabulary: [JSON.Member], merges: [Bytes], _ configuration: JSON
  ) -> JSON {
    let byteLevel = JSON.object([
      .init("type", .text("ByteLevel")),
      .init("add_prefix_space", configuration["add_prefix_space"] ?? .bool(false)),
      .init("trim_offsets", .bool(true)), .init("use_regex", .bool(true)),
    ])
    let pairs = merges.filter { !$0.starts(with: "#version".utf8) }
    return document(
      normalizer: .null, preTokenizer: byteLevel, decoder: byteLevel,
      model: [
        .init("type", .text("BPE")), .init("dropout", .null), .init("unk_token", .null),
        .init("continuing_subword_prefix", .null), .init("end_of_word_suffix", .null),
        .init("fuse_unk", .bool(false)), .init("byte_fallback", .bool(false)),
        .init("ignore_merges", .bool(false)), .init("vocab", .object(vocabulary)),
        .init("merges", .array(pairs.map { .string($0) })),
      ])
  }

  private static func document(
    normalizer: JSON, preTokenizer: JSON, decoder: JSON, model: [JSON.Member]
  ) -> JSON {
    .object([
      .init("version", .text("1.0")), .init("truncation", .null), .init("padding", .null),
      .init("added_tokens", .array([])), .init("normalizer", normalizer),
      .init("pre_tokenizer", preTokenizer), .init("post_processor", .null),
      .init("decoder", decoder), .init("model", .object(model)),
    ])
  }
}

extension AddedToken {
  /// The token as an element of `added_tokens` in `tokenizer.json`.
  var json: JSON {
    .object([
      .init("id", .integer(Int(id))), .init("content", .string(content)),
      .init("single_word", .bool(singleWord)), .init("lstrip", .bool(stripsLeft)),
      .init("rstrip", .bool(stripsRight)), .init("normalized", .bool(normalized)),
      .init("special", .bool(special)),
    ])
  }
}

extension Bytes {
  /// A line of a `vocab.txt` without the white space at its end, which the library `tokenizers` takes off.
  var withoutBlanksAtEnd: Bytes {
    guard let last, last <= 0x20 || last >= 0x80 else { return self }
    var scalars = String(decoding: self, as: UTF8.self).unicodeScalars[...]
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    return Bytes(String(scalars).utf8)
  }
}
