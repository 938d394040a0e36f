// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// The processor that all but the numeric kernels is compiled for, by default any of the architecture.
///
/// A name such as `native` or `x86-64-v3`; no run depends on it.
let processor: [SwiftSetting] =
  ProcessInfo.processInfo.environment["TACO_CPU"].map {
    [.unsafeFlags(["-Xcc", "-march=\($0)"])]
  } ?? []

let common: [SwiftSetting] =
  processor + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]

/// Nobody imports a program, so its imports need no access levels.
let program: [SwiftSetting] = processor + [.enableUpcomingFeature("ExistentialAny")]

/// Optimised in every build configuration: unoptimised, training is a hundred times slower.
let optimized: [SwiftSetting] =
  common + [
    .unsafeFlags([
      "-O", "-disable-batch-mode", "-whole-module-optimization", "-num-threads", "2",
    ])
  ]

/// The kernels for one instruction set.
///
/// All are in the program, which chooses when it starts. On other architectures there is one set, for
/// whatever the compiler assumes.
func kernels(_ name: String, _ folder: String, _ flags: [String]) -> Target {
  #if arch(x86_64)
    let flags = ["-O", "-disable-batch-mode", "-whole-module-optimization"] + flags
  #else
    let flags = ["-O", "-disable-batch-mode", "-whole-module-optimization"]
  #endif
  return .target(
    name: name, dependencies: ["Matrices", "CProcessor"], path: "Sources/Kernels/\(folder)",
    swiftSettings: [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .unsafeFlags(flags),
    ])
}

#if arch(x86_64)
  let kernelModules = ["KernelsAVX2", "KernelsAVX512", "KernelsBFloat16"]
  let kernelTargets: [Target] = [
    kernels("KernelsAVX2", "AVX2", ["-Xcc", "-march=x86-64-v3"]),
    kernels("KernelsAVX512", "AVX512", ["-Xcc", "-march=x86-64-v4"]),
    kernels(
      "KernelsBFloat16", "BFloat16", ["-Xcc", "-march=x86-64-v4", "-Xcc", "-mavx512bf16"]),
  ]
#else
  let kernelModules = ["KernelsAVX2"]
  let kernelTargets: [Target] = [kernels("KernelsAVX2", "AVX2", [])]
#endif

func tests(
  _ module: String, _ dependencies: [Target.Dependency] = [], fixtures: Bool = true
) -> Target {
  .testTarget(
    name: "\(module)Tests",
    dependencies: [.target(name: module), .target(name: "TestSupport")] + dependencies,
    resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: common)
}

/// Only for `scripts/testing/fuzz`, whose build instruments everything for libFuzzer.
let fuzzing: [Target] =
  ProcessInfo.processInfo.environment["TACO_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz",
      // libFuzzer brings `main`.
      swiftSettings: program + [.unsafeFlags(["-parse-as-library"])])
  ]

let orderedCollections: Target.Dependency = .product(
  name: "OrderedCollections", package: "swift-collections")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "taco-dist",
  products: [
    .executable(name: "taco-dist", targets: ["taco-dist"]),
    .library(name: "TacoDist", targets: ["TacoDist"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),

    .systemLibrary(name: "CProcessor"),

    .target(
      name: "SystemErrors", dependencies: [systemPackage], swiftSettings: common),
    .target(name: "Machine", dependencies: ["SystemErrors", systemPackage], swiftSettings: common),
    .target(name: "Settings", swiftSettings: common),
    .target(name: "RunEvents", dependencies: ["JSONText"], swiftSettings: common),
    .target(name: "ElementaryFunctions", swiftSettings: optimized),
    .target(name: "Matrices", swiftSettings: optimized),
    .target(
      name: "Tensors",
      dependencies: ["Matrices", "ElementaryFunctions", "CProcessor"]
        + kernelModules.map { .target(name: $0) },
      swiftSettings: optimized),
    .target(name: "JSONText", swiftSettings: common),
    .target(
      name: "Safetensors", dependencies: ["COpenSSL", "JSONText", "SystemErrors", systemPackage],
      swiftSettings: common),
    .target(name: "Tokenizers", dependencies: ["JSONText"], swiftSettings: common),
    .target(
      name: "Encoders",
      dependencies: ["Tensors", "ElementaryFunctions", "Safetensors", "JSONText"],
      swiftSettings: optimized),
    .target(
      name: "Objectives", dependencies: ["Settings", "Tensors", "ElementaryFunctions"],
      swiftSettings: optimized),
    .target(
      name: "TripleView",
      dependencies: ["Objectives", "Settings", "Tensors", "ElementaryFunctions"],
      swiftSettings: optimized),
    .target(
      name: "LinearClassifier", dependencies: ["Objectives", "Settings", "Tensors"],
      swiftSettings: common),
    .target(
      name: "Hyperbolic",
      dependencies: ["Objectives", "Settings", "Tensors", "ElementaryFunctions"],
      resources: [.embedInCode("Resources")], swiftSettings: optimized),
    .target(
      name: "ClassDefinitions",
      dependencies: ["Objectives", "Settings", "Tensors", "ElementaryFunctions"],
      swiftSettings: optimized),
    .target(
      name: "LabelAware",
      dependencies: ["Objectives", "Settings", "Tensors", "ElementaryFunctions"],
      swiftSettings: optimized),
    .target(
      name: "SupervisedAdversarial",
      dependencies: ["Objectives", "Settings", "Tensors", "ElementaryFunctions"],
      swiftSettings: optimized),
    .target(
      name: "ObjectiveCatalogue",
      dependencies: [
        "Objectives", "Settings", "TripleView", "LinearClassifier", "Hyperbolic", "LabelAware",
        "SupervisedAdversarial", "ClassDefinitions",
      ],
      swiftSettings: common),
    .target(
      name: "EmotionData",
      dependencies: [
        "JSONText", orderedCollections, systemPackage, .product(name: "Yams", package: "Yams"),
      ],
      resources: [.embedInCode("Resources")], swiftSettings: common),
    .target(
      name: "Evaluation",
      dependencies: [
        "ElementaryFunctions", "RunEvents", orderedCollections,
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [.embedInCode("Resources")], swiftSettings: common),
    .target(name: "MessagePassing", dependencies: ["COpenMPI"], swiftSettings: common),
    .target(name: "Distribution", dependencies: ["Tensors"], swiftSettings: common),
    .target(
      name: "Training",
      dependencies: [
        "ElementaryFunctions", "Settings", "Tensors", "Tokenizers", "Encoders", "Objectives",
        "ObjectiveCatalogue", "EmotionData", "Evaluation", "Distribution",
      ], swiftSettings: common),
    .target(
      name: "Runs",
      dependencies: [
        "Settings", "Tensors", "Safetensors", "Tokenizers", "Encoders", "Objectives",
        "ObjectiveCatalogue", "EmotionData", "Evaluation", "RunEvents", "Distribution", "Training",
        "SystemErrors", systemPackage,
      ], swiftSettings: common),
    .target(
      name: "Verification",
      dependencies: [
        "Tensors", "Safetensors", "Encoders", "Objectives", "Distribution", "Training", "Runs",
      ], swiftSettings: common),
    .target(
      name: "TacoDist",
      dependencies: [
        "Tensors", "Objectives", "EmotionData", "Evaluation", "Distribution", "Training", "Runs",
      ],
      swiftSettings: common),
    .target(
      name: "Commands",
      dependencies: [
        "ElementaryFunctions", "Settings", "Tensors", "Safetensors", "Tokenizers", "Encoders",
        "Objectives", "ObjectiveCatalogue", "EmotionData", "Evaluation", "Machine",
        "MessagePassing", "Distribution", "Training", "Runs", "Verification",
        "SystemErrors", orderedCollections, systemPackage,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: program),
    .executableTarget(name: "taco-dist", dependencies: ["Commands"], swiftSettings: program),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: common),
    .executableTarget(
      name: "RankChecks", dependencies: ["MessagePassing"], path: "Tests/RankChecks",
      swiftSettings: common),
    .executableTarget(
      name: "toy-dist",
      dependencies: ["Commands", "ObjectiveCatalogue", "Objectives", "Settings", "Tensors"],
      path: "Tests/ToyObjective", swiftSettings: program),
    .executableTarget(
      name: "WithoutSystemCalls", path: "Tests/WithoutSystemCalls"),
    .executableTarget(
      name: "ObjectiveCost", dependencies: ["Objectives", "Tensors", "TripleView"],
      path: "Tests/ObjectiveCost",
      swiftSettings: common),
    .executableTarget(
      name: "ProductCost", dependencies: ["Tensors"], path: "Tests/ProductCost",
      swiftSettings: common),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "EmotionData", "Encoders", "Hyperbolic", "Objectives", "Safetensors", "Settings",
        "Tokenizers", "Runs", "Training", "Verification",
      ], path: "Tests/FuzzTargets", swiftSettings: common),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"],
      resources: [.copy("Corpus")], swiftSettings: common),
    tests("Machine", fixtures: false),
    tests("Settings", fixtures: false),
    tests("RunEvents", fixtures: false),
    tests("ElementaryFunctions", fixtures: false),
    tests("Tensors", fixtures: false),
    tests("Safetensors"),
    tests("JSONText", fixtures: false),
    tests("Tokenizers", ["JSONText"]),
    tests("Encoders", ["Tensors", "Safetensors"]),
    tests("TripleView", ["Objectives", "ObjectiveCatalogue", "Settings", "Tensors"]),
    tests("Hyperbolic", ["ElementaryFunctions", "Objectives", "Settings", "Tensors"]),
    tests("ClassDefinitions", ["Objectives", "Settings", "Tensors"]),
    tests("LabelAware", ["ElementaryFunctions", "Objectives", "Settings", "Tensors"]),
    tests("SupervisedAdversarial", ["Objectives", "Tensors"]),
    tests("EmotionData", fixtures: false),
    tests("Evaluation", ["RunEvents", orderedCollections]),
    .testTarget(
      name: "MessagePassingTests", dependencies: ["TestSupport"], swiftSettings: common),
    tests("Distribution", ["Tensors"], fixtures: false),
    tests(
      "Runs",
      [
        "Encoders", "EmotionData", "Evaluation", "ObjectiveCatalogue", "Objectives", "Tensors",
        "Training", "TripleView", orderedCollections, systemPackage,
      ]),
    tests(
      "Training",
      [
        "Tensors", "Encoders", "Objectives", "ObjectiveCatalogue", "TripleView", "Hyperbolic",
        "SupervisedAdversarial",
        "EmotionData",
        "Evaluation",
        "Safetensors", "Settings", "Tokenizers", "Distribution", "Runs", "Verification",
        orderedCollections,
      ]),
    tests(
      "TacoDist", ["Tensors", "EmotionData", "Objectives", "Distribution", "Training", "Runs"],
      fixtures: false),
    .testTarget(
      name: "CommandTests", dependencies: ["TestSupport", "Safetensors", "Tensors"],
      exclude: ["Llama"],
      swiftSettings: common),
  ] + kernelTargets + fuzzing,
  swiftLanguageModes: [.v6]
)
