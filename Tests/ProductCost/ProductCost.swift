import Foundation
import Tensors

/// Prints how near each kind of product comes to what the arithmetic units can do, for the shapes of a layer.
///
/// The peak is measured before and after each product, so that a drifting clock rate falls out; the median of
/// some rounds counts. Start one for each core to see what they do to one another.
@main
struct ProductCost {
  static func main() {
    let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9
    print("kernels \(KernelLevel.current.rawValue); shares of the arithmetic's peak, %")
    print("   T  in   out   forward  input gradient  weight gradient  packing, % of forward")
    for (tokens, input, output) in [
      (261, 384, 1152), (261, 384, 384), (261, 384, 1536), (261, 1536, 384), (28, 384, 1536),
      (348, 768, 2304), (348, 768, 3072), (348, 3072, 768), (2088, 384, 1536),
    ] {
      let layer = Layer(tokens, input, output)
      let shares = layer.shares(rounds: rounds)
      print(
        String(
          format: "%4d %4d %5d %9.1f %15.1f %16.1f %16.1f", tokens, input, output, shares[0],
          shares[1], shares[2], 100 * shares[0] / shares[3]))
    }
  }
}

/// One weight and its operands.
private final class Layer {
  private let storage: Storage
  private let x: Matrix
  private let weight: Matrix
  private let dy: Matrix
  private let y: Matrix
  private let dx: Matrix
  private let dWeight: Matrix
  private let workspace = Workspace()
  private let work: Double

  init(_ tokens: Int, _ input: Int, _ output: Int) {
    work = 2 * Double(tokens * input * output)
    storage = Storage(count: 2 * tokens * (input + output) + 2 * input * output)
    var offset = 0
    func take(_ storage: Storage, _ rows: Int, _ columns: Int) -> Matrix {
      defer { offset += rows * columns }
      let matrix = storage.vector.matrix(at: offset, rows: rows, columns: columns)
      matrix.fill(0.01)
      return matrix
    }
    x = take(storage, tokens, input)
    dx = take(storage, tokens, input)
    y = take(storage, tokens, output)
    dy = take(storage, tokens, output)
    weight = take(storage, output, input)
    dWeight = take(storage, output, input)
  }

  /// Percent of the peak: forward, input gradient, weight gradient, and packing if its work were a product.
  func shares(rounds: Int) -> [Double] {
    workspace.reset()
    let forward = PackedOperand(weight, .transposed, memory: workspace.scratch)
    let backward = PackedOperand(weight, .plain, memory: workspace.scratch)
    let kinds: [() -> Void] = [
      { [self] in multiply(x, forward, into: y, workspace) },
      { [self] in multiply(dy, backward, into: dx, workspace) },
      { [self] in multiplyTransposed(dy, x, into: dWeight, workspace) },
      { [self] in
        let mark = workspace.mark
        _ = PackedOperand(weight, .transposed, memory: workspace.scratch)
        workspace.release(to: mark)
      },
    ]
    return kinds.map { kind in
      kind()
      let shares = (0..<rounds).map { _ -> Double in
        let before = ProductRate.peak(seconds: 0.01)
        let clock = ContinuousClock()
        let start = clock.now
        var count = 0.0
        while start.duration(to: clock.now) < .milliseconds(15) {
          kind()
          count += 1
        }
        let elapsed = start.duration(to: clock.now) / .seconds(1)
        let after = ProductRate.peak(seconds: 0.01)
        return 100 * count * work / elapsed / ((before + after) / 2)
      }
      return shares.sorted()[rounds / 2]
    }
  }
}
