extension Case {
    /// A fee that a citizen was charged for a case.
    public struct FeeCharge: Sendable, Hashable {
        /// In fen, the hundredth of a yuan. 1...100,000,000, as the fee of an item.
        public let fen: Int
        /// The number of the receipt that the citizen was given (票据号); nil where none was said.
        public let receipt: String?

        /// A charge; nil when the amount is not in 1...100,000,000.
        public init?(fen: Int, receipt: String? = nil) {
            guard (1...ServiceItem.Fee.maximumFen).contains(fen) else { return nil }
            (self.fen, self.receipt) = (fen, receipt)
        }

        /// `12.50 yuan, receipt 0042`
        public var words: LocalizedText {
            let yuan = ServiceItem.Fee.yuan(fen: fen)
            return LocalizedText(
                "\(yuan) yuan" + (receipt.map { ", receipt \($0)" } ?? ", no receipt named"),
                "\(yuan) 元" + (receipt.map { "，票据号 \($0)" } ?? "，未登记票据号")
            )
        }
    }

    /// More than the catalogue lets be charged on a case: the item has no fee (Licensing Law art. 58), or the charges come to
    /// more than its fee (art. 59). An item of the catalogue either has no fee or has one fixed amount, so every sum can be
    /// held against it.
    public struct FeeExcess: Sendable, Hashable {
        /// What was charged on the case in all, in fen.
        public let charged: Int
        /// What the item costs, in the version that the case is pinned to; nil for nothing.
        public let fee: ServiceItem.Fee?
        /// The number of that version.
        public let version: Int

        /// The excess of a sum in fen; nil where there is none.
        public init?(charged: Int, of item: ServiceItem, version: Int) {
            guard charged > item.fee?.fen ?? 0 else { return nil }
            (self.charged, fee, self.version) = (charged, item.fee, version)
        }

        /// What it breaks.
        public var obligation: Obligation { fee == nil ? .fee : .feeStandard }

        /// What the catalogue says instead.
        public var words: LocalizedText {
            guard let fee else {
                return LocalizedText(
                    "the item has no fee in version \(version) of the catalogue",
                    "事项目录第 \(version) 版规定不收费"
                )
            }
            return LocalizedText(
                "the item costs \(fee.yuan) yuan in version \(version) of the catalogue",
                "事项目录第 \(version) 版规定收费 \(fee.yuan) 元"
            )
        }
    }
}

extension Case.Work {
    /// What was charged in all, in fen.
    var charged: Int { charges.reduce(0) { $0 + $1.fen } }
}
