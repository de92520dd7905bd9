import EventStore
import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// Questions about cases that are told in a test.
enum AskedWhatIf {
    static let item = "item-1"
    static let year = DaySpan(day("2026-01-01"), day("2026-12-31"))

    /// Making them takes longer than all that is asked of them.
    private static let calendars = Result { try CalendarBook(zone: TownshipCase.zone) }

    /// A question by the calendars of the program, read at the end of 2026.
    static func question(
        _ change: RuleChange,
        calendars: CalendarBook? = nil,
        network: Network = Network()
    ) throws -> WhatIf {
        let book = if let calendars { calendars } else { try Self.calendars.get() }
        return try WhatIf(
            change,
            over: try #require(year),
            asOf: day("2026-12-31"),
            zone: TownshipCase.zone,
            calendars: book,
            network: network
        )
    }

    static func promise(_ text: String) throws -> RuleChange {
        var change = RuleChange()
        let promise = try #require(RuleChange.Promise(text))
        change.promises[item] = promise
        return change
    }

    /// The last moment of 2026, by which everything is known.
    static var now: Timestamp { get throws { try Moment.endOfDay(day("2026-12-31"), in: TownshipCase.zone) } }

    /// What the program ships of a year of the calendar `cn`, as a draft.
    static func shipped(_ year: Int) throws -> LegalCalendar.Draft {
        let entry = try #require(try CalendarHistory.shipped("cn").entries.first { $0.year == year })
        return LegalCalendar.Draft(
            year: year,
            changes: entry.changes,
            notice: entry.notice,
            knownSince: entry.knownSince
        )
    }
}

extension PastCase {
    /// A case with such facts, of the item that questions are about.
    init(_ ledger: CaseLedger) {
        self.init(stream: "case/t-1")
        self.ledger = ledger.repinned { pin in
            var pin = pin
            pin.item = AskedWhatIf.item
            return pin
        }
    }

    mutating func receivedAt(_ unit: String) { filters.unit = unit }
}

extension WhatIfVerdict {
    func clock(_ name: String) -> Clock? { clocks.first { $0.name?.rawValue == name } }

    /// `green -> red` of a clock.
    func told(_ name: String) -> String {
        guard let clock = clock(name) else { return "none" }
        return "\(clock.was?.light.rawValue ?? "-") -> \(clock.wouldBe?.light.rawValue ?? "-")"
    }

    /// Whether each clock is on both sides, and the same.
    var isUnchanged: Bool {
        clocks.allSatisfy { clock in
            guard let was = clock.was, let wouldBe = clock.wouldBe else { return false }
            return was.light == wouldBe.light && was.due == wouldBe.due && was.limit == wouldBe.limit
                && was.phase == wouldBe.phase && was.usage == wouldBe.usage && was.rungs == wouldBe.rungs
        }
    }
}
