internal import ElementaryFunctions

/// Positions as rotations of queries and keys (RoPE, Su and others, 2021), each pair of columns i and i + size / 2 by an
/// angle of its own.
public struct RotaryPositions: Sendable, Hashable {
  /// Frequencies stretched for longer texts, as Llama 3.1 and later have them.
  public struct Scaling: Sendable, Hashable {
    /// What low frequencies are divided by.
    public var factor: Double
    /// Frequencies with fewer periods in the original length are low.
    public var lowFrequencyFactor: Double
    /// Frequencies with more periods in the original length stay as they are.
    public var highFrequencyFactor: Double
    /// The length that the model was first trained on.
    public var originalLength: Int

    /// A stretching of frequencies.
    public init(
      factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalLength: Int
    ) {
      (self.factor, self.lowFrequencyFactor) = (factor, lowFrequencyFactor)
      (self.highFrequencyFactor, self.originalLength) = (highFrequencyFactor, originalLength)
    }
  }

  /// The base of the frequencies, rope_theta in configurations.
  public var base: Double
  /// How frequencies are stretched, or nil.
  public var scaling: Scaling?

  /// Rotations of this base.
  public init(base: Double, scaling: Scaling? = nil) {
    (self.base, self.scaling) = (base, scaling)
  }

  /// The angle by which each pair of a head turns from one position to the next, `[size / 2]`, in single precision
  /// as transformers has it.
  public func frequencies(headSize: Int) -> [Float] {
    stride(from: 0, to: headSize, by: 2).map { index in
      let exponent = Double(Float(index) / Float(headSize))
      let plain = 1 / Float(Elementary.exp(exponent * Elementary.log(base)))
      return scaling.map { Float($0.stretched(Double(plain))) } ?? plain
    }
  }

  /// The cosines and sines of positions 0..<length, `[length, size / 2]` each.
  ///
  /// - Parameters:
  ///   - length: The number of positions.
  ///   - headSize: The columns of a head.
  ///   - memory: Holds the result.
  /// - Returns: The table.
  public func table(length: Int, headSize: Int, memory: Arena) -> RotaryTable {
    let frequencies = frequencies(headSize: headSize)
    let cosines = memory.matrix(length, frequencies.count)
    let sines = memory.matrix(length, frequencies.count)
    for position in 0..<length {
      for (index, frequency) in frequencies.enumerated() {
        let turns = Double(Float(position) * frequency) / (2 * .pi)
        cosines.row(position)[index] = Float(Elementary.cosine(turns: turns))
        sines.row(position)[index] = Float(Elementary.sine(turns: turns))
      }
    }
    return RotaryTable(cosines: cosines, sines: sines)
  }
}

extension RotaryPositions.Scaling {
  /// Low frequencies divided, high ones kept, those between mixed.
  fileprivate func stretched(_ frequency: Double) -> Double {
    let periods = Double(originalLength) * frequency / (2 * .pi)
    if periods < lowFrequencyFactor { return frequency / factor }
    if periods > highFrequencyFactor { return frequency }
    let share = (periods - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    return (1 - share) * frequency / factor + share * frequency
  }
}

/// The cosine and the sine of every angle.
public struct RotaryTable: Sendable {
  let cosines: Matrix
  let sines: Matrix

  /// The table's rows for some positions.
  ///
  /// - Parameters:
  ///   - positions: A row for every one.
  ///   - memory: Holds the result.
  /// - Returns: Its rows.
  public func rows(_ positions: [Int], memory: Arena) -> RotaryTable {
    let rows = RotaryTable(
      cosines: memory.matrix(positions.count, cosines.columns),
      sines: memory.matrix(positions.count, sines.columns))
    rows.cosines.gatherRows(positions, of: cosines)
    rows.sines.gatherRows(positions, of: sines)
    return rows
  }

  /// Turns every head of queries or keys, in place.
  ///
  /// - Parameters:
  ///   - values: `[T, heads * size]`; the table has a row for each of its rows.
  ///   - team: The threads.
  public func rotate(_ values: Matrix, team: Team = .solo) { turn(values, sign: 1, team) }

  /// Turns gradients back, in place.
  ///
  /// - Parameters:
  ///   - gradient: `[T, heads * size]`.
  ///   - team: The threads.
  public func rotateBackward(_ gradient: Matrix, team: Team = .solo) {
    turn(gradient, sign: -1, team)
  }

  private func turn(_ values: Matrix, sign: Float, _ team: Team) {
    let span = Profile.begin("rotary positions")
    defer { span.end() }
    let size = 2 * cosines.columns
    precondition(
      values.rows == cosines.rows && values.columns.isMultiple(of: size),
      "rotation of unequal shapes")
    team.split(values.rows) {
      kernels.rotate(
        values.rows($0), cosines: cosines.rows($0), sines: sines.rows($0), size: size, sign: sign)
    }
  }
}
