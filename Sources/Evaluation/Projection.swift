internal import ElementaryFunctions
import Foundation

/// Exact t-SNE (van der Maaten and Hinton 2008) into the plane, without any random choice.
///
/// It starts from the first two principal components; early exaggeration, learning rate and momentum
/// are those of scikit-learn. Time grows with the square of the points.
public struct Projection: Sendable {
  /// The points in the plane, `[n]`.
  public let points: [SIMD2<Double>]
  /// The Kullback-Leibler divergence that is left.
  public let divergence: Double

  /// Projects rows.
  ///
  /// - Parameters:
  ///   - rows: `[n][d]`, n of up to about 2,000, all of one length.
  ///   - perplexity: The effective number of neighbours; lowered where there are few rows.
  ///   - iterations: Steps of gradient descent, 250 of them exaggerated.
  public init(_ rows: [[Double]], perplexity: Double = 30, iterations: Int = 750) {
    guard rows.count > 3 else {
      points = rows.indices.map { SIMD2(Double($0), 0) }
      divergence = 0
      return
    }
    let count = rows.count
    let similar = Self.similarities(
      Self.squaredDistances(rows), count, perplexity: min(perplexity, Double(count - 1) / 3))
    var descent = Descent(start: Self.principalPlane(rows), similar)
    descent.run(iterations)
    points = descent.points
    divergence = descent.divergence
  }

  private static func squaredDistances(_ rows: [[Double]]) -> [Double] {
    let count = rows.count
    var result = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0..<i {
        var sum = 0.0
        for k in rows[i].indices {
          let difference = rows[i][k] - rows[j][k]
          sum += difference * difference
        }
        result[i * count + j] = sum
        result[j * count + i] = sum
      }
    }
    return result
  }

  /// Gaussian neighbourhoods of one perplexity, symmetric, summing to 1.
  private static func similarities(
    _ distances: [Double], _ count: Int, perplexity: Double
  ) -> [Double] {
    var result = [Double](repeating: 0, count: count * count)
    var row = [Double](repeating: 0, count: count)
    for i in 0..<count {
      var (low, high, beta) = (0.0, Double.infinity, 1.0)
      var nearest = Double.infinity
      for j in 0..<count where j != i { nearest = min(nearest, distances[i * count + j]) }
      for _ in 0..<100 {
        var (sum, weighted) = (0.0, 0.0)
        for j in 0..<count {
          let distance = distances[i * count + j] - nearest
          row[j] = j == i ? 0 : Elementary.exp(-distance * beta)
          sum += row[j]
          weighted += row[j] * distance
        }
        let surplus = Elementary.log(sum) + beta * weighted / sum - Elementary.log(perplexity)
        if abs(surplus) < 1e-5 { break }
        if surplus > 0 {
          low = beta
          beta = high == .infinity ? beta * 2 : (beta + high) / 2
        } else {
          high = beta
          beta = (beta + low) / 2
        }
      }
      let sum = row.reduce(0, +)
      for j in 0..<count { result[i * count + j] = row[j] / sum }
    }
    for i in 0..<count {
      for j in 0..<i {
        let both = (result[i * count + j] + result[j * count + i]) / Double(2 * count)
        result[i * count + j] = max(both, 1e-12)
        result[j * count + i] = max(both, 1e-12)
      }
    }
    return result
  }

  /// The coordinates along the first two principal axes, the first with deviation 1e-4.
  private static func principalPlane(_ rows: [[Double]]) -> [SIMD2<Double>] {
    let (count, width) = (rows.count, rows[0].count)
    var centre = [Double](repeating: 0, count: width)
    for row in rows { for k in 0..<width { centre[k] += row[k] / Double(count) } }
    let centred = rows.map { row in (0..<width).map { row[$0] - centre[$0] } }
    var axes: [[Double]] = []
    for index in 0..<2 {
      // A start that leans to no axis, the same in every run.
      var axis = (0..<width).map { cos(Double($0 * (index + 1)) + 0.5) }
      for _ in 0..<200 {
        for other in axes {
          let share = zip(axis, other).reduce(0) { $0 + $1.0 * $1.1 }
          for k in 0..<width { axis[k] -= share * other[k] }
        }
        var next = [Double](repeating: 0, count: width)
        for row in centred {
          let along = zip(row, axis).reduce(0) { $0 + $1.0 * $1.1 }
          for k in 0..<width { next[k] += along * row[k] }
        }
        let length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else { break }
        axis = next.map { $0 / length }
      }
      axes.append(axis)
    }
    let plane = centred.map { row in
      SIMD2(
        zip(row, axes[0]).reduce(0) { $0 + $1.0 * $1.1 },
        zip(row, axes[1]).reduce(0) { $0 + $1.0 * $1.1 })
    }
    let deviation = (plane.reduce(0) { $0 + $1.x * $1.x } / Double(count)).squareRoot()
    let scale = deviation > 0 ? 1e-4 / deviation : 0
    // Rows that are all alike would never part.
    return plane.enumerated().map { index, point in
      point * scale + (scale == 0 ? SIMD2(1e-6 * Double(index), 0) : .zero)
    }
  }
}

/// Gradient descent on the divergence between the neighbourhoods and those in the plane.
private struct Descent {
  private(set) var points: [SIMD2<Double>]
  private let similar: [Double]
  private var kernel: [Double]
  private var total = 1.0

  init(start: [SIMD2<Double>], _ similar: [Double]) {
    points = start
    self.similar = similar
    kernel = [Double](repeating: 0, count: similar.count)
  }

  mutating func run(_ iterations: Int) {
    let count = points.count
    let rate = max(Double(count) / 12 / 4, 50)
    var velocity = [SIMD2<Double>](repeating: .zero, count: count)
    var gains = [SIMD2<Double>](repeating: SIMD2(1, 1), count: count)
    for iteration in 0..<iterations {
      let isEarly = iteration < 250
      let gradient = gradient(exaggeration: isEarly ? 12 : 1)
      for i in 0..<count {
        for axis in 0..<2 {
          let agrees = velocity[i][axis] * gradient[i][axis] < 0
          gains[i][axis] = max(0.01, agrees ? gains[i][axis] + 0.2 : gains[i][axis] * 0.8)
        }
        velocity[i] = (isEarly ? 0.5 : 0.8) * velocity[i] - rate * gains[i] * gradient[i]
        points[i] += velocity[i]
      }
    }
    _ = gradient(exaggeration: 1)
  }

  private mutating func gradient(exaggeration: Double) -> [SIMD2<Double>] {
    let count = points.count
    total = 0
    for i in 0..<count {
      for j in 0..<i {
        let apart = points[i] - points[j]
        let value = 1 / (1 + apart.x * apart.x + apart.y * apart.y)
        kernel[i * count + j] = value
        total += 2 * value
      }
    }
    var result = [SIMD2<Double>](repeating: .zero, count: count)
    let inverse = 1 / total
    for i in 0..<count {
      var own = SIMD2<Double>.zero
      for j in 0..<i {
        let index = i * count + j
        let value = kernel[index]
        let force =
          (4 * (exaggeration * similar[index] - value * inverse) * value) * (points[i] - points[j])
        own += force
        result[j] -= force
      }
      result[i] += own
    }
    return result
  }

  var divergence: Double {
    let count = points.count
    var sum = 0.0
    for i in 0..<count {
      for j in 0..<i {
        let index = i * count + j
        let ratio = similar[index] / max(kernel[index] / total, 1e-12)
        sum += 2 * similar[index] * Elementary.log(ratio)
      }
    }
    return sum
  }
}

/// How often the nearest neighbours of a row carry its label.
public enum Neighbourhood {
  /// The mean share of each row's `k` nearest rows (Euclidean) that have its label, in 0...1.
  public static func purity(_ rows: [[Double]], labels: [Int], k: Int = 10) -> Double {
    let k = min(k, rows.count - 1)
    guard k > 0 else { return 0 }
    let shares = rows.indices.map { i in
      let distances = rows.indices.filter { $0 != i }.map { j in
        (
          zip(rows[i], rows[j]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }, j
        )
      }.sorted { $0 < $1 }
      return Double(distances.prefix(k).count { labels[$0.1] == labels[i] }) / Double(k)
    }
    return shares.reduce(0, +) / Double(shares.count)
  }
}
