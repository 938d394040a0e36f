internal import CProcessor

/// The instruction sets that everything but the kernels was compiled for, one bit each: none beyond the
/// architecture's own unless `TACO_CPU` named a processor.
///
/// It is a constant: calling it is safe on processors that lack them.
public func programProcessorFeatures() -> UInt64 { compiledProcessorFeatures() }
