internal import ElementaryFunctions

/// The natural logarithm in single precision, as bucket formulas of single-precision models need it.
func logarithm(_ value: Float) -> Float { Float(Elementary.log(Double(value))) }

/// The natural logarithm in double precision.
func logarithm(_ value: Double) -> Double { Elementary.log(value) }
