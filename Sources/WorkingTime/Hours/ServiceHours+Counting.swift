extension ServiceHours {
    /// Whether the service is open at a moment: an interval begins with its first second and ends before its last.
    public func isOpen(at time: WallTime) throws(WorkingTimeError) -> Bool {
        let hours = try hours(on: time.date)
        let second = time.secondOfDay
        return hours.intervals.contains { $0.lowerBound * 60 <= second && second < $0.upperBound * 60 }
    }

    /// Open seconds from one moment to another, negative when the other is earlier.
    public func seconds(from start: WallTime, to end: WallTime) throws(WorkingTimeError) -> Int {
        if end < start { return -(try seconds(from: end, to: start)) }
        try check(from: start, through: end)
        return index.seconds(before: end) - index.seconds(before: start)
    }

    /// Whole open minutes from one moment to another, rounded towards zero; negative when the other is earlier.
    public func minutes(from start: WallTime, to end: WallTime) throws(WorkingTimeError) -> Int {
        try seconds(from: start, to: end) / 60
    }

    /// The first moment at which the service is open, the given moment included.
    public func nextOpening(notBefore time: WallTime) throws(WorkingTimeError) -> WallTime {
        let date = time.date
        try check(from: time, through: time)
        let (end, day) = try index.moment(after: index.seconds(before: time) + 1)
        try index.check(from: date, through: CivilDate(validNumber: day))
        return try WallTime(seconds: end.seconds - 1)
    }

    /// The moment at which so many minutes of opening are over.
    ///
    /// Minutes that fill an interval to its end are over at that end, not at the next opening.
    /// - Throws: ``WorkingTimeError``, also ``WorkingTimeError/negativeLimit(_:)``.
    public func adding(minutes: Int, to start: WallTime) throws(WorkingTimeError) -> WallTime {
        let outcome = try TimeLimit(minutes: minutes).outcome(after: start, in: self)
        guard case .due(let due) = outcome else { throw .neverOpen }
        return due.time
    }

    func check(from start: WallTime, through end: WallTime) throws(WorkingTimeError) {
        try index.check(from: start.date, through: end.date)
    }

    func isProvisional(_ date: CivilDate) -> Bool {
        index.section(of: date.daysSinceEpoch).calendar?.isProvisional(date) ?? false
    }
}
