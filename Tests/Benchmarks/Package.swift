// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nothing of it burdens a build of the product. Linux only, as the lab is.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "stallpoint", path: "../..")],
    targets: [
        .executableTarget(
            name: "ProbeBenchmark",
            dependencies: [
                .product(name: "PacketWire", package: "stallpoint"),
                .product(name: "CaptureFile", package: "stallpoint"),
                .product(name: "HostNetwork", package: "stallpoint"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ]),
        // A sender of many packets and the processor time of a child: more than Swift's Glibc module shows.
        .target(name: "CPacketSender"),
        .executableTarget(
            name: "CaptureBenchmark",
            dependencies: [
                "CPacketSender",
                .product(name: "CaptureFile", package: "stallpoint"),
                .product(name: "HostNetwork", package: "stallpoint"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ]),
    ]
)
