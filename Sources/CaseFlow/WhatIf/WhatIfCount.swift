import WorkingTime

/// What is counted of cases, or of clocks: the lights as they were, as they would be, and what turned.
public struct WhatIfCount: Sendable, Hashable, Encodable {
    /// How many, by light.
    public struct Lights: Sendable, Hashable, Encodable {
        /// In time.
        public internal(set) var green = 0
        /// In time, and not for long.
        public internal(set) var yellow = 0
        /// Late.
        public internal(set) var red = 0

        mutating func add(_ light: ClockReading.Light) {
            switch light {
            case .green: green += 1
            case .yellow: yellow += 1
            case .red: red += 1
            }
        }
    }

    /// How many were looked at.
    public private(set) var judged = 0
    /// As they were, and as they would be.
    public private(set) var was = Lights(), wouldBe = Lights()
    /// Green, and would be yellow.
    public private(set) var turnedYellow = 0
    /// Green or yellow, and would be red.
    public private(set) var turnedRed = 0
    /// Would show a better light than they did.
    public private(set) var better = 0

    /// How many would show another light.
    public var turned: Int { turnedYellow + turnedRed + better }

    /// None.
    public init() {}

    /// Adds one.
    public mutating func add(was old: ClockReading.Light, wouldBe new: ClockReading.Light) {
        judged += 1
        was.add(old)
        wouldBe.add(new)
        if new < old { better += 1 }
        if new > old, new == .yellow { turnedYellow += 1 }
        if new > old, new == .red { turnedRed += 1 }
    }
}
