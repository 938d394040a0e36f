import Objectives
import Testing

/// What steps draw: tasks, partners, hidden tokens.
@Suite struct PairTaskTests {
  private func task(_ probability: Double, mask: Double = 0.15) -> PairTask {
    PairTask(utteranceProbability: probability, maskProbability: mask, tokenHead: "mlm")
  }

  /// Within five standard deviations of a share.
  private func isShare(_ count: Int, _ share: Double, of total: Int) -> Bool {
    let deviation = (share * (1 - share) / Double(total)).squareRoot()
    return abs(Double(count) / Double(total) - share) < 5 * deviation
  }

  @Test func tasksAreDrawnByTheStep() {
    let steps = 0..<4000
    #expect(isShare(steps.count { task(0.3).hasPairs(seed: 1, step: $0) }, 0.7, of: 4000))
    #expect(steps.allSatisfy { task(0).hasPairs(seed: 1, step: $0) })
    #expect(!steps.contains { task(1).hasPairs(seed: 1, step: $0) })
    let draws = { (seed: UInt64) in steps.map { task(0.5).hasPairs(seed: seed, step: $0) } }
    #expect(draws(1) == draws(1) && draws(1) != draws(2))
  }

  @Test func halfOfThePairsMatchAndTheOthersAreOfAnyOtherLabel() {
    let rows = 0..<6000
    let partners = rows.map {
      task(0).partner(of: 2, labelCount: 5, row: $0, seed: 3, step: 7)
    }
    #expect(isShare(partners.count { $0 == 2 }, 0.5, of: rows.count))
    for other in [0, 1, 3, 4] {
      #expect(isShare(partners.count { $0 == other }, 0.125, of: rows.count))
    }
    let later = rows.map { task(0).partner(of: 2, labelCount: 5, row: $0, seed: 3, step: 8) }
    #expect(later != partners)
    // With one label every pair matches.
    #expect(
      rows.allSatisfy { task(0).partner(of: 0, labelCount: 1, row: $0, seed: 3, step: 7) == 0 })
  }

  @Test func tokensAreHiddenAsBERTDoes() {
    let (rows, positions) = (0..<200, Array(1...100))
    func decisions(_ step: Int) -> [HiddenToken?] {
      rows.flatMap {
        task(0).hidden(at: positions, vocabularySize: 50, row: $0, seed: 5, step: step)
      }
    }
    let found = decisions(0)
    let hidden = found.compactMap { $0 }
    #expect(isShare(hidden.count, 0.15, of: found.count))
    #expect(isShare(hidden.count { $0 == .masked }, 0.8, of: hidden.count))
    #expect(isShare(hidden.count { $0 == .kept }, 0.1, of: hidden.count))
    var drawn = [Int](repeating: 0, count: 50)
    for case .replaced(let token) in hidden { drawn[Int(token)] += 1 }
    // 300 draws of 50 tokens: each comes about six times.
    #expect(drawn.count { $0 > 0 } >= 45 && drawn.allSatisfy { $0 < 25 })
    // Another step hides other tokens: masks never pile up.
    let later = decisions(1)
    let both = zip(found, later).count { $0 != nil && $1 != nil }
    #expect(isShare(both, 0.15 * 0.15, of: found.count))
    #expect(decisions(0) == found)
  }

  /// A decision belongs to a row and a position, whatever else is asked for.
  @Test func decisionsDoNotDependOnOtherPositions() {
    let all = task(0, mask: 0.5).hidden(
      at: Array(0..<40), vocabularySize: 9, row: 3, seed: 5, step: 2)
    let some = task(0, mask: 0.5).hidden(
      at: [4, 17, 31], vocabularySize: 9, row: 3, seed: 5, step: 2)
    #expect(some == [all[4], all[17], all[31]])
    let none = task(0, mask: 0).hidden(
      at: Array(0..<40), vocabularySize: 9, row: 3, seed: 5, step: 2)
    #expect(none.allSatisfy { $0 == nil })
  }
}
