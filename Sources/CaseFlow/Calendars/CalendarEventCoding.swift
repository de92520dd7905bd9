import EventStore
import WorkingTime

/// How the events of calendars stand in the log.
public enum CalendarEventCoding: EventCoding {
    static let published: EventType = "calendar.published/1"
    static let amended: EventType = "calendar.amended/1"
    static let confirmed: EventType = "calendar.confirmed/1"
    static let adopted: EventType = "calendar.adopted/1"
    static let serviceHoursSet: EventType = "calendar.service-hours-set/1"

    /// The stored form of an event. Its actor is the event's own; `actor` has to be the same.
    public static func encode(_ event: CalendarEvent, actor: Actor) -> NewEvent {
        var json = StoredJSONWriter()
        let type: EventType
        switch event.fact {
        case .published(let entry):
            type = published
            write(entry, to: &json)
        case .amended(let entry):
            type = amended
            write(entry, to: &json)
        case .confirmed(let entry):
            type = confirmed
            json.member("entry", entry)
        case .adopted(let adoption):
            type = adopted
            json.member("entries", adoption.entries)
            json.member("digest", adoption.digest)
            json.member("known", adoption.known.rawValue)
        case .serviceHoursSet(let plan, let from):
            type = serviceHoursSet
            json.member("from", from?.description)
            write(plan, to: &json)
        }
        return NewEvent(type: type, effectiveAt: event.effectiveAt, actor: event.actor, data: json.finish())
    }

    /// From the stored form. Throws `UnreadableEvent` for a type or a layout that this program does not know.
    public static func decode(_ recorded: RecordedEvent) throws -> CalendarEvent {
        let reader = try CalendarEventReader(recorded)
        let fact: CalendarEvent.Fact =
            switch recorded.type {
            case published: .published(try reader.entry(isPublication: true))
            case amended: .amended(try reader.entry(isPublication: false))
            case confirmed: .confirmed(entry: try reader.int("entry"))
            case adopted: .adopted(try reader.adoption())
            case serviceHoursSet: .serviceHoursSet(try reader.plan(), from: try reader.from())
            default: throw UnreadableEvent(recorded, "this program does not know its type")
            }
        return CalendarEvent(effectiveAt: recorded.effectiveAt, actor: recorded.actor, fact: fact)
    }

    private static func write(_ entry: LegalCalendar.Entry, to json: inout StoredJSONWriter) {
        json.member("entry", entry.number)
        if let year = entry.year { json.member("year", year) }
        if entry.week != .mondayToFriday { json.member("week", entry.week.description) }
        json.member("knownSince", entry.knownSince.description)
        json.member("notice", entry.notice)
        json.member(
            "days",
            json: list(
                entry.changes.map { change in
                    switch change {
                    case .exception(let day):
                        strings([day.kind == .holiday ? "off" : "work", day.date.description, day.name])
                    case .normal(let date): strings(["normal", date.description])
                    }
                }
            )
        )
    }

    private static func write(_ plan: ServiceCalendar.Plan, to json: inout StoredJSONWriter) {
        var weekly = StoredJSONWriter()
        for day in Weekday.allCases {
            guard let hours = plan.weekly[day] else { continue }
            weekly.member(named: WorkWeek([day]).description, hours.description)
        }
        json.member("weekly", json: weekly.finish())
        json.member("follows", plan.follows)
        if plan.makeUp.seconds > 0 { json.member("makeUp", plan.makeUp.description) }
        json.member(
            "market",
            json: list(
                plan.marketDays.map {
                    strings([$0.anchor.description, String($0.every), $0.hours.description])
                }
            )
        )
        let extra = plan.extraDuty.sorted { $0.key < $1.key }
        json.member("extra", json: list(extra.map { strings([$0.key.description, $0.value.description]) }))
        json.member("closed", json: strings(plan.closedDates.sorted().map(\.description)))
    }

    private static func strings(_ texts: [String]) -> [UInt8] {
        list(
            texts.map { text in
                var bytes: [UInt8] = []
                StoredJSONWriter.append(text, to: &bytes)
                return bytes
            }
        )
    }

    private static func list(_ elements: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}

/// Reads the members of a stored event.
private struct CalendarEventReader {
    private let recorded: RecordedEvent
    private let json: StoredJSON

    init(_ recorded: RecordedEvent) throws {
        self.recorded = recorded
        do { json = try StoredJSON(recorded.data) } catch { throw UnreadableEvent(recorded, "\(error)") }
    }

    func unreadable(_ why: String) -> UnreadableEvent { UnreadableEvent(recorded, why) }

    func int(_ key: String) throws -> Int {
        guard let number = json[key]?.int else { throw unreadable("it has no '\(key)'") }
        return number
    }

    private func text(_ key: String) throws -> String {
        guard let text = json[key]?.string else { throw unreadable("it has no '\(key)'") }
        return text
    }

    private func list(_ key: String) throws -> [StoredJSON] {
        guard let list = json[key]?.array else { throw unreadable("it has no '\(key)'") }
        return list
    }

    private func date(_ text: String?) throws -> CivilDate {
        do throws(CivilDate.Invalid) { return try CivilDate(text ?? "") } catch { throw unreadable("\(error)") }
    }

    private func hours(_ text: String?) throws -> DayHours {
        do throws(DayHours.Invalid) { return try DayHours(text ?? "-") } catch { throw unreadable("\(error)") }
    }

    func adoption() throws -> CalendarAdoption {
        guard let known = CalendarAdoption.Known(rawValue: try text("known")) else {
            throw unreadable("'known' is neither notice nor recording")
        }
        return CalendarAdoption(entries: try int("entries"), digest: try text("digest"), known: known)
    }

    func entry(isPublication: Bool) throws -> LegalCalendar.Entry {
        var week = WorkWeek.mondayToFriday
        if let names = json["week"]?.string {
            guard let read = WorkWeek(names: names) else { throw unreadable("'week' does not name weekdays") }
            week = read
        }
        return LegalCalendar.Entry(
            number: try int("entry"),
            year: isPublication ? try int("year") : nil,
            week: week,
            knownSince: try date(try text("knownSince")),
            notice: try text("notice"),
            changes: try list("days").map { element in
                let parts = (element.array ?? []).compactMap(\.string)
                switch (parts.first, parts.count) {
                case ("off", 3): return .exception(DayException(try date(parts[1]), .holiday, name: parts[2]))
                case ("work", 3): return .exception(DayException(try date(parts[1]), .makeUp, name: parts[2]))
                case ("normal", 2): return .normal(try date(parts[1]))
                default: throw unreadable("a day is not [off or work, date, name] or [normal, date]")
                }
            }
        )
    }

    func from() throws -> CivilDate? { try json["from"].map { try date($0.string) } }

    func plan() throws -> ServiceCalendar.Plan {
        var weekly: [Weekday: DayHours] = [:]
        for day in Weekday.allCases {
            guard let text = json["weekly"]?[WorkWeek([day]).description]?.string else { continue }
            weekly[day] = try hours(text)
        }
        var extra: [CivilDate: DayHours] = [:]
        for element in try list("extra") {
            let parts = (element.array ?? []).compactMap(\.string)
            guard parts.count == 2 else { throw unreadable("extra duty is not [date, hours]") }
            extra[try date(parts[0])] = try hours(parts[1])
        }
        return ServiceCalendar.Plan(
            weekly: weekly,
            follows: json["follows"]?.string,
            makeUp: try json["makeUp"].map { try hours($0.string) } ?? .closed,
            marketDays: try list("market").map { element in
                let parts = (element.array ?? []).compactMap(\.string)
                guard parts.count == 3, let every = Int(parts[1]) else {
                    throw unreadable("a market day is not [anchor, days between, hours]")
                }
                let (anchor, hours) = (try date(parts[0]), try hours(parts[2]))
                do throws(ServiceHours.Invalid) {
                    return try ServiceHours.MarketDays(from: anchor, every: every, hours: hours)
                } catch {
                    throw unreadable("\(error)")
                }
            },
            extraDuty: extra,
            closedDates: Set(try list("closed").map { try date($0.string) })
        )
    }
}

extension WorkWeek {
    /// Reads `mon tue wed`; nil when a word is none of mon tue wed thu fri sat sun.
    init?(names: String) {
        var days: [Weekday] = []
        for name in names.split(separator: " ") {
            guard let day = Weekday.allCases.first(where: { WorkWeek([$0]).description == name }) else { return nil }
            days.append(day)
        }
        self.init(days)
    }
}
