import EventStore
import WorkingTime

extension Network {
    /// Where people of a unit sit on a day, when, and whether their seal is there.
    public struct DutyPlace: Sendable, Hashable {
        /// The unit whose people they are.
        public var unit: UnitCode
        /// The duty.
        public var duty: Duty
        /// The day.
        public var day: CivilDate

        /// Where.
        public var place: UnitCode { duty.place }
        /// Whether the unit's seal is there.
        public var hasSeal: Bool { duty.hasSeal }
    }

    /// How far ahead the next duty or appointment day is looked for.
    public static let lookAheadDays = 800

    /// The duties of a unit on a day, by their hours, then by their names; none where the unit or the place is not open.
    public func duties(of code: UnitCode, on day: CivilDate) -> [DutyPlace] {
        guard unit(code, on: day) != nil, let all = units[code]?.duties else { return [] }
        return all.values.compactMap { line -> Duty? in
            guard let duty = line[day].flatMap(\.self), duty.days.contains(day), unit(duty.place, on: day) != nil
            else { return nil }
            return duty
        }
        .sorted { left, right in
            let (first, second) = (left.hours.intervals[0].lowerBound, right.hours.intervals[0].lowerBound)
            return first == second ? left.name < right.name : first < second
        }
        .map { DutyPlace(unit: code, duty: $0, day: day) }
    }

    /// Where people of a unit are on duty at a local time; nil where they are on no duty elsewhere. Appointment days do not
    /// count.
    public func dutyPlace(of unit: UnitCode, at time: WallTime) -> DutyPlace? {
        duties(of: unit, on: time.date).first { $0.duty.kind == .duty && $0.duty.hours.contains(time) }
    }

    /// Whether people of a unit are on duty in another one at a local time.
    public func isOnDuty(_ unit: UnitCode, at place: UnitCode, _ time: WallTime) -> Bool {
        duties(of: unit, on: time.date).contains {
            $0.duty.kind == .duty && $0.place == place && $0.duty.hours.contains(time)
        }
    }

    /// The next day, from a day on, on which people of a unit sit somewhere (at `place`, by the duty of that name, where one is
    /// given); nil where there is none within ``lookAheadDays``.
    public func next(
        _ kind: Duty.Kind,
        of unit: UnitCode,
        at place: UnitCode? = nil,
        named name: ShortName? = nil,
        from day: CivilDate
    ) -> DutyPlace? {
        guard let all = units[unit]?.duties, !all.isEmpty else { return nil }
        for distance in 0...Self.lookAheadDays {
            guard let day = day.adding(days: distance) else { return nil }
            let found = duties(of: unit, on: day).first {
                $0.duty.kind == kind && (place == nil || $0.place == place) && (name == nil || $0.duty.name == name)
            }
            if let found { return found }
        }
        return nil
    }

    /// The units whose people sit at a place on a day, by their codes: who can be met there.
    public func sitting(at place: UnitCode, _ kind: Duty.Kind? = nil, on day: CivilDate) -> [DutyPlace] {
        units.keys.sorted().flatMap { duties(of: $0, on: day) }
            .filter { $0.place == place && (kind == nil || $0.duty.kind == kind) }
    }
}

extension Network {
    /// The centre that a unit belongs to on a day: itself, or the nearest above it; the unit itself where there is none.
    public func centre(of code: UnitCode, on day: CivilDate) -> UnitCode {
        var next: UnitCode? = code
        while let known = next, let profile = unit(known, on: day) {
            if profile.kind == .centre { return known }
            next = profile.parent
        }
        return code
    }
}

extension DayHours {
    /// Whether they are open at a time of the clock; the last moment of an interval is not within it.
    func contains(_ time: WallTime) -> Bool {
        let second = time.secondOfDay
        return intervals.contains { $0.lowerBound * 60 <= second && second < $0.upperBound * 60 }
    }
}
