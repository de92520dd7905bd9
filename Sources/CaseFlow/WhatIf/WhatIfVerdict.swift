import EventStore
import WorkingTime

/// A case's clocks as they were and as they would have been.
public struct WhatIfVerdict: Sendable {
    /// One clock. Nil on a side on which there is no such clock.
    public struct Clock: Sendable {
        /// As it was.
        public let was: ClockReading?
        /// As it would be.
        public let wouldBe: ClockReading?

        /// Its name.
        public var name: ClockName? { (was ?? wouldBe)?.rule.name }
        /// What it watches, of a stage's clock.
        public var stage: String? { (was ?? wouldBe)?.stage }
        /// Which start of it it is, from 1.
        public var ordinal: Int { (was ?? wouldBe)?.ordinal ?? 1 }
        /// Whether its light is another one. A clock that is not there shows green: nothing is late.
        public var hasTurned: Bool { was?.light ?? .green != wouldBe?.light ?? .green }

        /// Whether it still runs, or stands still, on the day asked about, as it was or as it would be.
        var isOpen: Bool {
            [was, wouldBe].contains { reading in
                switch reading?.phase {
                case .running, .suspended: true
                case .stopped, .lapsed, nil: false
                }
            }
        }
    }

    /// Its clocks, in the order of the rules as they were, then those that only would be.
    public private(set) var clocks: [Clock]
    /// Whether a town's market days were known; nil where they do not matter.
    public let hasMarketDays: Bool?
    private let pins: (was: Case.RulePin, wouldBe: Case.RulePin)
    private let change: RuleChange

    init(
        was: [ClockReading],
        wouldBe: [ClockReading],
        pins: (was: Case.RulePin, wouldBe: Case.RulePin),
        change: RuleChange,
        hasMarketDays: Bool?
    ) {
        (self.pins, self.change, self.hasMarketDays) = (pins, change, hasMarketDays)
        // By what they watch and when they began: how many there were before differs where a limit comes or goes.
        var others = Dictionary(grouping: wouldBe.indices, by: { Key(wouldBe[$0]) })
        var matched: Set<Int> = []
        clocks = was.map { reading in
            guard let index = others[Key(reading)]?.first else { return Clock(was: reading, wouldBe: nil) }
            others[Key(reading)]?.removeFirst()
            matched.insert(index)
            return Clock(was: reading, wouldBe: wouldBe[index])
        }
        clocks += wouldBe.indices.filter { !matched.contains($0) }.map { Clock(was: nil, wouldBe: wouldBe[$0]) }
    }

    private struct Key: Hashable {
        let name: ClockName
        let stage: String?
        let began: Timestamp

        init(_ reading: ClockReading) { (name, stage, began) = (reading.rule.name, reading.stage, reading.began) }
    }

    /// The same verdict, by one clock alone.
    public func only(_ name: ClockName) -> WhatIfVerdict {
        var part = self
        part.clocks = clocks.filter { $0.name == name }
        return part
    }

    /// The worst light that its clocks showed; nil where it had none on either side.
    public var was: ClockReading.Light? {
        clocks.isEmpty ? nil : clocks.compactMap(\.was?.light).max() ?? .green
    }

    /// The worst light that they would show; likewise.
    public var wouldBe: ClockReading.Light? {
        clocks.isEmpty ? nil : clocks.compactMap(\.wouldBe?.light).max() ?? .green
    }

    /// Whether a clock of it still runs.
    public var isRunning: Bool { clocks.contains(where: \.isOpen) }

    /// Why a clock would show something else: what is different about it.
    public func reason(of clock: Clock) -> LocalizedText {
        var parts: [LocalizedText] = []
        func words(_ limit: Limit, _ language: Language) -> String { limit.unit.words(limit.amount, language) }
        switch (clock.was, clock.wouldBe) {
        case (nil, let new?):
            parts.append(
                LocalizedText(
                    "a limit of \(words(new.limit, .english)) where there was none",
                    "原无此时限，现为\(words(new.limit, .chinese))"
                )
            )
        case (_?, nil): parts.append(LocalizedText("there would be no such limit", "不再有此时限"))
        case (let old?, let new?):
            if old.limit != new.limit {
                parts.append(
                    LocalizedText(
                        "\(words(new.limit, .english)) instead of \(words(old.limit, .english))",
                        "时限由\(words(old.limit, .chinese))改为\(words(new.limit, .chinese))"
                    )
                )
            }
        case (nil, nil): break
        }
        if pins.was.name != pins.wouldBe.name || pins.was.digest != pins.wouldBe.digest {
            parts.append(
                LocalizedText(
                    "rules \(pins.wouldBe.name) instead of \(pins.was.name)",
                    "规则由 \(pins.was.name) 改为 \(pins.wouldBe.name)"
                )
            )
        }
        let isPromise = clock.wouldBe?.rule.itemLimit == .promise
        if change.isClosedOnMarketDays, hasMarketDays == true, isPromise {
            parts.append(LocalizedText("market days not counted", "圩日不计入"))
        }
        if let calendar = change.calendar, follows(clock, calendar.code) {
            parts.append(
                LocalizedText(
                    "calendar \(calendar.code) by \(calendar.source)",
                    "日历 \(calendar.code) 按 \(calendar.source)"
                )
            )
        }
        return LocalizedText(
            parts.map { $0[.english] }.joined(separator: "; "),
            parts.map { $0[.chinese] }.joined(separator: "；")
        )
    }

    /// Whether it is counted by a calendar, or by hours that follow it.
    private func follows(_ clock: Clock, _ code: String) -> Bool {
        (clock.wouldBe ?? clock.was)?.calendar?.code == code
    }
}
