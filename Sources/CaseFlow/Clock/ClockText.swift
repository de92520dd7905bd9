import EventStore
import Foundation
import WorkingTime

/// The sentences of a clock's derivation, in both languages, so that a citizen could follow them.
enum ClockText {
    static func started(_ run: ClockRun, at point: ClockPoint) -> ClockStep {
        ClockStep(at: point, rule: run.rule.article, reason: started(run.rule, run.start, run.scale))
    }

    private static func started(_ rule: RulePack.Clock, _ start: CaseLedger.Entry, _ scale: ClockScale)
        -> LocalizedText
    {
        let what = milestone(rule.start)
        let stage = start.stage.map { " “\($0)”" } ?? ""
        if scale.service != nil {
            return LocalizedText(
                "\(what[.english])\(stage). The minutes of service count from this moment on.",
                "\(what[.chinese])\(stage)。自此刻起按服务时间的分钟计时。"
            )
        }
        let by =
            scale.rules.basis.event.map { (english: " (\($0[.english]))", chinese: "（\($0[.chinese])）") } ?? (
                english: "", chinese: ""
            )
        let dayZero = (
            english: "The day of the event is day 0 and is not counted\(by.english).",
            chinese: "当日为第 0 日，不计入\(by.chinese)。"
        )
        if start.isLapse {
            return LocalizedText(
                """
                Nobody said in time what was missing: the application counts as accepted from the day of receipt. \
                \(dayZero.english)
                """,
                "逾期未告知需补正的内容，自收到申请材料之日起即为受理。\(dayZero.chinese)"
            )
        }
        return LocalizedText(
            "\(what[.english])\(stage). \(dayZero.english)",
            "\(what[.chinese])\(stage)。\(dayZero.chinese)"
        )
    }

    static func length(_ length: ClockRun.Length, at point: ClockPoint) -> ClockStep {
        ClockStep(at: point, rule: length.article, reason: words(length))
    }

    private static func words(_ length: ClockRun.Length) -> LocalizedText {
        let (english, chinese) = words(length.limit)
        if length.isOfItem {
            return LocalizedText("The item's own limit: \(english).", "该事项自身的时限：\(chinese)。")
        }
        if length.isTold { return LocalizedText("The length that was told: \(english).", "已告知的期限：\(chinese)。") }
        return LocalizedText("The limit is \(english).", "时限为 \(chinese)。")
    }

    static func suspended(_ point: ClockPoint, _ article: LocalizedText, _ ground: LocalizedText, _ told: Limit)
        -> ClockStep
    {
        let (english, chinese) = words(told)
        return ClockStep(
            at: point,
            rule: article,
            reason: LocalizedText(
                "Suspended: \(ground[.english]); the applicant was told it takes \(english).",
                "中止计时：\(ground[.chinese])；已告知申请人所需时间 \(chinese)。"
            )
        )
    }

    static func resumed(_ point: ClockPoint, since: ClockPoint, _ rule: RulePack.Clock, _ rules: RulePack) -> ClockStep
    {
        let english: String
        let chinese: String
        switch (point, rules.pauses) {
        case (.moment, _):
            (english, chinese) = ("the time from \(since) until \(point) is not counted", "\(since) 至 \(point) 不计入")
        case (.day, .civil):
            english = "the days after \(since) up to and with \(point) are not counted"
            chinese = "\(since) 之后至 \(point)（含）不计入"
        case (.day, .halfOpen):
            english = "the days from \(since) until before \(point) are not counted"
            chinese = "\(since) 起至 \(point) 前一日不计入"
        }
        return ClockStep(
            at: point,
            rule: rules.groundsArticle ?? rule.article,
            reason: LocalizedText("Resumed: \(english).", "恢复计时：\(chinese)。")
        )
    }

    static func extended(_ point: ClockPoint, _ article: LocalizedText, _ by: Limit, _ authority: String) -> ClockStep {
        let (english, chinese) = words(by)
        return ClockStep(
            at: point,
            rule: article,
            reason: LocalizedText(
                "Prolonged by \(english), approved by \(authority), the reason told to the applicant.",
                "经 \(self.authority(authority)) 批准延长 \(chinese)，并已将理由告知申请人。"
            )
        )
    }

    static func otherUnit(_ point: ClockPoint, _ article: LocalizedText, _ by: Limit, _ limit: Limit) -> ClockStep {
        ClockStep(
            at: point,
            rule: article,
            reason: LocalizedText(
                "An extension in \(by.unit.rawValue) does not fit a limit in \(limit.unit.rawValue): it moves nothing.",
                "延长期限的计量单位与本时限不同，不影响本时限。"
            )
        )
    }

    static func tooLate(
        _ point: ClockPoint,
        _ article: LocalizedText,
        recorded: ClockPoint,
        due: ClockPoint
    ) -> ClockStep {
        ClockStep(
            at: point,
            rule: article,
            reason: LocalizedText(
                "Recorded \(on(recorded)), after the limit had ended \(on(due)): it is kept and shown, and moves nothing.",
                "于 \(recorded) 补录，晚于到期时间 \(due)：予以保留并显示，但不改变到期时间。"
            )
        )
    }

    static func stopped(
        _ stop: CaseLedger.Entry,
        _ rule: RulePack.Clock,
        at point: ClockPoint,
        late: Bool,
        _ due: ClockDue?
    ) -> ClockStep {
        if stop.isLapse, !late {
            return ClockStep(
                at: point,
                rule: rule.article,
                reason: LocalizedText(
                    "It is on record that the case counts as accepted; this limit had not ended.",
                    "已记录本件视为受理；本时限尚未届满。"
                )
            )
        }
        if stop.isLapse {
            return ClockStep(
                at: due?.point ?? point,
                rule: rule.article,
                reason: LocalizedText(
                    "The limit ran out, and nobody had said anything.",
                    "期限届满，未作任何告知。"
                )
            )
        }
        let name = rule.stops.filter(stop.milestones.contains).min { $0.rawValue < $1.rawValue }
        let what = name.map(milestone) ?? LocalizedText("It ended", "终止")
        let (english, chinese) =
            switch (late, due) {
            case (true, let due?): ("late: it was due \(on(due.point))", "超期：应于 \(due.point) 前办结")
            default: ("in time", "未超期")
            }
        let gap = enteredLate(stop)
        return ClockStep(
            at: point,
            rule: rule.article,
            reason: LocalizedText(
                "\(what[.english]), \(english).\(gap.english)",
                "\(what[.chinese])，\(chinese)。\(gap.chinese)"
            )
        )
    }

    /// What is said of a fact that was recorded on a later local day than it took effect; else nothing.
    private static func enteredLate(_ entry: CaseLedger.Entry) -> (english: String, chinese: String) {
        let recorded = ZonedTime(
            microsecondsSinceEpoch: entry.recordedAt.microseconds,
            offsetSeconds: entry.at.offsetSeconds
        )
        guard let on = recorded?.localDate, on > entry.at.localDate else { return ("", "") }
        let days = on.daysSinceEpoch - entry.at.localDate.daysSinceEpoch
        return (
            " Recorded on \(on), \(Limit.Unit.calendarDays.words(days, .english)) after it is said to have happened.",
            "于 \(on) 补录，晚于所称发生之日 \(Limit.Unit.calendarDays.words(days, .chinese))。"
        )
    }

    private static func on(_ point: ClockPoint) -> String {
        switch point {
        case .day: "on \(point)"
        case .moment: "at \(point)"
        }
    }

    private static func words(_ limit: Limit) -> (english: String, chinese: String) {
        (limit.unit.words(limit.amount, .english), limit.unit.words(limit.amount, .chinese))
    }

    private static func authority(_ name: String) -> String {
        switch name {
        case "organ-head": "本行政机关负责人"
        case "government-head": "本级人民政府负责人"
        default: name
        }
    }

    /// A milestone as a sentence begins with it.
    static func milestone(_ milestone: Milestone) -> LocalizedText {
        switch milestone {
        case .received: LocalizedText("Received", "收到申请")
        case .supplementNoticed: LocalizedText("The applicant was told what is missing", "一次性告知补正")
        case .supplementReceived: LocalizedText("All that was missing came", "补正齐全")
        case .accepted: LocalizedText("Accepted", "受理")
        case .acceptanceRefused: LocalizedText("Acceptance was refused", "不予受理")
        case .reviewAccepted: LocalizedText("Accepted for preliminary review", "初审受理")
        case .reviewForwarded: LocalizedText("Handed up after preliminary review", "初审转报")
        case .decided: LocalizedText("Decided", "作出决定")
        case .granted: LocalizedText("Granted", "准予许可")
        case .delivered: LocalizedText("Delivered", "送达")
        case .stageBegun: LocalizedText("The stage began", "环节开始")
        case .stageEnded: LocalizedText("The stage ended", "环节结束")
        case .suspended: LocalizedText("Suspended", "中止计时")
        case .resumed: LocalizedText("Resumed", "恢复计时")
        case .withdrawn: LocalizedText("Withdrawn by the applicant", "申请人撤回")
        case .terminated: LocalizedText("Terminated", "终止办理")
        case .closed: LocalizedText("Closed", "办结")
        case .materialDeferred: LocalizedText("Material may follow", "容缺受理")
        case .materialFollowed: LocalizedText("Material followed", "容缺材料补交")
        case .hearingAsked: LocalizedText("Hearing asked for", "申请听证")
        case .hearingHeld: LocalizedText("Hearing held", "举行听证")
        case .ratedPoor: LocalizedText("Rated poorly", "差评")
        case .calledBack: LocalizedText("Called back", "回访")
        }
    }
}
