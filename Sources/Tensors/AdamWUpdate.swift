/// Updates some parameters and their moments by AdamW, element by element.
///
/// - Parameters:
///   - parameters: The values.
///   - gradient: dL/dvalues, or nil for 0.
///   - first: The first moments.
///   - second: The second moments.
///   - terms: The factors of this update.
package func adamWUpdate(
  _ parameters: Vector, gradient: Vector?, first: Vector, second: Vector, _ terms: AdamWTerms
) {
  precondition(
    first.count == parameters.count && second.count == parameters.count
      && (gradient?.count ?? parameters.count) == parameters.count,
    "optimiser state of unequal shapes")
  kernels.adamW(parameters, gradient: gradient, first: first, second: second, terms)
}
