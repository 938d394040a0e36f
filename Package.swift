// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// The processor that the numeric kernels are compiled for: `native`, or a name such as `x86-64-v3` for mixed clusters.
let processor = ProcessInfo.processInfo.environment["TACO_CPU"] ?? "native"

let common: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Nobody imports a program, so its imports need no access levels.
let program: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// Optimised in every build configuration: unoptimised vector code is a hundred times slower.
let kernels: [SwiftSetting] =
  common + [
    .unsafeFlags([
      "-O", "-disable-batch-mode", "-whole-module-optimization", "-num-threads", "2",
      "-Xcc", "-march=\(processor)",
    ])
  ]

func tests(
  _ module: String, _ dependencies: [Target.Dependency] = [], fixtures: Bool = true
) -> Target {
  .testTarget(
    name: "\(module)Tests",
    dependencies: [.target(name: module), .target(name: "TestSupport")] + dependencies,
    resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: common)
}

/// Only for `scripts/fuzz`, whose build instruments everything for libFuzzer.
let fuzzing: [Target] =
  ProcessInfo.processInfo.environment["TACO_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz",
      // libFuzzer brings `main`.
      swiftSettings: program + [.unsafeFlags(["-parse-as-library"])])
  ]

let package = Package(
  name: "taco-dist",
  products: [
    .executable(name: "taco-dist", targets: ["taco-dist"]),
    .library(name: "TacoDist", targets: ["TacoDist"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),

    .systemLibrary(name: "CProcessor"),

    .target(name: "Machine", swiftSettings: common),
    .target(name: "Tensors", dependencies: ["COpenBLAS", "CProcessor"], swiftSettings: kernels),
    .target(name: "Safetensors", dependencies: ["COpenSSL"], swiftSettings: common),
    .target(name: "Tokenizers", swiftSettings: common),
    .target(name: "Encoders", dependencies: ["Tensors", "Safetensors"], swiftSettings: kernels),
    .target(name: "TripleView", dependencies: ["Tensors"], swiftSettings: kernels),
    .target(
      name: "EmotionData", dependencies: [.product(name: "Yams", package: "Yams")],
      swiftSettings: common),
    .target(name: "Evaluation", swiftSettings: common),
    .target(name: "MessagePassing", dependencies: ["COpenMPI"], swiftSettings: common),
    .target(
      name: "Training",
      dependencies: [
        "Tensors", "Safetensors", "Tokenizers", "Encoders", "TripleView", "EmotionData",
        "Evaluation",
      ], swiftSettings: common),
    .target(
      name: "TacoDist",
      dependencies: ["Tensors", "TripleView", "EmotionData", "Evaluation", "Training"],
      swiftSettings: common),
    .executableTarget(
      name: "taco-dist",
      dependencies: [
        "Tensors", "Safetensors", "Tokenizers", "Encoders", "TripleView", "EmotionData",
        "Evaluation",
        "Machine", "MessagePassing", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: program),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: common),
    .executableTarget(
      name: "RankChecks", dependencies: ["MessagePassing"], path: "Tests/RankChecks",
      swiftSettings: common),
    .executableTarget(
      name: "ObjectiveCost", dependencies: ["Tensors", "TripleView"], path: "Tests/ObjectiveCost",
      swiftSettings: common),
    .target(
      name: "FuzzTargets",
      dependencies: ["EmotionData", "Encoders", "Safetensors", "Tokenizers", "Training"],
      path: "Tests/FuzzTargets", swiftSettings: common),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"],
      resources: [.copy("Corpus")], swiftSettings: common),
    tests("Machine", fixtures: false),
    tests("Tensors", fixtures: false),
    tests("Safetensors"),
    tests("Tokenizers"),
    tests("Encoders", ["Tensors", "Safetensors"]),
    tests("TripleView", ["Tensors"]),
    tests("EmotionData", fixtures: false),
    tests("Evaluation"),
    .testTarget(
      name: "MessagePassingTests", dependencies: ["TestSupport"], swiftSettings: common),
    tests(
      "Training", ["Tensors", "Encoders", "TripleView", "EmotionData", "Evaluation", "Safetensors"]),
    tests("TacoDist", ["Tensors", "EmotionData", "Training"], fixtures: false),
    .testTarget(
      name: "CommandTests", dependencies: ["TestSupport", "Safetensors", "Tensors"],
      swiftSettings: common),
  ] + fuzzing,
  swiftLanguageModes: [.v6]
)
