import CaseFlow
import CaseFlowServer
import EventStore
import WorkingTime

/// How `simulate` tells what became of a town: one JSON object, or a table of the reported figures beside the played ones.
struct SimulationAnswer: Encodable {
    struct Figure: Encodable {
        let figure: String
        let reported, of, simulated, atLeast, atMost: Double?
        let must: Bool
        /// Nil where nothing is wanted, or too little was played to judge.
        let met: Bool?
        let words: String
    }

    let town, log, from: String
    let days: Int
    let seed: UInt64
    let logClock = RecordingClock.simulated
    /// Every figure that must be met is, as far as enough was played to judge it.
    let ok: Bool
    let figures: [Figure]
    let cases: [String: Int]
    let events, caseEvents: Int
    /// Base64.
    let lastLeaf: String
    let open, decided, denied, refused, withdrawn, returnedFiles: Int
    let notices, secondNotices, deemedAcceptances, deferrals, lateEntries: Int
    let suspensions, extensions, reworks, objections, forwarded, sealed: Int
    let absences, acts, actsByB, visits, complaints, callBacks: Int
    let ratings, clocks, lateClocks, refusals: [String: Int]

    private let rows: [SimulationRow]
    private let title: LocalizedText

    private enum CodingKeys: String, CodingKey {
        case town, log, from, days, seed, logClock, ok, figures, cases, events, caseEvents, lastLeaf, open, decided
        case denied, refused, withdrawn, returnedFiles, notices, secondNotices, deemedAcceptances, deferrals
        case lateEntries, suspensions, extensions, reworks, objections, forwarded, sealed, absences, acts, actsByB
        case visits, complaints, callBacks, ratings, clocks, lateClocks, refusals
    }

    init(_ played: SimulatedTown, _ log: LogID, _ options: TownSimulation.Options, _ result: SimulationResult) {
        let tally = result.tally
        (town, self.log, from) = (played.profile.town.rawValue, log.rawValue, options.from.description)
        (days, seed, ok, title) = (options.days, options.seed, result.isAsReported, played.profile.title)
        rows = result.rows
        figures = result.rows.map { row in
            Figure(
                figure: row.figure.measure.rawValue,
                reported: row.figure.reported,
                of: row.figure.per,
                simulated: row.simulated.map(Self.rounded),
                atLeast: row.figure.atLeast,
                atMost: row.figure.atMost,
                must: row.figure.isMust,
                met: row.isMet,
                words: row.figure.words[.chinese]
            )
        }
        cases = Dictionary(uniqueKeysWithValues: tally.cases.map { ($0.key.rawValue, $0.value) })
        (events, caseEvents, lastLeaf) = (Int(result.position), tally.events, result.lastLeaf)
        (open, decided, denied, refused) = (result.open, tally.decided, tally.denied, tally.refused)
        (withdrawn, returnedFiles, notices) = (tally.withdrawn, tally.returnedFiles, tally.notices)
        (secondNotices, deemedAcceptances, deferrals) = (tally.secondNotices, tally.deemed, tally.deferrals)
        (lateEntries, suspensions, extensions) = (tally.lateEntries, tally.suspensions, tally.extensions)
        (reworks, objections, forwarded, sealed) = (tally.reworks, tally.objections, tally.forwarded, tally.sealed)
        (absences, acts, actsByB, visits) = (tally.absences, tally.acts, tally.actsByB, tally.visits)
        (complaints, callBacks) = (tally.complaints, tally.callBacks)
        ratings = Dictionary(uniqueKeysWithValues: tally.ratings.map { ($0.key.rawValue, $0.value) })
        (clocks, lateClocks, refusals) = (result.clocks, result.lateClocks, tally.refusals)
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func text(_ value: Double?) -> String {
        guard let value else { return "-" }
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }

    func print(_ language: Language) {
        let isChinese = language == .chinese
        Swift.print(
            isChinese
                ? "\(title[.chinese])（模拟，日志 \(log)）：自 \(from) 起 \(days) 天，种子 \(seed)"
                : "\(title[.english]), played in log \(log) (a simulation): \(days) days from \(from) on, seed \(seed)"
        )
        let header =
            isChinese
            ? ["指标", "报道", "模拟", "要求", "结果", "出处"] : ["figure", "reported", "simulated", "wanted", "", "source"]
        Terminal.table(
            header,
            rows.map { row in
                let figure = row.figure
                let of = figure.per.map { (isChinese ? " / " : " of ") + Self.text($0) } ?? ""
                let bounds: String =
                    switch (figure.atLeast, figure.atMost) {
                    case (nil, nil): "-"
                    case (let least?, nil): ">= \(Self.text(least))"
                    case (nil, let most?): "<= \(Self.text(most))"
                    case (let least?, let most?): "\(Self.text(least)) … \(Self.text(most))"
                    }
                let verdict =
                    row.isMet.map { isMet in
                        isMet
                            ? (isChinese ? "达到" : "met")
                            : figure.isMust ? (isChinese ? "未达到" : "MISSED") : (isChinese ? "偏离" : "differs")
                    } ?? (row.isTooFew ? (isChinese ? "样本过少" : "too few") : "")
                return [
                    figure.measure.title[language],
                    figure.reported.map { Self.text($0) + of } ?? "-",
                    Self.text(row.simulated), bounds, verdict, figure.words[language],
                ]
            }
        )
        let late = lateClocks.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { "\($0.key) \($0.value)" }
        Swift.print(
            isChinese
                ? """
                办结 \(decided)（不予许可 \(denied)），不予受理 \(refused)，撤回 \(withdrawn)，退件 \(returnedFiles)，在办 \(open)；\
                补正告知 \(notices)，二次告知 \(secondNotices)，视为受理 \(deemedAcceptances)，容缺 \(deferrals)，补录 \(lateEntries)；\
                中止 \(suspensions)，延期 \(extensions)，返工 \(reworks)，转报 \(forwarded)，用印 \(sealed)
                缺勤 \(absences) 次，副岗办理 \(actsByB)/\(acts)；差评回访 \(callBacks)，投诉 \(complaints)；\
                超期时钟：\(late.isEmpty ? "无" : late.joined(separator: "，"))
                日志 \(events) 条事件，末叶 \(lastLeaf)
                """
                : """
                decided \(decided) (denied \(denied)), not accepted \(refused), withdrawn \(withdrawn), files returned \
                \(returnedFiles), open \(open); notices \(notices), second notices \(secondNotices), deemed acceptances \
                \(deemedAcceptances), deferrals \(deferrals), entered late \(lateEntries); suspended \(suspensions), \
                extended \(extensions), reworked \(reworks), forwarded \(forwarded), sealed \(sealed)
                absences \(absences), acts by B \(actsByB) of \(acts); called back \(callBacks), complaints \(complaints); \
                late clocks: \(late.isEmpty ? "none" : late.joined(separator: ", "))
                \(events) events, last leaf \(lastLeaf)
                """
        )
        for (what, count) in refusals.sorted(by: { $0.key < $1.key }) {
            Swift.print((isChinese ? "规则拒绝 " : "refused by the rules ") + "\(count) × \(what)")
        }
        Swift.print("")
    }
}
