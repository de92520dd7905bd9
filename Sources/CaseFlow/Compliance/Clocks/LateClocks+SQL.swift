import EventStore
import PostgresClient
import WorkingTime

/// The statement of a question.
///
/// Rows are looked for in segments: open clocks, those that stand still, those that have stopped by the day, and those
/// that have stopped since. Each segment is read in the order of one index, in each period of knowledge, and no further
/// than a page; what is left to sort is a page for each. See decision 14.
extension LateClocks {
    /// Columns that every order ends with.
    static let tail = ["stream", "clock"]

    /// What each order begins with, before the tail: a number, texts, or both.
    var texts: [String] {
        switch sort {
        case .days, .due: Self.tail
        case .case: ["case_number", "clock", "stream"]
        case .officer: ["officer"] + Self.tail
        }
    }

    /// One set of rows that one index holds in order.
    struct Segment {
        let condition: String
        /// The number that ranks its rows, as the index has it.
        var rank: String?
        /// A column that the index has before the tail, and that is null in all of the segment.
        var leading: String?
        /// The same on the scale of the answer.
        var shown: String
        /// What is to be added to a rank of the answer to compare with `rank`: `+ $3` for a date.
        var scale: String
        /// The rows of past days have no index in their order.
        var isSmall = false
    }

    /// `$1` log, `$2` generation, `$3` day, `$4` moment, `$5` periods, `$6` most days.
    func segments(today: CivilDate?) -> [Segment] {
        let inTime: String
        switch light {
        case .red: inTime = "due_on < $3::date - ($6::integer - 1)"
        case .yellow: inTime = "due_on >= $3::date AND yellow_on <= $3::date AND $6::integer > 0"
        case .green: inTime = "coalesce(yellow_on, due_on + 1) > $3::date AND due_on >= $3::date AND $6::integer > 0"
        }
        let isByDue = sort == .due || light != .green
        let due = "due_on - $3::date"
        var segments: [Segment] = []
        if state != .closed {
            segments.append(
                Segment(
                    condition: "stopped_on IS NULL AND \(inTime)",
                    rank: isByDue ? "due_on" : "coalesce(yellow_on, due_on + 1)",
                    shown: isByDue ? due : "coalesce(yellow_on, due_on + 1) - $3::date",
                    scale: "$3::date + "
                )
            )
            if light != .red {
                let isYellow = "coalesce(yellow_on <= $3::date, false)"
                segments.append(
                    Segment(
                        condition: "stopped_on IS NULL AND due_on IS NULL AND $6::integer > 0 AND "
                            + (light == .yellow ? isYellow : "NOT \(isYellow)"),
                        leading: "due_on",
                        shown: "\(ClockRow.noDueDate)",
                        scale: ""
                    )
                )
            }
            // On days before the last that is known, clocks ran that have stopped since.
            let ahead = today.map { asOf >= $0 } ?? false ? " AND is_ahead" : ""
            let ran =
                light == .red
                ? inTime : inTime.replacing("due_on >=", with: "coalesce(due_on, '9999-12-31') >=")
            segments.append(
                Segment(
                    condition: "stopped_on > $3::date\(ahead) AND \(ran)",
                    shown: isByDue ? due : "coalesce(yellow_on, due_on + 1) - $3::date",
                    scale: "",
                    isSmall: true
                )
            )
        }
        if state != .open {
            // Late ones have a due date, and an index by it.
            let due = light == .red ? "due_on" : "coalesce(due_on, $3::date + \(ClockRow.noDueDate))"
            let late = light == .red ? " AND in_time <= -$6::integer" : " AND $6::integer > 0"
            segments.append(
                Segment(
                    condition:
                        "stopped_on IS NOT NULL AND stopped_on <= $3::date AND light = '\(light.rawValue)'\(late)",
                    rank: sort == .due ? due : "in_time",
                    shown: sort == .due ? "\(due) - $3::date" : "in_time",
                    scale: sort == .due ? "$3::date + " : ""
                )
            )
        }
        return segments
    }

    /// What holds in every segment: the filters, and what was known.
    func common(_ parameters: inout [any PostgresEncodable]) -> String {
        var conditions = ["started_on <= $3::date"]
        if isNow {
            // All that is known now is seen, also what another machine recorded by a clock ahead of ours.
            conditions.append("$4::timestamptz IS NOT NULL")
        } else {
            conditions += ["known_from <= $4::timestamptz", "known_to > $4::timestamptz"]
        }
        let wanted = [
            ("unit", filters.unit), ("department", filters.department), ("officer", filters.officer),
            ("item", filters.item), ("channel", filters.channel), ("clock", filters.clock),
        ]
        for case (let column, let value?) in wanted {
            parameters.append(value)
            conditions.append("\(column) = $\(parameters.count)")
        }
        if filters.clock == nil { conditions.append("is_default") }
        return conditions.joined(separator: " AND ")
    }

    /// The rows of a segment in one period, in the order of its index, from behind a place.
    func sql(_ segment: Segment, limit: Int, after: Place?, common: String, _ parameters: inout [any PostgresEncodable])
        -> String
    {
        let ranked = sort == .case || segment.rank == nil ? nil : segment.rank
        let order: [String]
        switch sort {
        case .days, .due: order = [ranked].compactMap { $0 } + texts
        case .case: order = texts
        case .officer: order = ["officer"] + [ranked].compactMap { $0 } + Self.tail
        }
        var behind = ""
        if let after {
            var values: [String] = []
            for column in order {
                if column == ranked, let rank = after.rank {
                    parameters.append(rank)
                    values.append("\(segment.scale)$\(parameters.count)::integer")
                } else if let index = texts.firstIndex(of: column) {
                    parameters.append(after.texts[index])
                    values.append("$\(parameters.count)::text")
                }
            }
            parameters.append(after.ordinal)
            values.append("$\(parameters.count)::integer")
            // A segment without a rank of its own stands at one place of the order.
            let row = "(\((order + ["ordinal"]).joined(separator: ", "))) > (\(values.joined(separator: ", ")))"
            behind = " AND \(row)"
            if ranked == nil, sort == .days || sort == .due { behind = unranked(segment, after, row, &parameters) }
            if ranked == nil, sort == .officer { behind = unrankedOfficer(segment, after, &parameters) }
        }
        let leading = ranked == nil && sort != .case ? segment.leading : nil
        let place = sort == .officer ? 1 : 0
        let list = (order[..<place] + [leading].compactMap { $0 } + order[place...] + ["ordinal"])
            .joined(separator: ", ")
        /// What is known now and what is known no longer have indexes of their own, so the border is no parameter.
        func rows(_ period: String) -> String {
            let core = """
                SELECT c.*, \(segment.shown) AS rank FROM caseflow.case_clocks c
                 WHERE c.log_id = $1 AND c.generation = $2 AND \(period)
                   AND \(segment.condition) AND \(common)\(behind)
                """
            return segment.isSmall
                ? "WITH few AS MATERIALIZED (\(core)) SELECT * FROM few ORDER BY \(answerOrder) LIMIT \(limit)"
                : "\(core) ORDER BY \(list) LIMIT \(limit)"
        }
        let now = "(\(rows("c.known_period = \(ClockRow.openPeriod)")))"
        if isNow { return now }
        let past = "c.known_period = p AND c.known_period < \(ClockRow.openPeriod)"
        return "\(now) UNION ALL (SELECT x.* FROM unnest($5::integer[]) p CROSS JOIN LATERAL (\(rows(past))) x)"
    }

    /// Rows of a segment without an index in the order: by what they show.
    private func unranked(
        _ segment: Segment,
        _ after: Place,
        _ row: String,
        _ parameters: inout [any PostgresEncodable]
    )
        -> String
    {
        parameters.append(after.rank ?? 0)
        let rank = "$\(parameters.count)::integer"
        return " AND (\(segment.shown) > \(rank) OR \(segment.shown) = \(rank) AND \(row))"
    }

    private func unrankedOfficer(_ segment: Segment, _ after: Place, _ parameters: inout [any PostgresEncodable])
        -> String
    {
        var values: [String] = []
        parameters.append(after.texts[0])
        values.append("$\(parameters.count)::text")
        parameters.append(after.rank ?? 0)
        values.append("$\(parameters.count)::integer")
        for text in after.texts.dropFirst() {
            parameters.append(text)
            values.append("$\(parameters.count)::text")
        }
        parameters.append(after.ordinal)
        values.append("$\(parameters.count)::integer")
        let row = ["officer", segment.shown] + Self.tail + ["ordinal"]
        return " AND (\(row.joined(separator: ", "))) > (\(values.joined(separator: ", ")))"
    }

    /// The order of the answer.
    var answerOrder: String {
        switch sort {
        case .days, .due: (["rank"] + Self.tail + ["ordinal"]).joined(separator: ", ")
        case .case: (texts + ["ordinal"]).joined(separator: ", ")
        case .officer: (["officer", "rank"] + Self.tail + ["ordinal"]).joined(separator: ", ")
        }
    }
}
