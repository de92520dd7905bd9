import EventStore
import WorkingTime

/// The market days of the towns of a log: those on which the villages' people sit in the town hall, by the network (duties
/// of the name `market-day`), and those of the service calendar that a case goes by.
struct MarketDays {
    /// What the network calls such a duty.
    static let duty = "market-day"

    private let network: Network
    private let today: CivilDate
    private let calendars: CalendarBook
    /// Nothing is published beyond it, and no day before the first matters.
    private let days: ClosedRange<CivilDate>
    private var towns: [UnitCode: Set<CivilDate>] = [:]
    private var services: [String: Set<CivilDate>] = [:]
    /// The units with such duties, by the place at which they are.
    private let sitting: [UnitCode: [UnitCode]]

    /// - Parameter days: those that are looked at.
    init(_ network: Network, _ calendars: CalendarBook, today: CivilDate, days: ClosedRange<CivilDate>) {
        (self.network, self.calendars, self.today, self.days) = (network, calendars, today, days)
        var sitting: [UnitCode: [UnitCode]] = [:]
        for (code, unit) in network.units {
            let lines = unit.duties.filter { $0.key.rawValue == Self.duty }.map(\.value)
            let places = Set(lines.flatMap { $0.spans.compactMap { $0.value?.place } })
            for place in places { sitting[place, default: []].append(code) }
        }
        self.sitting = sitting
    }

    /// The centre to which a unit belongs today, as `compliance` finds it.
    private func centre(of unit: String) -> UnitCode { network.centre(of: UnitCode(trusted: unit), on: today) }

    /// The market days for a case: of its receiver's town, or else of the service calendar that it goes by, or its centre;
    /// empty where none of them has any.
    mutating func days(of unit: String, service code: String?) -> Set<CivilDate> {
        let centre = centre(of: unit)
        let town = towns[centre] ?? days(at: centre)
        towns[centre] = town
        if !town.isEmpty { return town }
        let own = network.unit(centre, on: today)?.calendar?.rawValue
        guard let code = code ?? own else { return [] }
        let service = services[code] ?? days(by: code)
        services[code] = service
        return service
    }

    private func days(at centre: UnitCode) -> Set<CivilDate> {
        var found: Set<CivilDate> = []
        for (place, units) in sitting where network.centre(of: place, on: today) == centre {
            for unit in units {
                for day in all where !found.contains(day) {
                    let isMarket = network.duties(of: unit, on: day).contains { duty in
                        duty.duty.name.rawValue == Self.duty && duty.duty.kind == .duty && duty.place == place
                    }
                    if isMarket { found.insert(day) }
                }
            }
        }
        return found
    }

    /// By the hours as they are set for each day now.
    private func days(by code: String) -> Set<CivilDate> {
        let spans = calendars.serviceVersions(code).reduce(into: []) { spans, setting in
            spans = ServiceCalendar.Span.set(.init(from: setting.from, plan: setting.plan), in: spans)
        }
        return Set(
            all.filter { day in
                let plan = spans.last { ($0.from ?? .first) <= day }?.plan
                return plan?.marketDays.contains { $0.contains(day) } ?? false
            }
        )
    }

    private var all: [CivilDate] {
        (0...days.lowerBound.days(to: days.upperBound)).compactMap { days.lowerBound.adding(days: $0) }
    }
}

extension ServiceHours.MarketDays {
    /// Whether a day is one of them; they go on both ways from the anchor.
    fileprivate func contains(_ day: CivilDate) -> Bool { anchor.days(to: day) % every == 0 }
}
