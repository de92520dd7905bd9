import EventStore
import Foundation
import WorkingTime

/// Replays the past cases of a log under a difference: page by page in the order of their streams, in one transaction that
/// can write nothing. What it keeps does not grow with the cases; while a page is judged the next one is fetched.
public struct WhatIfReplay: Sendable {
    /// How far it is.
    public struct Progress: Sendable {
        /// Cases gone through, of all that the log has.
        public let done, all: Int
        /// Of these, cases received in the period.
        public let cases: Int
    }

    /// Cases of a page.
    var pageSize = 250

    /// The log.
    let log: EventLog
    /// The days of receipt.
    let over: DaySpan
    /// The zone of the centre's days.
    let zone: TimeZone
    /// By what cases are counted.
    let grouping: WhatIfAnswer.Grouping
    /// The clock that counts; nil for all.
    let clock: ClockName?
    /// The language of reasons.
    let language: Language

    /// A replay.
    /// - Parameters:
    ///   - over: cases received on these local days.
    ///   - clock: the clock that counts; without one all, and a case shows its worst light.
    ///   - language: of the reasons in the list.
    public init(
        _ log: EventLog,
        over: DaySpan,
        zone: TimeZone,
        by grouping: WhatIfAnswer.Grouping = .unit,
        clock: ClockName? = nil,
        language: Language = .english
    ) {
        (self.log, self.over, self.zone) = (log, over, zone)
        (self.grouping, self.clock, self.language) = (grouping, clock, language)
    }

    /// Goes through all cases.
    /// - Parameters:
    ///   - question: what is different.
    ///   - now: nothing that was recorded later is known, but for each case itself.
    ///   - changed: given each clock that would show another light, case by case, in the order of the streams.
    public func run(
        _ question: WhatIf,
        now: Timestamp,
        progress: (Progress) -> Void = { _ in },
        changed: (WhatIfRow) throws -> Void = { _ in }
    ) async throws -> WhatIfAnswer {
        var question = question
        return try await log.snapshot { snapshot in
            let all = try await snapshot.count(ofCategory: "case")
            var answer = WhatIfAnswer()
            var done = 0
            var receipts: (first: Timestamp, last: Timestamp)?
            var page = try await next(snapshot, after: nil)
            while let current = page {
                async let following = next(snapshot, after: current.last)
                for begun in current.begun {
                    receipts = (min(receipts?.first ?? begun, begun), max(receipts?.last ?? begun, begun))
                }
                for (found, events) in current.cases {
                    try judge(found, events, &question, now, &answer, changed)
                }
                done += current.streams
                progress(Progress(done: done, all: max(all, done), cases: answer.cases))
                page = try await following
            }
            answer.firstReceipt = receipts.flatMap { Moment.day(of: $0.first, in: zone) }
            answer.lastReceipt = receipts.flatMap { Moment.day(of: $0.last, in: zone) }
            return answer
        }
    }

    // MARK: Pages

    private struct Page: Sendable {
        /// The last stream of it.
        let last: String
        let streams: Int
        /// When its cases came in, whatever the period.
        let begun: [Timestamp]
        /// Those that may have come in in the period.
        let cases: [(found: LogSnapshot.Found, events: [Result<RecordedEvent, UnreadableRow>])]
    }

    /// The page behind a stream; nil at the end.
    private func next(_ snapshot: LogSnapshot, after stream: String?) async throws -> Page? {
        let found = try await snapshot.streams(ofCategory: "case", after: stream, limit: pageSize)
        guard let last = found.last?.stream else { return nil }
        let time = over.time
        let wanted = found.filter { $0.begunAt.map(time.contains) ?? true }
        let events = try await snapshot.events(of: wanted.map(\.stream), leavingOut: PastCase.passedOver)
        return Page(
            last: last,
            streams: found.count,
            begun: found.compactMap(\.begunAt),
            cases: Array(zip(wanted, events))
        )
    }

    // MARK: A case

    /// Why a stream is no case.
    private struct NeverReceived: Error, CustomStringConvertible {
        let description = "the case was never received"
    }

    private func judge(
        _ found: LogSnapshot.Found,
        _ events: [Result<RecordedEvent, UnreadableRow>],
        _ question: inout WhatIf,
        _ now: Timestamp,
        _ answer: inout WhatIfAnswer,
        _ changed: (WhatIfRow) throws -> Void
    ) throws {
        var past = PastCase(stream: found.stream)
        var fault: (any Error)?
        do {
            for event in events { try past.take(event.get()) }
            if past.receivedOn == nil { throw NeverReceived() }
        } catch {
            fault = error
        }
        // Where the receipt cannot be read, the moment at which the stream begins says in which period it belongs.
        let day = past.receivedOn ?? found.begunAt.flatMap { Moment.day(of: $0, in: zone) }
        if let day, !over.contains(day) { return }
        answer.cases += 1
        let name = past.number.isEmpty ? past.stream : past.number
        if let fault { return answer.fail(name, "\(fault)") }
        guard past.ledger.pin != nil else {
            answer.withoutRules += 1
            return
        }
        let verdict: WhatIfVerdict
        do {
            let whole = try question.verdict(on: past, now: now)
            verdict = clock.map(whole.only) ?? whole
        } catch {
            return answer.fail(name, "\(error)")
        }
        let isPromised = question.change.promises[past.item] != nil
        answer.add(verdict, of: past, by: grouping, isPromised: isPromised)
        for clock in verdict.clocks where clock.hasTurned {
            try changed(WhatIfRow(clock, of: past, verdict, language))
        }
    }
}

extension DaySpan {
    /// The moments that may lie in it, whatever offset their local times were written with.
    fileprivate var time: Range<Timestamp> {
        let day: Int64 = 86_400_000_000
        let start = Int64(first.daysSinceEpoch - 2) * day
        return Timestamp(microseconds: start)..<Timestamp(microseconds: Int64(last.daysSinceEpoch + 3) * day)
    }
}
