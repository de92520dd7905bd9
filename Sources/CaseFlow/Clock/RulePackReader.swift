import Foundation
import TransparencyLog

extension RulePack {
    /// Reads a pack from YAML. Errors name the line, what is wrong with it, and what is known there.
    public convenience init(yaml text: String, file: String) throws(YAMLProblem) {
        let root = try YAMLValue(text, file: file)
        let top = try root.mapping(
            ["calendar", "pauses", "rest-day", "basis", "grounds", "grounds-article", "articles"],
            needs: ["pack", "version", "title", "law", "clocks", "ladders"]
        )
        // `needs` was checked: these keys are there.
        func value(_ key: String) throws(YAMLProblem) -> YAMLValue {
            guard let value = top[key] else { throw root.problem("the key '\(key)' is missing") }
            return value
        }
        let code = try Self.code(value("pack"))
        let version = try value("version").whole(1...1_000_000)
        let title = try Self.localized(value("title"))
        let law = try Self.localized(value("law"))
        var calendar = try top["calendar"].map { value throws(YAMLProblem) in try Self.code(value) }
        if calendar == "none" { calendar = nil }
        let pauses = try top["pauses"]?.name(PauseCounting.self) ?? .civil
        let restDay = try top["rest-day"]?.name(RestDay.self) ?? .nextWorkingDay
        let basis = try Self.basis(top["basis"])
        var grounds: [Ground] = []
        for entry in try top["grounds"]?.list() ?? [] {
            let keys = try entry.mapping([], needs: ["ground", "title"])
            guard let name = keys["ground"], let title = keys["title"] else { continue }
            let ground = Ground(name: try Self.code(name), title: try Self.localized(title))
            if grounds.contains(where: { $0.name == ground.name }) { throw name.problem("it occurs twice") }
            grounds.append(ground)
        }
        let groundsArticle = try top["grounds-article"].map { value throws(YAMLProblem) in try Self.article(value) }
        var articles: [Obligation: LocalizedText] = [:]
        for (name, article) in try top["articles"]?.members() ?? [] {
            guard let obligation = Obligation(rawValue: name) else {
                let known = Obligation.allCases.map(\.rawValue).joined(separator: ", ")
                throw article.problem("'\(name)' is no obligation; known are: \(known)")
            }
            articles[obligation] = try Self.article(article)
        }
        var ladders: [String: [Rung]] = [:]
        for (name, rungs) in try value("ladders").members() {
            var ladder: [Rung] = []
            for entry in try rungs.list() {
                let rung = try Self.rung(entry)
                if ladder.contains(where: { $0.name == rung.name }) {
                    throw entry.problem("the rung '\(rung.name)' occurs twice in the ladder '\(name)'")
                }
                ladder.append(rung)
            }
            ladders[name] = ladder
        }
        var clocks: [Clock] = []
        for entry in try value("clocks").list() {
            let clock = try Self.clock(entry)
            if clocks.contains(where: { $0.name == clock.name }) { throw entry.problem("'\(clock.name)' occurs twice") }
            if ladders[clock.ladder] == nil {
                let known = ladders.keys.sorted().joined(separator: ", ")
                throw entry.problem("there is no ladder '\(clock.ladder)'; the ladders are: \(known)")
            }
            if clock.isSuspendable, grounds.isEmpty {
                throw entry.problem("'\(clock.name)' can be suspended, but the pack lists no grounds")
            }
            if calendar == nil, clock.countsWorkingDays(ladders[clock.ladder] ?? []) {
                throw entry.problem("'\(clock.name)' counts working days, but the pack names no calendar")
            }
            clocks.append(clock)
        }
        if clocks.isEmpty { throw try value("clocks").problem("a pack has at least one clock") }
        self.init(
            code: code,
            version: version,
            digest: Digest.sha256(Array(text.utf8)).base64,
            title: title,
            law: law,
            calendar: calendar,
            pauses: pauses,
            restDay: restDay,
            basis: basis,
            clocks: clocks,
            grounds: grounds,
            groundsArticle: groundsArticle,
            articles: articles,
            ladders: ladders
        )
    }

    private static func code(_ value: YAMLValue) throws(YAMLProblem) -> String {
        let text = try value.text()
        let isCode = text.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2d }
        guard isCode, text.utf8.count <= 60 else {
            throw value.problem("'\(text)' is no name: lower-case letters, digits and hyphens, at most 60")
        }
        return text
    }

    private static func localized(_ value: YAMLValue) throws(YAMLProblem) -> LocalizedText {
        var texts: [Language: String] = [:]
        for (key, text) in try value.mapping(Language.allCases.map(\.rawValue)) {
            if let language = Language(rawValue: key) { texts[language] = try text.text() }
        }
        if texts.isEmpty { throw value.problem("give the text in one language at least, as {en: …, zh-CN: …}") }
        return LocalizedText(texts)
    }

    /// An article: a number, which is the same in all languages, or words in each of them.
    private static func article(_ value: YAMLValue) throws(YAMLProblem) -> LocalizedText {
        if value.isMapping { return try localized(value) }
        let number = try value.text()
        return LocalizedText(number, number)
    }

    private static func basis(_ value: YAMLValue?) throws(YAMLProblem) -> DerivationText.Basis {
        guard let value else { return .none }
        let keys = try value.mapping(["event", "counted", "pause", "roll", "end"])
        func text(_ key: String) throws(YAMLProblem) -> LocalizedText? {
            guard let value = keys[key] else { return nil }
            return try localized(value)
        }
        return DerivationText.Basis(
            event: try text("event"),
            counted: try text("counted"),
            pause: try text("pause"),
            roll: try text("roll"),
            end: try text("end")
        )
    }

    private static func limit(_ value: YAMLValue) throws(YAMLProblem) -> Limit {
        let text = try value.text()
        guard let limit = Limit(text) else {
            let units = Limit.Unit.allCases.map(\.rawValue).joined(separator: ", ")
            throw value.problem(
                "'\(text)' is no limit; write a whole number up to \(Limit.maximum) and one of \(units)"
            )
        }
        return limit
    }

    private static func clock(_ entry: YAMLValue) throws(YAMLProblem) -> Clock {
        let keys = try entry.mapping(
            ["item-limit", "suspendable", "handling", "extensions", "lapse", "told-at-most"],
            needs: ["clock", "title", "article", "starts", "stops", "limit", "ladder"]
        )
        guard let name = keys["clock"], let title = keys["title"], let article = keys["article"],
            let starts = keys["starts"], let stops = keys["stops"], let limit = keys["limit"],
            let ladder = keys["ladder"]
        else { throw entry.problem("a key is missing") }
        guard let clockName = ClockName(rawValue: try name.text()) else {
            throw name.problem("the name of a clock has lower-case letters and hyphens only")
        }
        let length: Length =
            switch try limit.text() {
            case "told": .told
            case "none": .itemOnly
            default: .fixed(try Self.limit(limit))
            }
        let itemLimit = try keys["item-limit"]?.name(ItemLimit.self)
        if length == .itemOnly, itemLimit == nil {
            throw limit.problem("'none' needs 'item-limit': otherwise the clock could never run")
        }
        var handling: [Handling: HandlingLimit] = [:]
        for (key, value) in try keys["handling"]?.members() ?? [] {
            guard let kind = Handling(rawValue: key) else {
                let known = Handling.allCases.map(\.rawValue).joined(separator: ", ")
                throw value.problem("'\(key)' is no kind of handling; known are: \(known)")
            }
            let keys = try value.mapping([], needs: ["limit", "article"])
            guard let limit = keys["limit"], let article = keys["article"] else { continue }
            handling[kind] = HandlingLimit(limit: try Self.limit(limit), article: try Self.article(article))
        }
        let stopping = try stops.list().map { value throws(YAMLProblem) in try value.name(Milestone.self) }
        if stopping.isEmpty { throw stops.problem("a clock that nothing stops is a mistake") }
        let lapse = try keys["lapse"]?.name(Lapse.self)
        if lapse != nil, case .fixed(let fixed) = length, fixed.unit == .serviceMinutes {
            throw limit.problem("a limit whose lapse has an effect is counted in days")
        }
        if let lapse, (lapse == .fileReturned) != (try starts.name(Milestone.self) == .materialDeferred) {
            throw starts.problem(
                "'\(RulePack.Lapse.fileReturned.rawValue)' is the lapse of what starts with material-deferred, and of nothing else"
            )
        }
        let toldAtMost = try keys["told-at-most"].map { value throws(YAMLProblem) in try Self.limit(value) }
        if let toldAtMost {
            guard case .fixed(let fixed) = length, fixed.unit == toldAtMost.unit, fixed.amount <= toldAtMost.amount
            else {
                throw entry.problem("'told-at-most' goes with a limit of the same unit that is not longer")
            }
        }
        let start = try starts.name(Milestone.self)
        return Clock(
            name: clockName,
            title: try localized(title),
            article: try Self.article(article),
            start: start,
            stops: Set(stopping),
            starting: Milestones(start),
            stopping: Milestones(stopping),
            length: length,
            itemLimit: itemLimit,
            handling: handling,
            isSuspendable: try keys["suspendable"]?.flag() ?? false,
            extensions: try keys["extensions"]?.list().map { value throws(YAMLProblem) in try Self.extension(value) }
                ?? [],
            lapse: lapse,
            toldAtMost: toldAtMost,
            ladder: try ladder.text()
        )
    }

    private static func `extension`(_ entry: YAMLValue) throws(YAMLProblem) -> Extension {
        let keys = try entry.mapping(["at-most", "exactly", "handling"], needs: ["authority", "article"])
        guard let authority = keys["authority"], let article = keys["article"] else {
            throw entry.problem("a key is missing")
        }
        let length: YAMLValue
        switch (keys["at-most"], keys["exactly"]) {
        case (let value?, nil), (nil, let value?): length = value
        default: throw entry.problem("an extension has 'at-most' or 'exactly', one of the two")
        }
        let handling = try keys["handling"]?.list().map { value throws(YAMLProblem) in try value.name(Handling.self) }
        return Extension(
            authority: try code(authority),
            limit: try limit(length),
            isFixed: keys["exactly"] != nil,
            article: try Self.article(article),
            handling: Set(handling ?? [])
        )
    }

    private static func rung(_ entry: YAMLValue) throws(YAMLProblem) -> Rung {
        let keys = try entry.mapping(["used", "or-left", "after-due", "to", "answer"], needs: ["rung"])
        guard let name = keys["rung"] else { throw entry.problem("the key 'rung' is missing") }
        let threshold: Rung.Threshold
        if let after = keys["after-due"] {
            if keys["used"] != nil { throw entry.problem("a rung has 'used' or 'after-due', not both") }
            threshold = .afterDue(try limit(after))
        } else {
            guard let used = keys["used"] else { throw entry.problem("a rung has 'used' or 'after-due'") }
            let text = try used.text()
            guard text.hasSuffix("%"), let percent = Int(text.dropLast().filter { $0 != " " }),
                (1...100).contains(percent)
            else { throw used.problem("'\(text)' is no share: write 1 % to 100 %") }
            let left = try keys["or-left"].map { value throws(YAMLProblem) in try limit(value) }
            threshold = .used(percent: percent, orLeft: left)
        }
        let answer = try keys["answer"].map { value throws(YAMLProblem) in
            let limit = try Self.limit(value)
            if limit.unit == .serviceMinutes || limit.amount < 1 {
                throw value.problem("an answer is given within days, one at least")
            }
            return limit
        }
        return Rung(
            name: try code(name),
            threshold: threshold,
            addressee: try keys["to"]?.name(Rung.Addressee.self) ?? .holder,
            answer: answer
        )
    }
}

extension RulePack.Clock {
    /// Whether anything about it is counted in working days, so that it needs a calendar.
    func countsWorkingDays(_ rungs: [RulePack.Rung]) -> Bool {
        var limits = handling.values.map(\.limit) + extensions.map(\.limit)
        if case .fixed(let limit) = length { limits.append(limit) }
        for rung in rungs {
            switch rung.threshold {
            case .used(_, let left?): limits.append(left)
            case .used: break
            case .afterDue(let limit): limits.append(limit)
            }
            if let answer = rung.answer { limits.append(answer) }
        }
        return limits.contains { $0.unit == .workingDays }
    }
}
