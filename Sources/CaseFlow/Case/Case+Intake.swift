import EventStore
import TransparencyLog

extension Case {
    /// How a case came in: through which channel, where, and with what. The moment of receipt at a group's or a village's
    /// point is the legal receipt.
    public struct Intake: Sendable, Hashable {
        /// The channel.
        public var channel: ServiceItem.Channel
        /// The unit that received it: a window's, a village's station, a group's collection point.
        public var place: UnitCode
        /// The station of the applicant's village, where the item's procedure goes through it.
        public var village: UnitCode?
        /// Whose case it is; the data can be read in the vault alone.
        public var applicant: SealedPerson?
        /// The first person asked, if that was not who received it.
        public var firstContact: OfficerID?
        /// What was handed in, by the names of the item's materials in its first language.
        public var materials: [String]
        /// The visit on which it was handed in. Several matters of one visit have the same one; nil where nobody came.
        public var visit: VisitID?

        /// How a case came in.
        public init(
            channel: ServiceItem.Channel,
            place: UnitCode,
            village: UnitCode? = nil,
            applicant: SealedPerson? = nil,
            firstContact: OfficerID? = nil,
            materials: [String] = [],
            visit: VisitID? = nil
        ) {
            self.channel = channel
            self.place = place
            self.village = village
            self.applicant = applicant
            self.firstContact = firstContact
            self.materials = materials
            self.visit = visit
        }
    }

    /// What an officer finds in a stage.
    public enum Finding: String, Sendable, Hashable, CaseIterable {
        /// It is as it should be; the department agrees; the village certifies.
        case agreement
        /// It is not.
        case objection

        /// For people.
        public var title: LocalizedText {
            switch self {
            case .agreement: LocalizedText("agrees", "同意")
            case .objection: LocalizedText("objects", "不同意")
            }
        }
    }

    /// What the county answers to a case that was forwarded to it.
    public enum Answer: String, Sendable, Hashable, CaseIterable {
        /// It grants, or agrees.
        case granted
        /// It denies.
        case denied
        /// It sends the papers back.
        case sentBack = "sent-back"
    }

    /// Two acts that one person may not do on one case, unless the director declares an exception.
    public enum Separation: String, Sendable, Hashable, CaseIterable {
        /// Who accepted decides.
        case acceptorDecides = "acceptor-decides"
        /// Who accepted uses the seal.
        case acceptorSeals = "acceptor-seals"
        /// Who decided uses the seal.
        case deciderSeals = "decider-seals"
    }

    /// A use of the seal on a case's decision.
    public struct SealUse: Sendable, Hashable {
        /// The matter of the seal, as the item names it.
        public var matter: ShortName
        /// SHA-256 of the sealed document, base64.
        public var document: String
        /// Who used it.
        public var keeper: OfficerID

        /// A use.
        public init(matter: ShortName, document: String, keeper: OfficerID) {
            (self.matter, self.document, self.keeper) = (matter, document, keeper)
        }
    }

    /// A document that was made out for the citizen.
    public struct Issue: Sendable, Hashable {
        /// What, as the item names it.
        public var result: String
        /// SHA-256 of the document, base64; nil where there is none.
        public var document: String?

        /// A document.
        public init(result: String, document: String? = nil) { (self.result, self.document) = (result, document) }
    }

    /// SHA-256 of a document, base64: how records name it.
    public static func digest(ofDocument bytes: [UInt8]) -> String { Digest.sha256(bytes).base64 }

    /// How a result reaches the citizen.
    public enum Delivery: String, Sendable, Hashable, CaseIterable {
        /// At the window (窗口领取).
        case window
        /// By the village's agent (代办员送达).
        case agent
        /// By post (邮寄).
        case post
        /// On the net (网上).
        case online
    }
}

/// The name of a visit of a citizen to a centre, the same for all matters of that visit. Letters, digits, `-` and `_`, at
/// most 60.
public struct VisitID: LogText {
    /// "a visit's name"
    public static let kind = "a visit's name"
    /// 60 bytes
    public static let limit = 60
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// As ``UnitCode``, but one character is enough.
    public static func flaw(in text: String) -> String? { codeFlaw(text, atLeast: 1) }
}
