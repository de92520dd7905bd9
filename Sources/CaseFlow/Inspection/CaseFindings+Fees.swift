import EventStore

/// What was charged against the catalogue (违规收费).
extension CaseFindings {
    /// Every charge where the item has no fee (Licensing Law art. 58), and every one that brings the sum of a case's charges
    /// above its fee (art. 59): in the version of the item that the case is pinned to. An item's fee is one fixed amount for
    /// the whole case, also for one that is opened again. One receipt is one charge, however often it stands there.
    ///
    /// A case that is not of the catalogue is not judged: nothing says what it costs.
    func fees() -> [Finding] {
        guard let item, let version = record.pin?.itemVersion else { return [] }
        var charged = 0
        var seen: Set<Case.FeeCharge> = []
        var positions: [Int64] = []
        var found: [Finding] = []
        for entry in own {
            guard case .feeCharged(let charge)? = entry.fact else { continue }
            if charge.receipt != nil, !seen.insert(charge).inserted { continue }
            charged += charge.fen
            if let excess = Case.FeeExcess(charged: charged, of: item, version: version) {
                let sum = ServiceItem.Fee.yuan(fen: charged)
                let isOne = positions.isEmpty
                found.append(
                    finding(
                        .illegalFee,
                        entry,
                        LocalizedText(
                            "charged: \(charge.words[.english])\(isOne ? "" : ", \(sum) yuan in all"); \(excess.words[.english])",
                            "收取 \(charge.words[.chinese])\(isOne ? "" : "，累计 \(sum) 元")；\(excess.words[.chinese])"
                        ),
                        more: positions,
                        basis: rules.basis(of: excess.obligation)
                    )
                )
            }
            positions.append(entry.position)
        }
        return found
    }
}
