internal import JSONText

/// Reads which tokens a `tokenizer.json` puts before and after a text.
extension DocumentReader {
  /// A token and the id that is written beside it.
  private typealias End = (content: Bytes, id: JSON?)

  /// The ids that start and end a sequence: those of the post-processor.
  ///
  /// - Parameters:
  ///   - document: the contents of `tokenizer.json`.
  ///   - id: the id of a token, added or in the vocabulary.
  /// - Returns: the ids.
  /// - Throws: `TokenizerError` where there is no post-processor, or where a name and its id do not belong together.
  func sequenceEnds(
    _ document: JSON, id: (Bytes) -> Int32?
  ) throws(TokenizerError) -> (first: Int32?, last: Int32?) {
    let ends = try postProcessorEnds(document["post_processor"])
    // A decoder does without; an encoder whose folder lacks them has lost them.
    let isDecoder = document["model"]?["merges"] != nil
    guard ends != nil || isDecoder else {
      throw failure(
        "has no post_processor with tokens that start and end a sequence, so that transformers adds none; write a "
          + "TemplateProcessing, or name the model's own tokenizer_class, such as BertTokenizer, in "
          + "tokenizer_config.json")
    }
    func checked(_ end: End) throws(TokenizerError) -> Int32 {
      guard let id = id(end.content) else {
        throw failure("the post_processor's token \"\(end.content.text)\" is not in the vocabulary")
      }
      guard end.id?.integer == Int(id) else {
        throw failure(
          "the post_processor gives the token \"\(end.content.text)\" the id \(end.id?.short ?? "null"), the "
            + "vocabulary \(id); transformers takes the former, so let them agree")
      }
      return id
    }
    var found: (first: Int32?, last: Int32?)
    if let first = ends?.first { found.first = try checked(first) }
    if let last = ends?.last { found.last = try checked(last) }
    return found
  }

  /// The tokens that the post-processor puts before and after a text, or nil when it adds none.
  private func postProcessorEnds(
    _ value: JSON?
  ) throws(TokenizerError) -> (first: End?, last: End?)? {
    guard let value, value != .null else { return nil }
    switch value["type"]?.text {
    case "BertProcessing", "RobertaProcessing":
      guard let first = value["cls"]?.elements, let last = value["sep"]?.elements,
        first.count == 2, last.count == 2, let start = first[0].bytes, let end = last[0].bytes
      else { throw failure("the post_processor does not name \"cls\" and \"sep\" with their ids") }
      return ((start, first[1]), (end, last[1]))
    case "TemplateProcessing":
      let pieces = value["single"]?.elements ?? []
      let place = pieces.firstIndex { $0["Sequence"]?["id"]?.text == "A" }
      let tokens = pieces.compactMap { $0["SpecialToken"]?["id"]?.bytes }
      guard let place, place <= 1, pieces.count - place <= 2, tokens.count == pieces.count - 1,
        !tokens.isEmpty
      else {
        throw failure("the post_processor's template is not one token, the text, one token")
      }
      func end(_ name: Bytes) throws(TokenizerError) -> End {
        guard let token = value["special_tokens"]?[name.text],
          token["ids"]?.elements?.count == 1
        else {
          throw failure(
            "the post_processor's special_tokens do not give \"\(name.text)\" one id")
        }
        return (name, token["ids"]?.elements?.first)
      }
      var ends: (first: End?, last: End?)
      if place == 1 { ends.first = try end(tokens[0]) }
      if pieces.count - place == 2 { ends.last = try end(tokens[tokens.count - 1]) }
      return ends
    case "ByteLevel": return nil
    case "Sequence":
      var result: (first: End?, last: End?)?
      for element in value["processors"]?.elements ?? [] {
        guard let ends = try postProcessorEnds(element) else { continue }
        guard result == nil else {
          throw failure("the post_processor adds tokens twice; leave one of its parts")
        }
        result = ends
      }
      return result
    case let type:
      throw failure(
        "post_processor \(type ?? "without a type") is not supported; BertProcessing, "
          + "RobertaProcessing and TemplateProcessing are"
      )
    }
  }
}
