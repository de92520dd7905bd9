import EventStore
import WorkingTime

/// How the facts of cards stand in the log. Each has `at`, its moment with the local offset, beside what stands here: of a
/// raised rung, the moment at which it was due.
extension Case.Coding {
    static let cardRaised: EventType = "card.raised/1"
    static let cardAnswered: EventType = "card.answered/1"
    static let cardWithdrawn: EventType = "card.withdrawn/1"

    static func type(of fact: Case.CardFact) -> EventType {
        switch fact {
        case .raised: cardRaised
        case .answered: cardAnswered
        case .withdrawn: cardWithdrawn
        }
    }

    static func encode(_ fact: Case.CardFact, to json: inout StoredJSONWriter) {
        json.member("clock", fact.key.clock.rawValue)
        json.member("ordinal", fact.key.ordinal)
        switch fact {
        case .raised(let rung): encode(rung, to: &json)
        case .answered(_, let answer):
            json.member("cause", answer.cause.rawValue)
            json.member("text", answer.text)
        case .withdrawn(_, let reason): json.member("reason", reason)
        }
    }

    private static func encode(_ rung: Case.RaisedRung, to json: inout StoredJSONWriter) {
        json.member("stage", rung.stage)
        json.member("rung", rung.rung)
        json.member("level", rung.level)
        json.member("threshold", json: encode(rung.threshold))
        json.member("rules", rung.rules)
        json.member("limit", rung.limit.description)
        json.member("startedOn", rung.startedOn.description)
        json.member("dueOn", rung.dueOn?.description)
        json.member("dueAt", rung.dueAt?.description)
        if rung.isProvisional { json.member("provisional", json: flag(true)) }
        json.member("calendar", rung.calendar)
        if let version = rung.calendarVersion { json.member("calendarVersion", version) }
        json.member("basedOn", Int(rung.basedOn))
        var holder = StoredJSONWriter()
        holder.member("unit", rung.holder.unit)
        holder.member("role", rung.holder.role?.rawValue)
        holder.member("officer", rung.holder.officer)
        holder.member("deputy", rung.holder.deputy?.rawValue)
        if rung.holder.isAway { holder.member("away", json: flag(true)) }
        if !rung.holder.also.isEmpty { holder.member("also", json: encode(rung.holder.also.map { .init($0) })) }
        json.member("holder", json: holder.finish())
        var cause = StoredJSONWriter()
        cause.member("kind", rung.cause.kind.rawValue)
        cause.member("task", rung.cause.task)
        cause.member("since", rung.cause.since?.description)
        json.member("cause", json: cause.finish())
        var addressee = StoredJSONWriter()
        addressee.member("kind", rung.addressee.kind.rawValue)
        addressee.member("unit", rung.addressee.unit)
        addressee.member("persons", json: encode(rung.addressee.persons))
        json.member("addressee", json: addressee.finish())
        json.member("answerBy", rung.answerBy?.description)
    }

    /// The numbers, and the same in words, for those who read the record without this program.
    private static func encode(_ threshold: RulePack.Rung.Threshold) -> [UInt8] {
        var json = StoredJSONWriter()
        switch threshold {
        case .used(let percent, let left):
            json.member("used", percent)
            json.member("orLeft", left?.description)
        case .afterDue(let limit): json.member("afterDue", limit.description)
        }
        json.member("words", threshold.words(.english))
        json.member("wordsZh", threshold.words(.chinese))
        return json.finish()
    }

    private static func encode(_ persons: [Case.CardAddressee.Person]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, person) in persons.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            var json = StoredJSONWriter()
            json.member("officer", person.officer.rawValue)
            json.member("for", person.actingFor?.rawValue)
            bytes.append(contentsOf: json.finish())
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    /// The fact of an event; nil for a type that is not one of a card.
    static func cardFact(_ type: EventType, _ members: StoredMembers) throws -> Case.CardFact? {
        switch type {
        case cardRaised: .raised(try raisedRung(members))
        case cardAnswered:
            .answered(try key(members), Case.CardAnswer(try members.name("cause"), text: try members.text("text")))
        case cardWithdrawn: .withdrawn(try key(members), reason: try members.text("reason"))
        default: nil
        }
    }

    private static func key(_ members: StoredMembers) throws -> Case.CardKey {
        let clock = try members.text("clock")
        guard let name = ClockName(rawValue: clock) else { throw members.problem("'\(clock)' is no name of a clock") }
        return Case.CardKey(name, try members.int("ordinal"))
    }

    private static func raisedRung(_ members: StoredMembers) throws -> Case.RaisedRung {
        let inner = try members.object("threshold")
        let threshold: RulePack.Rung.Threshold =
            inner.has("afterDue")
            ? .afterDue(try inner.limit("afterDue"))
            : .used(percent: try inner.int("used"), orLeft: try inner.limitIfAny("orLeft"))
        let (holder, cause) = (try members.object("holder"), try members.object("cause"))
        let addressee = try members.object("addressee")
        guard let persons = addressee.json["persons"]?.array else { throw addressee.unreadable("persons", "list") }
        var rung = Case.RaisedRung(
            try key(members),
            stage: try members.textIfAny("stage"),
            rung: RulePack.Rung(name: try members.text("rung"), threshold: threshold),
            level: try members.int("level"),
            rules: try members.text("rules"),
            limit: try members.limit("limit"),
            startedOn: try members.day("startedOn"),
            basedOn: Int64(try members.int("basedOn")),
            holder: Case.CardHolder(
                unit: try holder.text("unit"),
                role: holder.has("role") ? try holder.name("role") : nil,
                officer: try holder.textIfAny("officer"),
                deputy: try holder.codeIfAny("deputy"),
                isAway: holder.has("away") ? try holder.flag("away") : false,
                also: try (holder.json["also"]?.array ?? []).map {
                    try StoredMembers(json: $0, problem: members.problem).code("officer")
                }
            ),
            cause: Case.CardCause(
                try cause.name("kind"),
                task: try cause.textIfAny("task"),
                since: try cause.momentIfAny("since")
            ),
            addressee: Case.CardAddressee(
                try addressee.name("kind"),
                unit: try addressee.text("unit"),
                persons: try persons.map { element in
                    let person = StoredMembers(json: element, problem: members.problem)
                    return .init(try person.code("officer"), for: try person.codeIfAny("for"))
                }
            )
        )
        rung.dueOn = members.has("dueOn") ? try members.day("dueOn") : nil
        rung.dueAt = try members.momentIfAny("dueAt")
        rung.isProvisional = members.has("provisional") ? try members.flag("provisional") : false
        rung.calendar = try members.textIfAny("calendar")
        rung.calendarVersion = members.has("calendarVersion") ? try members.int("calendarVersion") : nil
        rung.answerBy = members.has("answerBy") ? try members.day("answerBy") : nil
        return rung
    }
}

extension StoredMembers {
    /// A moment in UTC.
    func momentIfAny(_ key: String) throws -> Timestamp? {
        guard has(key) else { return nil }
        guard case .zoned(let time)? = json[key]?.string.flatMap({ try? WrittenTime($0) }) else {
            throw unreadable(key, "moment")
        }
        return time.timestamp
    }
}
