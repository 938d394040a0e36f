/// How fast two ranks exchange messages.
public struct LinkSpeed: Sendable, Equatable {
  /// Seconds that a message of one byte takes, one way.
  public let latency: Double
  /// Bytes a second of large messages, one way.
  public let bandwidth: Double
}

extension Communicator {
  /// Measures the link of two ranks; collective, the other ranks wait.
  ///
  /// - Parameters:
  ///   - first: One end.
  ///   - second: The other end, another rank.
  ///   - bytes: The size of the large messages.
  ///   - rounds: How often a small message goes there and back; a large one a tenth as often.
  /// - Returns: What `first` measured, on all ranks.
  /// - Throws: `MPIError`.
  public func measureLink(
    _ first: Int, _ second: Int, bytes: Int = 1 << 20, rounds: Int = 200
  ) throws -> LinkSpeed {
    let peer = rank == first ? second : first
    /// The seconds of one way: half of there and back.
    func measure(bytes: Int, rounds: Int) throws -> Double {
      var message = [UInt8](repeating: 1, count: bytes)
      return try message.withUnsafeMutableBufferPointer { buffer in
        var start = ContinuousClock.now
        for round in -max(1, rounds / 10)..<rounds {
          if round == 0 { start = .now }
          if rank == first { try send(UnsafeBufferPointer(buffer), to: peer) }
          try receive(into: buffer, from: peer)
          if rank == second { try send(UnsafeBufferPointer(buffer), to: peer) }
        }
        return start.seconds / Double(2 * rounds)
      }
    }
    var result = [0.0, 0.0]
    if rank == first || rank == second {
      let latency = try measure(bytes: 1, rounds: rounds)
      result = [latency, Double(bytes) / (try measure(bytes: bytes, rounds: max(1, rounds / 10)))]
    }
    result = try broadcast(result, from: first)
    return LinkSpeed(latency: result[0], bandwidth: result[1])
  }

  /// How far another rank's clock is ahead of rank `first`'s, in seconds, by the best of some exchanges; collective.
  ///
  /// - Parameters:
  ///   - first: The rank that asks.
  ///   - second: The rank that answers.
  ///   - now: Seconds since a moment that all clocks know.
  /// - Returns: The offset, on all ranks.
  /// - Throws: `MPIError`.
  public func clockOffset(
    _ first: Int, _ second: Int, now: () -> Double
  ) throws -> Double {
    var best = (delay: Double.infinity, offset: 0.0)
    for _ in 0..<10 {
      if rank == first {
        let asked = now()
        try send([1.0], to: second)
        let answer = try receive(count: 1, from: second)[0] as Double
        let delay = now() - asked
        if delay < best.delay { best = (delay, answer - asked - delay / 2) }
      } else if rank == second {
        _ = try receive(count: 1, from: first) as [Double]
        try send([now()], to: first)
      }
    }
    return try broadcast([best.offset], from: first)[0]
  }
}

extension ContinuousClock.Instant {
  /// The seconds since this instant.
  fileprivate var seconds: Double {
    let duration = ContinuousClock.now - self
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
