internal import JSONText

/// Turns text into the ids of a pre-trained model, as Hugging Face's `tokenizers` does.
///
/// WordPiece (BERT, ELECTRA, MPNet) and byte-level BPE (RoBERTa, Llama 3) from `tokenizer.json` or the older
/// vocabulary files. A value: threads may share it.
public struct Tokenizer: Sendable {
  /// The token that starts every sequence, such as `[CLS]` or `<s>`; nil where none does.
  public let classificationToken: Int32?
  /// The token that ends every sequence, such as `[SEP]` or `</s>`; nil where none does.
  public let separatorToken: Int32?

  let model: Model
  let normalizer: Normalizer?
  let splitters: [Splitter]
  /// The contents of `tokenizer.json` without the vocabulary, the merges and the added tokens.
  let settings: JSON
  /// The contents of `tokenizer_config.json`.
  let configuration: JSON
  private(set) var added: AddedVocabulary
  /// How many tokens no file lists: special ones that the class has, numbered after all others.
  var appended = 0

  /// The algorithm that cuts a word into tokens.
  enum Model: Sendable {
    case wordPiece(WordPiece)
    case bytePairEncoding(BytePairEncoding)

    var vocabulary: Vocabulary {
      switch self {
      case .wordPiece(let model): model.vocabulary
      case .bytePairEncoding(let model): model.vocabulary
      }
    }
  }

  /// Builds a tokenizer from the contents of `tokenizer.json`; older files are converted to them.
  ///
  /// - Parameters:
  ///   - document: the contents of `tokenizer.json`.
  ///   - configuration: the contents of `tokenizer_config.json`, or an empty object.
  ///   - file: the name of the file, for messages.
  /// - Throws: ``TokenizerError`` when something is missing, damaged or of an unknown kind.
  init(document: JSON, configuration: JSON, file: String) throws(TokenizerError) {
    let reader = DocumentReader(file: file)
    model = try reader.model(document)
    normalizer = try reader.normalizer(document["normalizer"])
    splitters = try reader.preTokenizers(document["pre_tokenizer"]).splitters
    added = AddedVocabulary(
      try reader.addedTokens(document["added_tokens"]), normalizer: normalizer)
    if let (one, other) = added.twins {
      throw reader.failure(
        "the added tokens \"\(one.content.text)\" and \"\(other.content.text)\" are one in a normalized text, and "
          + "transformers finds now one, now the other; remove one, or set its normalized to false")
    }
    (settings, self.configuration) = (document.withoutVocabulary, configuration)
    let (added, vocabulary) = (added, model.vocabulary)
    (classificationToken, separatorToken) = try reader.sequenceEnds(document) {
      added.id(of: $0) ?? vocabulary.id(of: $0)
    }
  }

  // MARK: Vocabulary

  /// The highest id + 1, added tokens included.
  public var vocabularySize: Int {
    added.tokens.reduce(model.vocabulary.idBound) { max($0, Int($1.id) + 1) }
  }

  /// The highest id + 1 of the tokens that the files list; a model has a row for each of these.
  public var listedSize: Int { vocabularySize - appended }

  /// The id of a token as the vocabulary spells it, or nil when there is none.
  public func id(of token: String) -> Int32? {
    let bytes = Array(token.utf8)
    return added.id(of: bytes) ?? model.vocabulary.id(of: bytes)
  }

  /// The token with an id as the vocabulary spells it, or nil when there is none.
  public func token(for id: Int32) -> String? {
    let content = added.tokens.last { $0.id == id }?.content ?? model.vocabulary.token(for: id)
    return content?.text
  }

  /// Adds a token that is recognised in texts as it stands; returns its id, new or present.
  public mutating func addSpecialToken(_ token: String) -> Int32 {
    let content = Array(token.utf8)
    if let present = added.id(of: content) { return present }
    let id = model.vocabulary.id(of: content) ?? Int32(clamping: vocabularySize)
    added.append(AddedToken(content: content, id: id))
    return id
  }

  /// Takes all ids below `count` that are free after the last token, so that a new token gets none of them.
  ///
  /// - Parameter count: The rows of an embedding table: those without a token may have been trained.
  public mutating func reserve(upTo count: Int) {
    guard vocabularySize < count else { return }
    added.append(
      (vocabularySize..<count).map { id in
        AddedToken(
          content: Array("[unlisted-\(id)]".utf8), id: Int32(clamping: id), special: false)
      })
  }

  /// The tokens that the family puts between two texts of one sequence: `[SEP]` of BERT, `</s></s>` of RoBERTa.
  ///
  /// They are those of the post-processor; one separator where that knows no pairs; a line end for decoders, which have
  /// no token that ends a text.
  public var pairSeparators: [Int32] {
    guard let separatorToken else { return encode("\n") }
    return listedPairSeparators ?? [separatorToken]
  }

  /// The tokens that the post-processor puts between two texts; nil where it knows no pairs.
  public var listedPairSeparators: [Int32]? {
    Self.pairSeparators(of: settings["post_processor"]) { id(of: $0) }
  }

  /// The tokens that are no part of texts, such as `[CLS]` and `[UNK]`.
  public var specialTokens: Set<Int32> { Set(added.tokens.filter(\.special).map(\.id)) }

  private static func pairSeparators(
    of processor: JSON?, _ id: (String) -> Int32?
  ) -> [Int32]? {
    switch processor?["type"]?.text {
    case "BertProcessing", "RobertaProcessing":
      let separator = processor?["sep"]?.elements?.first?.text.flatMap(id)
      let count = processor?["type"]?.text == "RobertaProcessing" ? 2 : 1
      return separator.map { Array(repeating: $0, count: count) }
    case "TemplateProcessing":
      let pieces = processor?["pair"]?.elements ?? []
      func place(of sequence: String) -> Int? {
        pieces.firstIndex { $0["Sequence"]?["id"]?.text == sequence }
      }
      guard let first = place(of: "A"), let second = place(of: "B"), first < second else {
        return nil
      }
      let between = pieces[first + 1..<second].map { $0["SpecialToken"]?["id"]?.text.flatMap(id) }
      let ids = between.compactMap(\.self)
      return ids.isEmpty || ids.count < between.count ? nil : ids
    case "Sequence":
      for part in processor?["processors"]?.elements ?? [] {
        if let separators = pairSeparators(of: part, id) { return separators }
      }
      return nil
    default: return nil
    }
  }

  // MARK: Encoding

  /// The ids of a text, without tokens around it; added tokens in the text get their ids.
  public func encode(_ text: String) -> [Int32] {
    var text = text
    var ids: [Int32] = []
    ids.reserveCapacity(text.utf8.count / 3 + 4)
    var workspace = BytePairEncoding.Workspace()
    text.withUTF8 { text in
      for segment in added.finder.segments(of: text) {
        if let id = segment.id {
          ids.append(id)
        } else {
          encodeRaw(text.slice(segment.range), to: &ids, using: &workspace)
        }
      }
    }
    return ids
  }

  /// The ids `CLS text SEP`, the text cut off on the right where needed.
  ///
  /// - Parameters:
  ///   - text: the text.
  ///   - maximumLength: the most ids to return; taken as the number of ends when it is less.
  /// - Returns: At least one and at most `maximumLength` ids.
  public func encodeSequence(_ text: String, maximumLength: Int) -> [Int32] {
    wrap(encode(text), maximumLength: maximumLength)
  }

  /// How many tokens start and end every sequence.
  public var endCount: Int { ends.first.count + ends.last.count }

  /// The ids of a label, `CLS name marker description SEP`, cut off on the right where needed.
  ///
  /// Name and description are tokenized each on its own, without a blank in between.
  ///
  /// - Parameters:
  ///   - name: the name of the label.
  ///   - marker: the id of the token between the two.
  ///   - description: the description; without it the sequence is `CLS name SEP`.
  ///   - maximumLength: the most ids to return; taken as the number of ends when it is less.
  /// - Returns: At least one and at most `maximumLength` ids.
  public func encodePair(
    _ name: String, marker: Int32, _ description: String?, maximumLength: Int
  ) -> [Int32] {
    var ids = encode(name)
    if let description { ids += [marker] + encode(description) }
    return wrap(ids, maximumLength: maximumLength)
  }

  /// Ids between those that start and end a sequence, cut off on the right where needed.
  ///
  /// - Parameters:
  ///   - ids: the ids of a text, or of several with tokens between them.
  ///   - maximumLength: the most ids to return; taken as the number of ends when it is less.
  /// - Returns: At least one and at most `maximumLength` ids.
  public func wrap(_ ids: [Int32], maximumLength: Int) -> [Int32] {
    let (first, last) = (ends.first, ends.last)
    let room = max(maximumLength, first.count + last.count) - first.count - last.count
    let sequence = first + ids.prefix(room) + last
    // Something must stand for an empty text where nothing starts or ends it.
    return sequence.isEmpty ? [emptyToken] : sequence
  }

  /// What starts and ends a sequence.
  private var ends: (first: [Int32], last: [Int32]) {
    ([classificationToken].compactMap { $0 }, [separatorToken].compactMap { $0 })
  }

  /// The token of an empty text without ends: the one that ends texts, or starts them.
  private var emptyToken: Int32 {
    for role in ["eos_token", "bos_token", "unk_token"] {
      let content = configuration[role]?.text ?? configuration[role]?["content"]?.text
      if let id = content.flatMap({ self.id(of: $0) }) { return id }
    }
    return 0
  }

  /// Encodes text between the added tokens that are looked for before normalization.
  private func encodeRaw(
    _ text: ByteBuffer, to ids: inout [Int32], using workspace: inout BytePairEncoding.Workspace
  ) {
    guard let normalizer else { return encodeNormalized(text, to: &ids, using: &workspace) }
    normalizer.normalize(text).withUnsafeBufferPointer {
      encodeNormalized($0, to: &ids, using: &workspace)
    }
  }

  private func encodeNormalized(
    _ text: ByteBuffer, to ids: inout [Int32], using workspace: inout BytePairEncoding.Workspace
  ) {
    for segment in added.normalizedFinder.segments(of: text) {
      if let id = segment.id {
        ids.append(id)
      } else {
        encodeWords(text.slice(segment.range), splitters[...], to: &ids, using: &workspace)
      }
    }
  }

  private func encodeWords(
    _ text: ByteBuffer, _ splitters: ArraySlice<Splitter>, to ids: inout [Int32],
    using workspace: inout BytePairEncoding.Workspace
  ) {
    if let splitter = splitters.first {
      splitter.forEachWord(of: text) {
        encodeWords($0, splitters.dropFirst(), to: &ids, using: &workspace)
      }
      return
    }
    switch model {
    case .wordPiece(let model):
      model.append(text, to: &ids)
    case .bytePairEncoding(let model):
      model.byteLevel.forEachWord(of: text) { model.append($0, to: &ids, using: &workspace) }
    }
  }
}
