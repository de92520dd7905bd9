import EventStore
import WorkingTime

/// Looks at network files: whether they fit together, and to what a log knows already.
///
/// Pure. All that is wrong is told, not only the first; files without faults can be entered.
public struct NetworkCheck: Sendable {
    /// What is known already; empty where nothing is.
    public var known: Network
    /// The day on which they are to be entered.
    public var day: CivilDate

    /// A check.
    public init(on day: CivilDate, known: Network = Network()) { (self.known, self.day) = (known, day) }

    /// All findings about files: what could not be read, and what is wrong with what could. By file and line.
    public func findings(in files: [NetworkFile]) -> [NetworkFile.Finding] {
        var pass = Pass(check: self, whole: NetworkFile.network(of: files, on: day, above: known))
        pass.declare(files)
        return files.flatMap { file in
            pass.found = file.findings
            pass.file = file.name
            for officer in file.officers { pass.look(at: officer) }
            for unit in file.units { pass.look(at: unit) }
            // Sorting is not stable by itself: what stands on one line keeps the order in which it was found.
            return pass.found.enumerated().sorted { left, right in
                (left.element.line ?? 0, left.offset) < (right.element.line ?? 0, right.offset)
            }.map(\.element)
        }
    }

    /// One look at all files.
    private struct Pass {
        let check: NetworkCheck
        /// The network after the files were entered, as far as they can be.
        let whole: Network
        /// What the files list.
        private var parents: [UnitCode: UnitCode] = [:]
        private var kinds: [UnitCode: UnitKind] = [:]
        private var officers: Set<OfficerID> = []
        private var holders: Set<OfficerID> = []
        /// Where something was seen first.
        private var seenUnits: [UnitCode: String] = [:]
        private var seenOfficers: [OfficerID: String] = [:]
        private var seenAsA: [OfficerID: (post: PostCode, place: String)] = [:]
        var file = ""
        var found: [NetworkFile.Finding] = []

        init(check: NetworkCheck, whole: Network) { (self.check, self.whole) = (check, whole) }

        mutating func declare(_ files: [NetworkFile]) {
            for unit in files.flatMap(\.units) {
                let profile = unit.entry.profile
                kinds[profile.code] = profile.kind
                parents[profile.code] = profile.parent
                for post in unit.entry.posts { holders.formUnion([post.a, post.b].compactMap { $0?.officer }) }
            }
            officers = Set(files.flatMap(\.officers).map(\.entry.officer))
        }

        private mutating func tell(_ issue: NetworkIssue, _ line: Int, _ subject: String) {
            found.append(NetworkFile.Finding(file: file, line: line, subject: subject, issue: issue))
        }

        /// What a unit is: as a file lists it, or as it is known.
        private func kind(of code: UnitCode) -> UnitKind? { kinds[code] ?? check.known.unit(code, on: check.day)?.kind }

        mutating func look(at officer: NetworkFile.Officer) {
            let code = officer.entry.officer
            if let first = seenOfficers[code] {
                return tell(.duplicate(code.rawValue, first), officer.line, code.rawValue)
            }
            seenOfficers[code] = "\(file):\(officer.line)"
            let wish = Officer.Wish.enter(from: officer.entry.from, on: check.day)
            do throws(Officer.Rejection) {
                _ = try Officer.decide(.checking(wish), check.known.officers[code] ?? Officer.initial)
            } catch {
                tell(.refused("\(error)"), officer.line, code.rawValue)
            }
            if !holders.contains(code), whole.postings(of: code, on: check.day).isEmpty {
                tell(.noPost(code), officer.line, code.rawValue)
            }
        }

        mutating func look(at unit: NetworkFile.Unit) {
            let (entry, code) = (unit.entry, unit.entry.profile.code)
            if let first = seenUnits[code] {
                return tell(.duplicate(code.rawValue, first), unit.line, code.rawValue)
            }
            seenUnits[code] = "\(file):\(unit.line)"
            let before = found.count
            place(entry.profile, unit.line)
            var names: [ShortName: Int] = [:]
            for (post, line) in zip(entry.posts, unit.postLines) {
                if let first = names[post.name] {
                    tell(.duplicate("'\(post.name)'", "\(file):\(first)"), line, code.rawValue)
                } else {
                    names[post.name] = line
                    look(at: post, of: code, line)
                }
            }
            names = [:]
            for (own, line) in zip(entry.duties, unit.dutyLines) {
                if let first = names[own.duty.name] {
                    tell(.duplicate("'\(own.duty.name)'", "\(file):\(first)"), line, code.rawValue)
                }
                names[own.duty.name] = line
                if kind(of: own.duty.place) == nil {
                    tell(.unknownPlace(own.duty.name, own.duty.place), line, code.rawValue)
                }
            }
            // What the stream's own rules say, unless it was told already.
            if found[before...].contains(where: { !$0.isRemark }) { return }
            let wish = NetworkUnit.Wish.enter(entry, on: check.day)
            do throws(NetworkUnit.Rejection) {
                _ = try NetworkUnit.decide(.checking(wish), check.known.units[code] ?? NetworkUnit.initial)
            } catch {
                tell(.refused("\(error)"), unit.line, code.rawValue)
            }
        }

        private mutating func place(_ profile: UnitProfile, _ line: Int) {
            let code = profile.code.rawValue
            guard let parent = profile.parent else {
                if !profile.kind.mayStandAlone { tell(.parentOfKind(profile.kind, nil), line, code) }
                return
            }
            guard let kind = kind(of: parent) else { return tell(.unknownParent(parent), line, code) }
            if !profile.kind.parents.contains(kind) { tell(.parentOfKind(profile.kind, kind), line, code) }
            var way = [profile.code]
            var next: UnitCode? = parent
            while let code = next, !way.contains(code) {
                way.append(code)
                next = parents[code]
            }
            if next == profile.code { tell(.circle(way + [profile.code]), line, code) }
        }

        private mutating func look(at post: UnitEntry.Post, of unit: UnitCode, _ line: Int) {
            for holder in PostHolder.allCases {
                guard let officer = post.holding(holder)?.officer else { continue }
                if !officers.contains(officer), check.known.officers[officer]?.isInService(on: check.day) != true {
                    tell(.unknownOfficer(officer, post.name), line, unit.rawValue)
                }
            }
            if let a = post.a, a.officer == post.b?.officer {
                tell(.sameHolder(post.name, a.officer), line, unit.rawValue)
            }
            if post.a == nil { tell(.vacant(post.name, deputy: post.b?.officer), line, unit.rawValue) }
            if post.a != nil, post.b == nil { tell(.noDeputy(post.name), line, unit.rawValue) }
            guard let a = post.a?.officer else { return }
            let code = PostCode(unit, post.name)
            if let first = seenAsA[a] { return tell(.twoPosts(a, first.post, first.place), line, unit.rawValue) }
            seenAsA[a] = (code, "\(file):\(line)")
            // Of units that no file lists.
            let elsewhere = whole.postings(of: a, on: check.day).first {
                $0.holder == .a && kinds[$0.post.unit] == nil
            }
            if let elsewhere { tell(.twoPosts(a, elsewhere.post, "the log"), line, unit.rawValue) }
        }
    }
}
