import WorkingTime

extension LateClocks {
    /// What a clock waits for, as its row has it: nothing of it depends on the day or the moment of the question.
    struct Reason {
        /// As what it is held; nil where the record does not say.
        let kind: CaseHolder.Kind?
        /// Of a case that is not of the catalogue the department that its source names.
        let unit: String?
        let officer: String?
        /// Since which day.
        let since: CivilDate?
        /// On which stage.
        let stage: String?
        /// Since when it stands still.
        let suspendedSince: CivilDate?
        let due: CivilDate?
        /// Nil while it runs.
        let stop: CivilDate?
        let isLate: Bool

        /// In a line.
        var words: LocalizedText {
            if let suspendedSince {
                return LocalizedText("stands still since \(suspendedSince)", "自 \(suspendedSince) 起不计时")
            }
            guard let kind else {
                let named = [unit, officer].compactMap { $0 }.joined(separator: " ")
                return named.isEmpty
                    ? LocalizedText("the record does not say with whom it lies", "记录未载明在何处办理")
                    : LocalizedText("its source names \(named)", "来源载明：\(named)")
            }
            let from = since.map { LocalizedText(" since \($0)", "自 \($0) 起") } ?? LocalizedText("", "")
            let (english, chinese) = with(kind)
            guard stop != nil else {
                return LocalizedText("\(english.runs)\(from[.english])", "\(from[.chinese])\(chinese)")
            }
            // What was late had its holder when the limit ended, else when it stopped.
            let end = isLate ? due.map { LocalizedText("the limit ended on \($0)", "\($0) 期限届满时") } : nil
            let (when, then) = (end?[.english] ?? "it stopped", end?[.chinese] ?? "停止计时时")
            return LocalizedText("\(english.ran)\(from[.english]) when \(when)", "\(then)，\(from[.chinese])\(chinese)")
        }

        private func with(_ kind: CaseHolder.Kind) -> (english: (runs: String, ran: String), chinese: String) {
            let place = unit ?? ""
            switch kind {
            case .citizen: return (("waits for the citizen", "waited for the citizen"), "等待申请人")
            case .county:
                return (
                    ("waits for the county's answer (\(place))", "waited for the county's answer (\(place))"),
                    "等待县级（\(place)）答复"
                )
            default:
                let who = [unit, officer].compactMap { $0 }.joined(separator: " ")
                let words = (kind.title[.english] + " " + who, "\(kind.title[.chinese]) \(who) ")
                let work = stage.map { ", stage '\($0)'," } ?? ""
                let step = stage.map { "（环节“\($0)”）" } ?? ""
                return (
                    ("lies with \(words.0)\(work)", "lay with \(words.0)\(work)"), "在\(words.1)处\(step)"
                )
            }
        }
    }
}
