import EventStore

/// What two persons do, and one may not; and the seal.
extension CaseFindings {
    /// Who has done what in a case, up to an event.
    private struct Hands {
        var acceptor: CaseRecord.Entry?
        var decided: CaseRecord.Entry?
        var isGranted = false
        /// Who decided; nil where another body did, and somebody typed that in.
        var decider: OfficerID?
        var hasDecision = false
        var exceptions: [Case.Separation: CaseRecord.Entry] = [:]
        var sealed: CaseRecord.Entry?

        mutating func take(_ entry: CaseRecord.Entry) {
            if case .reopened = entry.event.fact {
                (decided, decider, sealed, isGranted) = (nil, nil, nil, false)
            }
            switch entry.fact {
            case .accepted(let isDeemed)?: acceptor = isDeemed ? nil : entry
            case .stageBegun(_, _, let seat)?: if seat?.kind == .decision { hasDecision = true }
            case .exceptionDeclared(let separation, _)?: exceptions[separation] = entry
            case .decided(let isGranted, _, _)?:
                (decided, self.isGranted) = (entry, isGranted)
                decider = hasDecision ? entry.standing?.officer : nil
            case .sealed?: sealed = entry
            default: break
            }
        }

        func isAllowed(_ separation: Case.Separation, _ entry: CaseRecord.Entry) -> Bool {
            exceptions[separation].map { $0.at.timestamp <= entry.at.timestamp } ?? false
        }
    }

    /// Declared exceptions, and what was done without one.
    func separations() -> [Finding] {
        var hands = Hands()
        var found: [Finding] = []
        for entry in own {
            switch entry.fact {
            case .exceptionDeclared(let separation, let reason)?:
                found.append(
                    finding(
                        .separationByException,
                        entry,
                        LocalizedText(
                            "exception declared, \(separation.rawValue): \(reason)",
                            "宣告例外（\(separation.rawValue)）：\(reason)"
                        )
                    )
                )
            case .decided? where hands.hasDecision:
                if let breach = breach(.acceptorDecides, entry, hands) { found.append(breach) }
            case .sealed(let use)?:
                if let breach = breach(.acceptorSeals, entry, hands, keeper: use.keeper) { found.append(breach) }
            default: break
            }
            hands.take(entry)
        }
        return found
    }

    private func breach(
        _ separation: Case.Separation,
        _ entry: CaseRecord.Entry,
        _ hands: Hands,
        keeper: OfficerID? = nil
    ) -> Finding? {
        guard let acceptor = hands.acceptor, let officer = keeper ?? entry.standing?.officer,
            acceptor.standing?.officer == officer, !hands.isAllowed(separation, entry)
        else { return nil }
        let what = separation == .acceptorDecides ? ("decided", "作出决定") : ("used the seal", "用印")
        return finding(
            .separationBreach,
            entry,
            LocalizedText(
                "\(officer) accepted the case and \(what.0); no exception was declared before",
                "\(officer) 受理后又\(what.1)，事前未宣告例外"
            ),
            more: [acceptor.position]
        )
    }

    /// Uses of the seal: before the decision, outside its matters, on another document, by who decided.
    func seals() -> [Finding] {
        var hands = Hands()
        var found: [Finding] = []
        for entry in own {
            switch entry.fact {
            case .sealed(let use)?:
                let lacks = faults(of: use, entry, hands)
                if let words = Self.joined(lacks) {
                    let more = [hands.decided?.position].compactMap { $0 }
                    found.append(finding(.sealOutOfOrder, entry, words, more: more))
                }
            case .issued(let issue)?:
                guard let sealed = hands.sealed, case .sealed(let use)? = sealed.fact, let document = issue.document,
                    document != use.document
                else { break }
                let other = LocalizedText(
                    "what was issued on \(entry.day) is another document than the one that was sealed",
                    "\(entry.day) 出具的文书不是用印的文书"
                )
                if let index = found.firstIndex(where: { $0.position == sealed.position }) {
                    found[index].reason = Self.joined([found[index].reason, other]) ?? other
                    found[index].positions.append(entry.position)
                } else {
                    found.append(finding(.sealOutOfOrder, sealed, other, more: [entry.position]))
                }
            default: break
            }
            hands.take(entry)
        }
        return found
    }

    private func faults(of use: Case.SealUse, _ entry: CaseRecord.Entry, _ hands: Hands) -> [LocalizedText] {
        var lacks: [LocalizedText] = []
        if let decided = hands.decided {
            if !hands.isGranted {
                lacks.append(LocalizedText("nothing was granted that could be sealed", "未作出准予决定即用印"))
            } else if entry.at.timestamp < decided.at.timestamp {
                lacks.append(
                    LocalizedText("sealed before the decision of \(decided.day)", "早于 \(decided.day) 的决定用印")
                )
            }
        } else {
            lacks.append(LocalizedText("sealed before there was a decision", "作出决定之前用印"))
        }
        if let pin = record.pin, pin.isOfCatalogue, pin.seal != use.matter {
            let matter = pin.seal.map { "\($0)" }
            lacks.append(
                LocalizedText(
                    "the item is sealed as \(matter ?? "nothing"), the seal was used for '\(use.matter)'",
                    "事项的用印类别为\(matter.map { "“\($0)”" } ?? "无")，实际用于“\(use.matter)”"
                )
            )
        }
        if let decider = hands.decider, decider == use.keeper, !hands.isAllowed(.deciderSeals, entry) {
            lacks.append(
                LocalizedText(
                    "\(decider) decided and used the seal; no exception was declared before",
                    "\(decider) 既作决定又用印，事前未宣告例外"
                )
            )
        }
        return lacks
    }
}
