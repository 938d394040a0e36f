import ArgumentParser
import Tensors

/// How exactly a trained model is applied.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: """
      Matrix products in single precision, or with factors rounded to bfloat16, which is faster and wants a \
      processor with AVX512-BF16.
      """)
  var precision = ProductPrecision.float32

  func validate() throws {
    guard precision.isAvailable else {
      throw ValidationError(
        "--precision \(precision.rawValue): this program is built for a processor without AVX512-BF16; leave it out."
      )
    }
  }
}

extension ProductPrecision: ExpressibleByArgument {}
