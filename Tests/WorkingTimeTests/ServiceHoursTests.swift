import Testing
import WorkingTime

@Suite("Service hours")
struct ServiceHoursTests {
    private func office(_ hours: String = "09:00-12:00 14:00-17:00") throws -> ServiceHours {
        try ServiceHours.workingDays(of: China.calendar(), DayHours(hours))
    }

    @Test func `Hours of a day`() throws {
        let hours = try DayHours("14:00-17:00 09:00-12:00 11:00-12:30")
        #expect(hours.description == "09:00-12:30 14:00-17:00")
        #expect(hours.seconds == 23_400)
        #expect(try DayHours("") == .closed)
        #expect(try DayHours("00:00-24:00") == .wholeDay)
        for text in ["9:00-12:00", "09:00-25:00", "12:00-09:00", "09:00-09:00", "09:60-10:00", "09:00", "morning"] {
            #expect(throws: DayHours.Invalid.self) { try DayHours(text) }
        }
        #expect(throws: DayHours.Invalid.interval(-1..<5)) { try DayHours([-1..<5]) }
    }

    @Test func `Wall times`() throws {
        #expect(try time("2026-02-13T09:30").description == "2026-02-13T09:30")
        #expect(try time("2026-02-13 09:30:05").description == "2026-02-13T09:30:05")
        #expect(try time("1969-12-31T23:59:59").date.description == "1969-12-31")
        #expect(try time("1969-12-31T23:59:59").secondOfDay == 86_399)
        #expect(try time("2026-02-13T24:00") == WallTime(startOf: day("2026-02-14")))
        for text in ["2026-02-13", "2026-02-13T9:30", "2026-02-30T09:30", "2026-02-13T24:01", "2026-02-13T09:60"] {
            #expect(WallTime(text) == nil)
        }
        #expect(WallTime("9999-12-31T24:00") == nil)
    }

    @Test func `Minutes between, and minutes added, over lunch, nights and holidays`() throws {
        let office = try office()
        #expect(try office.minutes(from: time("2026-02-13T11:30"), to: time("2026-02-13T14:20")) == 50)
        #expect(try office.minutes(from: time("2026-02-13T14:20"), to: time("2026-02-13T11:30")) == -50)
        #expect(try office.minutes(from: time("2026-02-14T16:00"), to: time("2026-02-24T10:00")) == 120)
        #expect(try office.adding(minutes: 50, to: time("2026-02-13T11:30")) == time("2026-02-13T14:20"))
        #expect(try office.adding(minutes: 30, to: time("2026-02-13T11:30")) == time("2026-02-13T12:00"))
        #expect(try office.adding(minutes: 31, to: time("2026-02-13T11:30")) == time("2026-02-13T14:01"))
        #expect(try office.adding(minutes: 120, to: time("2026-02-14T16:00")) == time("2026-02-24T10:00"))
        #expect(try office.adding(minutes: 1, to: time("2026-02-14T18:00")) == time("2026-02-24T09:01"))
        #expect(try office.adding(minutes: 0, to: time("2026-02-14T18:00")) == time("2026-02-14T18:00"))
        #expect(try office.seconds(from: time("2026-02-13T11:59:30"), to: time("2026-02-13T14:00:15")) == 45)
        #expect(throws: WorkingTimeError.negativeLimit(-1)) {
            try office.adding(minutes: -1, to: time("2026-02-14T18:00"))
        }
    }

    @Test func `The next opening`() throws {
        let office = try office()
        #expect(try office.nextOpening(notBefore: time("2026-02-13T08:00")) == time("2026-02-13T09:00"))
        #expect(try office.nextOpening(notBefore: time("2026-02-13T09:15")) == time("2026-02-13T09:15"))
        #expect(try office.nextOpening(notBefore: time("2026-02-13T12:00")) == time("2026-02-13T14:00"))
        #expect(try office.nextOpening(notBefore: time("2026-02-14T17:00")) == time("2026-02-24T09:00"))
        #expect(try office.isOpen(at: time("2026-02-13T12:00")) == false)
        #expect(try office.isOpen(at: time("2026-02-13T11:59:59")))
        let never = try ServiceHours(weekly: [:])
        #expect(throws: WorkingTimeError.neverOpen) { try never.nextOpening(notBefore: time("2026-02-13T08:00")) }
        #expect(throws: WorkingTimeError.neverOpen) { try never.adding(minutes: 1, to: time("2026-02-13T08:00")) }
    }

    /// A town with a market day every third day.
    private func town() throws -> ServiceHours {
        let office = try DayHours("09:00-12:00 14:00-17:00")
        let market = try ServiceHours.MarketDays(from: day("2026-03-01"), every: 3, hours: DayHours("09:00-16:00"))
        return try ServiceHours(
            weekly: [.monday: office, .tuesday: office, .wednesday: office, .thursday: office, .friday: office],
            following: China.calendar(),
            makeUp: office,
            marketDays: [market],
            extraDuty: [day("2026-03-03"): DayHours("19:00-20:30")],
            closedDates: [day("2026-03-06")]
        )
    }

    @Test func `Market days, extra duty, closed dates`() throws {
        let town = try town()
        for (text, hours) in [
            ("2026-02-27", "09:00-12:00 14:00-17:00"), ("2026-03-01", "09:00-16:00"), ("2026-03-04", "09:00-17:00"),
            ("2026-03-03", "09:00-12:00 14:00-17:00 19:00-20:30"), ("2026-03-06", ""), ("2026-03-07", "09:00-16:00"),
            ("2026-03-08", ""), ("2026-02-14", "09:00-17:00"), ("2026-02-17", "09:00-16:00"),
            ("2026-02-16", ""), ("2027-03-04", "09:00-12:00 14:00-17:00"), ("2027-03-08", "09:00-17:00"),
        ] {
            #expect(try town.hours(on: day(text)).description == hours, "\(text)")
        }
        // 2026-03-05 16:00: an hour is left; the 6th is closed; the rest is on the market Saturday.
        #expect(try town.adding(minutes: 90, to: time("2026-03-05T16:00")) == time("2026-03-07T09:30"))
    }

    @Test(arguments: [UInt64(11), 12])
    func `Counting equals adding up the seconds of every day`(_ seed: UInt64) throws {
        print("seed \(seed)")
        var numbers = SeededNumbers(seed: seed)
        let market = try ServiceHours.MarketDays(from: day("2026-03-01"), every: 4, hours: DayHours("07:30-11:00"))
        let local = try ServiceHours(
            weekly: [.monday: DayHours("08:00-12:00 13:00-17:30"), .saturday: .wholeDay],
            marketDays: [market],
            extraDuty: [day("2026-05-05"): DayHours("20:00-24:00")],
            closedDates: [day("2026-05-04"), day("2026-05-11")]
        )
        for hours in [try town(), local, try office("00:00-24:00")] {
            for _ in 0..<400 {
                let date = try #require(try day("2025-06-01").adding(days: numbers.pick(0...700)))
                let start = try #require(WallTime(startOf: date).adding(seconds: numbers.pick(0...86_399)))
                let end = try #require(start.adding(seconds: numbers.pick(0...6_000_000)))
                var expected = 0
                for offset in 0...date.days(to: end.date) {
                    let date = try #require(date.adding(days: offset))
                    for interval in try hours.hours(on: date).intervals {
                        let midnight = WallTime(startOf: date)
                        let from = try #require(midnight.adding(seconds: interval.lowerBound * 60))
                        let to = try #require(midnight.adding(seconds: interval.upperBound * 60))
                        expected += max(0, max(from, start).seconds(to: min(to, end)))
                    }
                }
                #expect(try hours.seconds(from: start, to: end) == expected, "seed \(seed): \(start) to \(end)")
                let reached = try hours.adding(minutes: expected / 60, to: start)
                #expect(reached <= end)
                #expect(try hours.seconds(from: start, to: reached) == expected / 60 * 60)
            }
        }
    }

    @Test func `Pauses by the moment, an open pause, and what is used`() throws {
        let office = try office()
        let event = try time("2026-03-02T16:30")
        let limit = try TimeLimit(minutes: 60)
        let pause = try Pause(time("2026-03-03T09:10"), to: time("2026-03-03T09:40"))
        let due = try limit.outcome(after: event, in: office, pauses: Pauses([pause])).dueTime
        #expect(try due?.time == time("2026-03-03T10:00"))
        let after = try Pause(time("2026-03-03T09:30"), to: time("2026-03-03T11:40"))
        #expect(
            try limit.outcome(after: event, in: office, pauses: Pauses([after])).dueTime?.time
                == time("2026-03-03T09:30")
        )
        let open = Pauses([Pause(openSince: try time("2026-03-03T09:10"))])
        #expect(
            try limit.outcome(after: event, in: office, pauses: open)
                == .notRunning(since: time("2026-03-03T09:10"), remainingSeconds: 1_200)
        )
        for (text, used) in [
            ("2026-03-02T16:00", 0), ("2026-03-02T16:45", 900), ("2026-03-02T20:00", 1_800),
            ("2026-03-03T09:20", 2_400),
            ("2026-03-03T09:50", 3_000), ("2026-03-03T10:00", 3_600), ("2026-03-04T10:00", 3_600),
        ] {
            let seconds = try limit.usedSeconds(asOf: time(text), after: event, in: office, pauses: Pauses([pause]))
            #expect(seconds == used, "\(text)")
        }
    }

    @Test func `A derivation in minutes`() throws {
        let office = try office()
        let pause = try Pause(time("2026-02-24T09:10"), to: time("2026-02-24T14:40"))
        let steps = try TimeLimit(minutes: 60).derivation(
            after: time("2026-02-14T16:30"),
            in: office,
            pauses: Pauses([pause])
        ).steps
        #expect(
            steps == [
                .event(try time("2026-02-14T16:30")),
                .counted(try time("2026-02-14T16:30")..<time("2026-02-14T17:00"), usedSeconds: 1_800),
                .closed(try day("2026-02-15")...day("2026-02-23")),
                .counted(try time("2026-02-24T09:00")..<time("2026-02-24T09:10"), usedSeconds: 2_400),
                .paused(try time("2026-02-24T09:10")..<time("2026-02-24T12:00"), by: pause),
                .paused(try time("2026-02-24T14:00")..<time("2026-02-24T14:40"), by: pause),
                .counted(try time("2026-02-24T14:40")..<time("2026-02-24T15:00"), usedSeconds: 3_600),
                .due(DueTime(try time("2026-02-24T15:00"), on: try day("2026-02-24"), isProvisional: false)),
            ]
        )
        let open = Pauses([Pause(openSince: try time("2026-03-03T09:10"))])
        let stopped = try TimeLimit(days: 1, of: DayHours("09:00-12:00 14:00-17:00")).derivation(
            after: time("2026-03-02T10:00"),
            in: office,
            pauses: open
        ).steps
        #expect(
            stopped == [
                .event(try time("2026-03-02T10:00")),
                .counted(try time("2026-03-03T09:00")..<time("2026-03-03T09:10"), usedSeconds: 600),
                .stopped(since: try time("2026-03-03T09:10"), remainingSeconds: 21_000),
            ]
        )
    }

    @Test func `Beyond the horizon, across a hole, and market days that never meet`() throws {
        let office = try office()
        let late = try TimeLimit(minutes: 60).outcome(after: time("2026-12-31T16:30"), in: office).dueTime
        #expect(late?.description == "2027-01-01T09:30 (provisional)")
        let broken = try ServiceHours.workingDays(of: China.calendar(years: [2020, 2026]), DayHours("09:00-17:00"))
        #expect(throws: WorkingTimeError.missing(try day("2021-01-01")...day("2025-12-31"))) {
            try broken.adding(minutes: 60, to: time("2020-12-31T16:30"))
        }
        #expect(throws: WorkingTimeError.beforeCoverage(try day("2024-12-31"), first: try day("2025-01-01"))) {
            try office.adding(minutes: 60, to: time("2024-12-31T16:30"))
        }
        #expect(throws: WorkingTimeError.outOfRange) {
            try office.adding(minutes: Int.max / 60, to: time("2026-12-31T16:30"))
        }
        let markets = try [397, 389, 383].map {
            try ServiceHours.MarketDays(from: day("2026-01-01"), every: $0, hours: .wholeDay)
        }
        #expect(throws: ServiceHours.Invalid.togetherTooLong(days: 397 * 389 * 7)) {
            try ServiceHours(weekly: [:], marketDays: markets)
        }
        #expect(throws: ServiceHours.Invalid.cycle(0)) {
            try ServiceHours.MarketDays(from: day("2026-01-01"), every: 0, hours: .wholeDay)
        }
    }
}
