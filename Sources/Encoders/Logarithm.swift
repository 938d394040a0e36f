internal import Foundation

/// The natural logarithm in single precision, as bucket formulas of single-precision models need it.
func logarithm(_ value: Float) -> Float { Foundation.log(value) }

/// The natural logarithm in double precision.
func logarithm(_ value: Double) -> Double { Foundation.log(value) }
