import EmotionData
import Foundation
import Testing

/// A language model's answers, as lines and as a batch's output.
@Suite struct AnswerFileTests {
  private func read(
    _ name: String, _ text: String, count: Int = 3, acceptsMissing: Bool = false
  ) throws -> [String?] {
    let folder = try TemporaryFolder()
    return try readAnswers(
      file: try folder.write(name, text), count: count, acceptsMissing: acceptsMissing)
  }

  private func problem(_ text: String, name: String = "a.jsonl") throws -> (
    line: Int?, text: String
  ) {
    let error = try #require(throws: DataError.self) { try read(name, text) }
    return (error.line, error.problem)
  }

  /// A line as OpenAI's API and vLLM write it.
  private func line(_ row: Int, _ content: String) -> String {
    """
    {"id":"batch_req_\(row)","custom_id":"row-\(row)","response":{"status_code":200,"request_id":"r","body":{"id":"c",\
    "object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":\(content)},\
    "finish_reason":"stop"}],"usage":{"total_tokens":2}}},"error":null}

    """
  }

  private func failed(_ row: Int) -> String {
    """
    {"id":"x","custom_id":"row-\(row)","response":null,"error":{"code":"rate_limit","message":"Too many requests"}}

    """
  }

  @Test func lines() throws {
    #expect(try read("a.txt", "joy\r\n\r\nI think, fear.\n\n") == ["joy", "", "I think, fear."])
    #expect(try read("a", "joy\nfear\n{x}") == ["joy", "fear", "{x}"])
    let found = try problem("joy\nfear\n", name: "a.txt")
    #expect(found.text.contains("2 lines of answers, but 3 rows"))
    #expect(
      try problem("a\nb\nc\nd\n", name: "a.txt").text.contains("4 lines of answers, but 3 rows"))
  }

  @Test func batchesInAnyOrder() throws {
    let text = line(3, #""fear""#) + line(1, #""Joy, \"clearly\"""#) + "\n" + line(2, "null")
    for name in ["a.jsonl", "answers.out", "a.txt"] {
      #expect(try read(name, text) == ["Joy, \"clearly\"", "", "fear"], "\(name)")
    }
    let parts = line(1, #"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#)
    let completion =
      #"{"custom_id":"row-2","response":{"status_code":200,"body":{"choices":[{"text":" joy"}]}}}"#
      + "\n"
    #expect(try read("a.jsonl", parts + completion + line(3, #""c""#)) == ["a b", " joy", "c"])
  }

  @Test func whatIsMissingIsNamed() throws {
    let broken = #"{"custom_id":"row-3","response":{"status_code":400,"body":{}},"error":null}"#
    let found = try problem(failed(2) + broken)
    #expect(
      found.text
        == "3 of 3 rows have no answer: row-1 (missing), row-2 (line 1: Too many requests), row-3 (line 2: status 400); "
        + "ask for these again, or count them as wrong with --missing-as-wrong")
    #expect(
      try read("a.jsonl", failed(2) + line(3, #""joy""#), acceptsMissing: true) == [
        nil, nil, "joy",
      ])
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let twice = try problem(line(1, #""a""#) + line(2, #""b""#) + line(1, #""c""#))
    #expect(twice.line == 3)
    #expect(twice.text.contains("a second answer to 'row-1'; the first is on line 1"))
    for name in ["row-4", "row-0", "row-01", "row-x", "request-1"] {
      let other = try problem(line(1, #""a""#).replacing("row-1", with: name))
      #expect(other.line == 1)
      #expect(other.text.contains("custom_id '\(name)' is none of 'row-1' to 'row-3'"))
    }
    #expect(try problem(#"{"id": 3}"#).text.contains("no custom_id"))
    #expect(try problem("joy\n").text.contains("broken JSON"))
    #expect(try problem(line(1, "7")).text.contains("row-1 (line 1: no content in the response)"))
  }
}
