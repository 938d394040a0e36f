import ArgumentParser
import Tensors

/// How exactly, and by whom, a trained model is applied.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: """
      Matrix products in single precision, or with factors rounded to bfloat16, which is faster on some \
      processors with AVX512-BF16 ('doctor' measures both).
      """)
  var precision = ProductPrecision.float32

  @Option(help: ArgumentHelp(ProductEngine.help, valueName: "engine"))
  var products = ProductEngine.own

  func validate() throws {
    guard precision.isAvailable else {
      throw ValidationError(
        "--precision \(precision.rawValue): this processor, or \(KernelLevel.variable), has no AVX512-BF16; leave it out."
      )
    }
    if products != .own {
      try Self.refuse(
        "--products \(products.rawValue)",
        beside: ["--precision \(precision.rawValue)": precision != .float32],
        "it computes in float32 alone")
    }
  }
}

extension ProductPrecision: ExpressibleByArgument {}
extension ProductEngine: ExpressibleByArgument {
  /// What `--help` says.
  static let help: String =
    "Who computes products with weights: own kernels, with the same bits on every processor, or openblas, "
    + "whose bits depend on the kernel that it picks."
}

extension Session {
  /// Tells on rank 0 where bfloat16 was chosen and does not pay.
  func warnOfPrecision(_ precision: ProductPrecision) {
    guard isRoot, precision == .bfloat16, let found = ProductRate.bfloat16Pays, !found.pays else {
      return
    }
    printError(
      "warning: --precision bfloat16 does not pay on this processor: its products do "
        + "\(decimal(found.bfloat16 / 1e9, 0)) GFLOP/s, those of float32 "
        + "\(decimal(found.float32 / 1e9, 0)).")
  }
}
