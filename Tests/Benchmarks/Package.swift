// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nothing of it burdens a build of the product.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        .executableTarget(name: "ProbeBenchmark")
    ]
)
