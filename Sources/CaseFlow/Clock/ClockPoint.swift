import WorkingTime

/// A place on the scale of a clock. One clock has points of one kind.
public enum ClockPoint: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// A day, of a limit that is counted in days.
    case day(CivilDate)
    /// A moment on the wall clock of the centre, to the second, of a limit in minutes of service.
    case moment(WallTime)

    /// The local day.
    public var date: CivilDate {
        switch self {
        case .day(let date): date
        case .moment(let time): time.date
        }
    }

    /// The moment; of a day its beginning.
    var wall: WallTime {
        switch self {
        case .day(let date): WallTime(startOf: date)
        case .moment(let time): time
        }
    }

    /// `2026-02-24` or `2026-02-24T10:30`, with seconds when they are not zero.
    public var description: String {
        switch self {
        case .day(let date): date.description
        case .moment(let time): time.description
        }
    }

    /// By time.
    public static func < (left: ClockPoint, right: ClockPoint) -> Bool { left.wall < right.wall }
}

/// The end of a clock's limit.
public struct ClockDue: Sendable, Hashable, CustomStringConvertible {
    /// The last day, local. Of a limit in minutes that ends at midnight, the day before.
    public let date: CivilDate
    /// The moment, local, of a limit in minutes of service; nil for one in days, which ends with its last day.
    public let time: WallTime?
    /// It depends on days that no calendar is published for: it can change when one is.
    public let isProvisional: Bool

    init(_ due: DueDate) { (date, time, isProvisional) = (due.date, nil, due.isProvisional) }

    init(_ due: DueTime) { (date, time, isProvisional) = (due.date, due.time, due.isProvisional) }

    /// The last point that is in time.
    public var point: ClockPoint { time.map { .moment($0) } ?? .day(date) }

    /// `2027-01-12 (provisional)`.
    public var description: String { isProvisional ? "\(point) (provisional)" : "\(point)" }
}

extension Pauses where Point == ClockPoint {
    /// The same pauses on a scale of the library that counts.
    func on<Scale>(_ point: (ClockPoint) -> Scale) -> Pauses<Scale> {
        if isEmpty { return Pauses<Scale>() }
        return Pauses<Scale>(
            merged.compactMap { pause in
                guard let end = pause.end else { return Pause(openSince: point(pause.start)) }
                // The order stays as it is, so this never throws.
                return try? Pause(point(pause.start), to: point(end))
            }
        )
    }
}
