import ArgumentParser

/// What a rank may hold between the forward and the backward pass.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What a rank's activations may take, such as 2G; the rest is computed again. No number changes.",
      valueName: "size"), transform: ByteCount.parse)
  var memoryBudget: ByteCount?

  /// The budget in bytes; nil for no bound.
  var budget: Int? { memoryBudget?.bytes }
}
