import EventStore

extension CaseReport {
    /// What a case of the catalogue has come to: its item, how it came in, with whom it lies, how it ended. Moments are RFC
    /// 3339 with the local offset.
    public struct Service: Sendable, Encodable {
        /// How it came in.
        public struct Intake: Sendable, Encodable {
            /// The unit of the legal receipt, and through which channel.
            public let place, channel: String
            /// Who took it in, and who was asked first.
            public let receiver, firstContact: String
            /// The station of the applicant's village.
            public let village: String?
            /// What was handed in since, by the item's names, in alphabetical order.
            public let materials: [String]
        }

        /// A stage that has begun.
        public struct Stage: Sendable, Encodable {
            /// A signature in it.
            public struct Finding: Sendable, Encodable {
                /// `agreement` or `objection`, and by whom.
                public let finding, officer: String
                /// The A for whom a B signed.
                public let actingFor: String?
            }

            /// Its name.
            public let stage: String
            /// What is done, where, and as what; nil where no catalogue says so.
            public let kind, unit, role: String?
            /// To whom it is assigned; none: whoever stands in the unit and the role.
            public let assigned: [String]
            /// When it began.
            public let begunAt: String
            /// When it ended; nil while it is open.
            public let endedAt: String?
            /// Where its papers were sent, of a forwarding.
            public let forwardedTo: String?
            /// What was found, in the order of signing.
            public let findings: [Finding]
        }

        /// A material that may follow.
        public struct Deferral: Sendable, Encodable {
            /// What, within which limit, since when.
            public let material, within, since: String
        }

        /// The use of the seal.
        public struct Seal: Sendable, Encodable {
            /// The seal's matter, the SHA-256 of the document, base64, and who used it.
            public let matter, document, keeper: String
        }

        /// What the citizen thought of it.
        public struct Rating: Sendable, Encodable {
            /// One of the five grades, and when.
            public let grade, at: String
            /// When the citizen was called back.
            public let calledBackAt: String?
        }

        /// A fee that was charged.
        public struct Charge: Sendable, Encodable {
            /// The amount, `12.50`.
            public let yuan: String
            /// The number of the receipt that the citizen was given.
            public let receipt: String?
        }

        /// The item's code, and its name in the version that the case goes by; nil where the catalogue was not asked.
        public let item, itemName: String?
        /// That version.
        public let itemVersion: Int?
        /// How it came in.
        public let intake: Intake
        /// When it was accepted, and by whom; nobody, where it counts as accepted.
        public let acceptedAt, acceptedBy: String?
        /// Whether it counts as accepted because nobody said in time what was missing.
        public let isDeemed: Bool
        /// Since when it stands still, and on which ground.
        public let suspendedSince, suspendedFor: String?
        /// In the order in which they began.
        public let stages: [Stage]
        /// What has still to follow.
        public let deferrals: [Deferral]
        /// `granted` or `denied`, when, and by whom; nil before the decision.
        public let decision, decidedAt, decidedBy: String?
        /// The fact that ended it without a decision: `acceptance-refused`, `withdrawn`, …; and when.
        public let ending, endedAt: String?
        /// The seal on the decision.
        public let seal: Seal?
        /// What was made out for the citizen.
        public let issued: String?
        /// When and how the result reached the citizen.
        public let deliveredAt, delivery: String?
        /// The rating.
        public let rating: Rating?
        /// The visits that the citizen made for it.
        public let visits: [String]
        /// What the citizen was charged, in recorded order.
        public let charges: [Charge]
        /// The same in all, in yuan.
        public let charged: String
        /// Complaints in all.
        public let complaints: Int
        /// The references of those that are not answered.
        public let openComplaints: [String]

        /// Nil for a case that is not of the catalogue.
        init?(_ history: CaseHistory, itemName: String?) {
            let (state, progress) = (history.state, history.state.progress)
            guard let work = state.work else { return nil }
            (item, itemVersion, self.itemName) = (progress.pin?.item, progress.pin?.itemVersion, itemName)
            intake = Intake(
                place: work.intake.place.rawValue,
                channel: work.intake.channel.rawValue,
                receiver: work.receiver.rawValue,
                firstContact: work.firstContact.rawValue,
                village: work.intake.village?.rawValue,
                materials: work.materials.sorted()
            )
            (acceptedAt, acceptedBy) = (progress.acceptedAt?.description, work.acceptor?.rawValue)
            isDeemed = progress.isDeemed
            (suspendedSince, suspendedFor) = (progress.suspension?.at.description, progress.suspension?.ground)
            stages = work.stages.sorted { ($0.value.begunAt.timestamp, $0.key) < ($1.value.begunAt.timestamp, $1.key) }
                .map { Stage($0.key, $0.value) }
            deferrals = work.deferred.sorted { $0.key < $1.key }.map {
                Deferral(
                    material: $0.key,
                    within: $0.value.within.description,
                    since: $0.value.at.description
                )
            }
            decision = progress.isGranted.map { $0 ? "granted" : "denied" }
            (decidedAt, decidedBy) = (progress.decidedAt?.description, work.decider?.rawValue)
            let endedAt = progress.refusedAt ?? progress.abandonedAt
            self.endedAt = endedAt?.description
            var (ending, way): (String?, Case.Delivery?) = (nil, nil)
            for (_, fact) in history.events {
                guard case .procedure(let fact, _) = fact else { continue }
                switch fact {
                case .acceptanceRefused, .withdrawn, .terminated, .fileReturned: ending = fact.name
                case .delivered(let by): way = by
                default: break
                }
            }
            self.ending = endedAt == nil ? nil : ending
            seal = work.seal.map {
                Seal(matter: $0.matter.rawValue, document: $0.document, keeper: $0.keeper.rawValue)
            }
            issued = work.issued?.result
            deliveredAt = progress.deliveredAt?.description
            delivery = progress.deliveredAt == nil ? nil : way?.rawValue
            if let rating = progress.rating, let at = progress.ratedAt {
                self.rating = Rating(
                    grade: rating.rawValue,
                    at: at.description,
                    calledBackAt: progress.calledBackAt?.description
                )
            } else {
                rating = nil
            }
            visits = work.visits.map(\.rawValue).sorted()
            charges = work.charges.map { Charge(yuan: ServiceItem.Fee.yuan(fen: $0.fen), receipt: $0.receipt) }
            charged = ServiceItem.Fee.yuan(fen: work.charged)
            (complaints, openComplaints) = (work.complaints, work.openComplaints.sorted())
        }
    }
}

extension CaseReport {
    /// The name of a case's item, in the version that the case goes by; nil where it goes by none. Errors: those of reading a
    /// log.
    public static func itemName(
        of history: CaseHistory,
        in log: EventLog,
        _ language: Language = .english
    ) async throws -> String? {
        guard let pin = history.state.progress.pin?.catalogue else { return nil }
        let book = try await CatalogueBook.load(log, only: pin.code)
        return try? book.version(pin).item.name[language]
    }
}

extension CaseReport.Service.Stage {
    init(_ name: String, _ work: Case.Work.StageWork) {
        stage = name
        (kind, unit, role) = (work.seat?.kind.rawValue, work.seat?.unit.rawValue, work.seat?.role.rawValue)
        assigned = work.assigned.map(\.rawValue)
        (begunAt, endedAt) = (work.begunAt.description, work.endedAt?.description)
        forwardedTo = work.forwardedTo?.rawValue
        findings = work.findings.map {
            Finding(
                finding: $0.finding.rawValue,
                officer: $0.officer.rawValue,
                actingFor: $0.actingFor?.rawValue
            )
        }
    }
}
