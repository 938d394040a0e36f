public import Foundation
internal import JSONText

/// The names by which requests to a language model are told apart, and answers find their rows.
public enum RequestName {
  /// The name of a row, counted from 0: `row-1` is the first.
  public static func name(ofRow row: Int) -> String { "row-\(row + 1)" }

  /// The row of a name; nil for any other text.
  static func row(of name: String) -> Int? {
    guard name.hasPrefix("row-"), let number = Int(name.dropFirst(4)), number > 0,
      Self.name(ofRow: number - 1) == name
    else { return nil }
    return number - 1
  }
}

/// Reads a language model's answers to `count` requests, in the order of the rows.
///
/// A file is lines of text, one answer each, or the output of a batch as OpenAI's API and vLLM's `run-batch` write it:
/// JSON lines in any order, with the request's `custom_id`. Throws a `DataError` for answers of other rows, two to one
/// row, and rows without one; with `acceptsMissing` the latter are nil.
public func readAnswers(
  file: URL, count: Int, acceptsMissing: Bool = false
) throws(DataError) -> [String?] {
  let source = try Source(file: file)
  let isNamed = ["jsonl", "ndjson", "json"].contains(file.pathExtension.lowercased())
  return isNamed || source.isBatch
    ? try batchAnswers(source, count, acceptsMissing) : try lineAnswers(source, count)
}

private func lineAnswers(_ source: Source, _ count: Int) throws(DataError) -> [String?] {
  var lines: [String] = []
  try forEachLine(of: source) { (_, range) throws(DataError) in lines.append(source.string(range)) }
  while lines.count > count, lines.last.map(isBlank) ?? false { lines.removeLast() }
  guard lines.count == count else {
    throw DataError(
      source.name,
      "\(lines.count) lines of answers, but \(count) rows; one line a row is wanted, an empty one where there is "
        + "no answer; or the JSON lines of a batch, which name their rows")
  }
  return lines
}

/// An answer of a batch.
private struct BatchAnswer {
  let line: Int
  /// Its text, or why there is none.
  let text: Result<String, Failure>

  struct Failure: Error {
    let text: String
  }
}

private func batchAnswers(
  _ source: Source, _ count: Int, _ acceptsMissing: Bool
) throws(DataError) -> [String?] {
  var answers = [BatchAnswer?](repeating: nil, count: count)
  var problems = DataProblems()
  try forEachLine(of: source) { (line, range) throws(DataError) in
    guard source.bytes[range].contains(where: { $0 > Byte.space }) else { return }
    do throws(DataError) {
      let answer = try source.json(in: range, line: line).value
      guard let name = answer["custom_id"]?.text else {
        throw DataError(
          source.name, line: line,
          "no custom_id, by which an answer finds its row; the output of a batch is wanted, not its input or a part of it"
        )
      }
      guard let row = RequestName.row(of: name), row < count else {
        throw DataError(
          source.name, line: line,
          "custom_id '\(visible(name))' is none of 'row-1' to 'row-\(count)'; give the --data that the requests were "
            + "made from", cause: "unknown custom_id")
      }
      if let other = answers[row] {
        throw DataError(
          source.name, line: line,
          "a second answer to '\(name)'; the first is on line \(other.line); keep one of them",
          cause: "second answer")
      }
      answers[row] = BatchAnswer(line: line, text: answer.answerText)
    } catch {
      problems.add(error)
    }
  }
  if let error = problems.error { throw error }
  if !acceptsMissing, let error = missing(answers, source.name) { throw error }
  return answers.map { try? $0?.text.get() }
}

/// Names the rows that no answer was found for.
private func missing(_ answers: [BatchAnswer?], _ source: String) -> DataError? {
  let failed = answers.enumerated().compactMap { row, answer -> String? in
    let name = RequestName.name(ofRow: row)
    guard let answer else { return "\(name) (missing)" }
    guard case .failure(let failure) = answer.text else { return nil }
    return "\(name) (line \(answer.line): \(failure.text))"
  }
  guard !failed.isEmpty else { return nil }
  let shown = failed.prefix(5).joined(separator: ", ")
  let rest = failed.count > 5 ? " and \(failed.count - 5) more" : ""
  return DataError(
    source,
    "\(failed.count) of \(answers.count) rows have no answer: \(shown)\(rest); ask for these again, or count them as "
      + "wrong with --missing-as-wrong")
}

extension Source {
  /// Whether the first line is one of a batch's output.
  fileprivate var isBatch: Bool {
    guard let start = bytes.firstIndex(where: { $0 > Byte.space }),
      bytes[start] == UInt8(ascii: "{")
    else { return false }
    let end = bytes[start...].firstIndex(of: Byte.lineFeed) ?? bytes.count
    return (try? json(in: start..<end))?.value["custom_id"] != nil
  }
}

extension JSON {
  /// The text of the first choice of a batch's answer, chat or completion, or why there is none.
  fileprivate var answerText: Result<String, BatchAnswer.Failure> {
    func failure(_ text: String) -> Result<String, BatchAnswer.Failure> {
      .failure(.init(text: visible(String(text.prefix(80)))))
    }
    if let error = self["error"], error != .null {
      return failure(error["message"]?.text ?? error["code"]?.text ?? "the request failed")
    }
    let status = self["response"]?["status_code"]?.integer
    if let status, status != 200 { return failure("status \(status)") }
    guard let choice = self["response"]?["body"]?["choices"]?.elements?.first else {
      return failure("no choices in the response")
    }
    if let text = choice["text"]?.text { return .success(text) }
    switch choice["message"]?["content"] {
    case .string(let text)?: return .success(String(decoding: text, as: UTF8.self))
    case .array(let parts)?:
      return .success(parts.compactMap { $0["text"]?.text }.joined(separator: " "))
    // A refusal, or nothing within the token limit: an answer that names no label.
    case .null?: return .success("")
    default: return failure("no content in the response")
    }
  }
}
