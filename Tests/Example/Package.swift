// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Classify",
  dependencies: [.package(name: "taco-dist", path: "../..")],
  targets: [
    .executableTarget(
      name: "Classify", dependencies: [.product(name: "TacoDist", package: "taco-dist")])
  ])
