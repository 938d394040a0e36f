internal import CProcessor

/// The instruction sets that the kernels were compiled for, one bit each.
///
/// It is a constant: calling it is safe on processors that lack them, which no kernel is.
public func kernelProcessorFeatures() -> UInt64 { compiledProcessorFeatures() }
