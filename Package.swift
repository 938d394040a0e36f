// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// The processor that the numeric kernels are compiled for: `native`, or a name such as `x86-64-v3` for mixed clusters.
let processor = ProcessInfo.processInfo.environment["TACO_CPU"] ?? "native"

let upcoming: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Optimised in every build configuration: unoptimised vector code is a hundred times slower.
let kernels: [SwiftSetting] =
  upcoming + [
    .unsafeFlags([
      "-O", "-disable-batch-mode", "-whole-module-optimization", "-num-threads", "2",
      "-Xcc", "-march=\(processor)",
    ])
  ]

let package = Package(
  name: "taco-dist",
  products: [
    .library(name: "Encoders", targets: ["Encoders"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "Tensors", dependencies: ["COpenBLAS"], swiftSettings: kernels),
    .target(name: "Safetensors", swiftSettings: upcoming),
    .target(name: "Encoders", dependencies: ["Tensors", "Safetensors"], swiftSettings: kernels),
    .target(name: "TripleView", dependencies: ["Tensors"], swiftSettings: kernels),
    .testTarget(
      name: "EncodersTests", dependencies: ["Encoders", "Tensors", "Safetensors"],
      resources: [.copy("Fixtures")], swiftSettings: upcoming),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: upcoming),
  ],
  swiftLanguageModes: [.v6]
)
