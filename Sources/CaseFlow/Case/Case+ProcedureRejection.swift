import WorkingTime

extension Case {
    /// Why the law does not let something happen. Each says what is wrong, what is allowed, and the article.
    public enum ProcedureRejection: Error, Sendable, Hashable {
        /// The case goes by no rules yet.
        case noRules
        /// It goes by other rules, and was accepted under them.
        case otherRules(pinned: String)
        /// The rules given are not those that the case goes by.
        case wrongRules(pinned: String, given: String)
        /// The rules count working days, and no calendar is known.
        case noCalendar(String)
        /// The calendar cannot answer.
        case calendarUnknown(String)
        /// A limit counts minutes of service, and the case goes by no service calendar; those that there are.
        case serviceCalendarMissing(known: [String])
        /// There is no service calendar of that name; those that there are.
        case serviceCalendarUnknown(String, known: [String])
        /// It would have taken effect before what it follows on: both facts by their names in the log, with their times.
        case outOfOrder(String, at: ZonedTime, before: String, of: ZonedTime, article: String?)
        /// It lies after the day on which it is recorded.
        case inFuture(CivilDate, today: CivilDate)
        /// It lies after the moment at which it is recorded.
        case laterThanNow(ZonedTime, now: ZonedTime)
        /// The case has ended: acceptance was refused, or it was withdrawn or terminated.
        case ended(CivilDate)
        /// A notice that names nothing.
        case materialsMissing
        /// Nothing was found missing, so nothing can be handed in.
        case notNoticed
        /// Not all has come that was found missing.
        case supplementOutstanding
        /// After a supplement the day of acceptance is the day on which all had come.
        case acceptedOnOtherDay(CivilDate)
        /// It was accepted before.
        case alreadyAccepted(CivilDate)
        /// The five days are over: it counts as accepted since its receipt.
        case countsAsAccepted(since: CivilDate, due: CivilDate)
        /// The days have not run out, so it does not count as accepted.
        case notLapsed(due: CivilDate)
        /// The applicant was told in time what is missing.
        case noticedInTime(CivilDate)
        /// The time to hand in what is missing has not run out.
        case supplementRuns(due: CivilDate)
        /// The applicant was answered before the case was opened again.
        case answeredBefore(CivilDate)
        /// A refusal without its reason.
        case reasonMissing(article: String?)
        /// A refusal for lack of power that does not name the body that has it.
        case competentBodyMissing
        /// It is not accepted yet.
        case notAccepted
        /// A ground that the law does not list.
        case groundNotListed(String, listed: [String], article: String)
        /// The time that the suspension takes was not told to the applicant.
        case toldLengthMissing(article: String)
        /// It stands still already.
        case alreadySuspended(CivilDate)
        /// It does not stand still.
        case notSuspended
        /// There is no such clock in the rules, or it does not run.
        case noSuchClock(ClockName, running: [String])
        /// Nobody may prolong that clock.
        case notExtendable(ClockName)
        /// Somebody else has that power.
        case wrongAuthority(String, has: [String], article: String)
        /// A limit is prolonged once.
        case extendedBefore(CivilDate, article: String)
        /// Longer than the power reaches, or of another unit, or not the fixed length.
        case extensionOutOfPower(Limit, allowed: Limit, isFixed: Bool, article: String)
        /// The power is counted in another unit than the limit, so it cannot move it.
        case extensionOfOtherUnit(limit: Limit, allowed: Limit, article: String)
        /// The promise is longer than the statute that applies.
        case promiseLonger(Limit, statute: Limit, article: String)
        /// A stage has that name and has not ended.
        case stageRuns(String)
        /// No stage of that name has begun.
        case stageNotBegun(String)
        /// A denial without the reasons or without the remedy.
        case denialIncomplete(article: String?)
        /// It was decided before.
        case alreadyDecided(CivilDate)
        /// It is not decided yet.
        case notDecided
        /// One rating for one handling.
        case alreadyRated
        /// Nobody has complained.
        case notRatedPoor
        /// The rules leave no choice of how long a follow-up may take.
        case followUpFixed
        /// Longer than a follow-up may take, or in another unit.
        case followUpTooLong(Limit, atMost: Limit)

        /// The article of the very rule that it rests on, where it depends on the clock or the power at hand.
        public var article: String? {
            switch self {
            case .reasonMissing(let article), .denialIncomplete(let article): article
            case .groundNotListed(_, _, let article), .toldLengthMissing(let article),
                .wrongAuthority(_, _, let article), .extendedBefore(_, let article),
                .extensionOutOfPower(_, _, _, let article), .extensionOfOtherUnit(_, _, let article),
                .promiseLonger(_, _, let article):
                article
            case .outOfOrder(_, _, _, _, let article): article
            default: nil
            }
        }

        /// The obligation that it rests on.
        public var obligation: Obligation {
            switch self {
            case .materialsMissing, .supplementOutstanding, .acceptedOnOtherDay, .countsAsAccepted, .notLapsed,
                .noticedInTime, .supplementRuns, .answeredBefore, .alreadyAccepted, .notNoticed:
                .oneNotice
            case .competentBodyMissing: .competentBody
            case .reasonMissing, .notAccepted: .acceptance
            case .denialIncomplete: .denial
            case .groundNotListed, .toldLengthMissing, .alreadySuspended, .notSuspended: .suspension
            case .noSuchClock, .notExtendable, .wrongAuthority, .extendedBefore, .extensionOutOfPower,
                .extensionOfOtherUnit, .promiseLonger, .alreadyDecided, .calendarUnknown, .noCalendar,
                .serviceCalendarMissing, .serviceCalendarUnknown:
                .timeLimit
            case .noRules, .otherRules, .wrongRules: .catalogue
            case .outOfOrder, .inFuture, .laterThanNow: .record
            case .ended, .stageRuns, .stageNotBegun, .notDecided: .procedure
            case .alreadyRated, .notRatedPoor, .followUpFixed, .followUpTooLong: .rating
            }
        }
    }
}

extension RulePack {
    /// What a rejection rests on; nil where it says so itself.
    func citation(of rejection: Case.ProcedureRejection) -> String? {
        rejection.article == nil ? citation(of: rejection.obligation) : nil
    }
}

extension Case.ProcedureRejection: CustomStringConvertible {
    /// What was wrong, what is allowed, and the article.
    public var description: String {
        what + (article.map { $0.first?.isLetter == true ? " (\($0))" : " (art. \($0))" } ?? "")
    }

    private var what: String {
        switch self {
        case .noRules: "the case goes by no rules yet: pin a rule pack to it first"
        case .otherRules(let pinned): "the case was accepted under \(pinned), and stays under it"
        case .wrongRules(let pinned, let given): "the case goes by \(pinned), not by \(given)"
        case .noCalendar(let code): "the rules count the working days of calendar '\(code)', which is not known"
        case .calendarUnknown(let why): "the calendar does not reach far enough: \(why)"
        case .serviceCalendarMissing(let known):
            "the limit counts minutes of service, and the case goes by no service calendar: "
                + (known.isEmpty
                    ? "set one with `caseflowd calendar hours`, then open the case"
                    : "open it with --service-calendar, one of: \(known.joined(separator: ", "))")
        case .serviceCalendarUnknown(let code, let known):
            "there is no service calendar '\(code)': "
                + (known.isEmpty
                    ? "set its hours with `caseflowd calendar hours`" : "there are: \(known.joined(separator: ", "))")
        case .outOfOrder(let fact, let at, let other, let otherAt, _):
            "'\(fact)' at \(at) cannot come before '\(other)' at \(otherAt): nothing takes effect before what it follows on"
        case .inFuture(let date, let today):
            "it would happen on \(date), and today is \(today): record it when it has happened"
        case .laterThanNow(let time, let now):
            "it would happen at \(time), and it is \(now): record it when it has happened"
        case .ended(let date): "the case ended on \(date)"
        case .materialsMissing: "a notice names all that is missing: name at least one material"
        case .notNoticed: "nothing was found missing, so there is nothing to hand in: record the notice first"
        case .supplementOutstanding: "not all has come that the applicant was told is missing"
        case .acceptedOnOtherDay(let date): "all had come on \(date): that is the day of acceptance"
        case .alreadyAccepted(let date): "the application was accepted on \(date)"
        case .countsAsAccepted(let since, let due):
            "nothing was said by \(due): the application counts as accepted since \(since); record that instead"
        case .notLapsed(let due): "the time to say what is missing runs until \(due), so nothing has lapsed"
        case .noticedInTime(let date): "the applicant was told on \(date) what is missing, so nothing has lapsed"
        case .supplementRuns(let due): "what is missing can be handed in until \(due)"
        case .answeredBefore(let day): "the applicant was answered before the case was opened again on \(day)"
        case .reasonMissing: "the reason that the applicant was told is missing"
        case .competentBodyMissing: "name the body that has the power"
        case .notAccepted: "the application is not accepted yet"
        case .groundNotListed(let ground, let listed, _):
            "'\(ground)' is no ground to suspend; the grounds are exactly: \(listed.joined(separator: ", "))"
        case .toldLengthMissing: "the applicant must be told how long it takes: give a length above 0"
        case .alreadySuspended(let date): "the case stands still since \(date)"
        case .notSuspended: "the case does not stand still"
        case .noSuchClock(let name, let running):
            "no clock '\(name)' runs; running are: \(running.isEmpty ? "none" : running.joined(separator: ", "))"
        case .notExtendable(let name): "nobody may prolong the clock '\(name)'"
        case .wrongAuthority(let given, let has, _):
            "'\(given)' may not prolong it; that power has: \(has.joined(separator: ", "))"
        case .extendedBefore(let date, _): "it was prolonged on \(date), and that is done once"
        case .extensionOutOfPower(let by, let allowed, let isFixed, _):
            "it cannot be prolonged by \(by); \(isFixed ? "exactly" : "at most") \(allowed) are allowed"
        case .extensionOfOtherUnit(let limit, let allowed, _):
            "the limit is \(limit), and the power reaches at most \(allowed): only a limit in \(allowed.unit.rawValue) can be prolonged by it"
        case .promiseLonger(let promise, let statute, _):
            "the promise of \(promise) is longer than the statute of \(statute): a promise is shorter or equal"
        case .stageRuns(let stage): "the stage '\(stage)' has begun and not ended"
        case .stageNotBegun(let stage): "no stage '\(stage)' has begun"
        case .denialIncomplete: "a denial states its reasons and the right to reconsideration or suit"
        case .alreadyDecided(let date): "the case was decided on \(date)"
        case .notDecided: "the case is not decided yet"
        case .alreadyRated: "this handling was rated: one rating for one handling"
        case .followUpFixed: "the rules say how long a follow-up may take: leave the length out"
        case .followUpTooLong(let given, let most):
            "a follow-up cannot take \(given): give a length from 1 to \(most)"
        case .notRatedPoor: "the citizen was not dissatisfied, so there is nothing to follow up"
        }
    }
}
