import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

/// Played towns: the same seed gives the same log, and what stands in it is what a real town may record.
@Suite("A played town")
struct TownSimulationTests {
    @Test func `the same seed gives the same log, leaf by leaf, and another seed another`() async throws {
        let first = try await PlayedTown.play("guanyi", days: 5, seed: 7)
        let second = try await PlayedTown.play("guanyi", days: 5, seed: 7)
        let other = try await PlayedTown.play("guanyi", days: 5, seed: 8)
        let leaves = try await first.leaves()
        #expect(leaves.count > 400)
        #expect(leaves == (try await second.leaves()))
        #expect(first.result.lastLeaf == leaves.last)
        #expect(first.result.tally == second.result.tally)
        #expect(first.result.lastLeaf != other.result.lastLeaf)
        for town in [first, second, other] { await town.log.close() }
    }

    @Test func `a played log verifies, every case replays, and no rule was broken`() async throws {
        let town = try await PlayedTown.play("guanyi", days: 30, seed: 3)
        let (log, tally) = (town.log, town.result.tally)
        let verdict = try await LogVerifier(log).verify()
        #expect(verdict.isSound)
        #expect(verdict.events == town.result.position)
        #expect(tally.refusals == [:])
        let streams = try await log.streams(ofCategory: "case")
        #expect(streams.count == tally.total)
        #expect(tally.total == 280)
        var events = 0
        var phases: [Case.State.Phase: Int] = [:]
        let start = try #require(SimulatedClock.start(of: town.options.from, in: .gmt))
        for stream in streams {
            let history = try await CaseHistory(stream, in: log)
            events += history.events.count
            phases[history.state.phase, default: 0] += 1
            #expect(history.state.intake?.applicant != nil)
            // Recorded at simulated times, and never before it happened.
            for (recorded, _) in history.events {
                #expect(recorded.recordedAt >= recorded.effectiveAt)
                #expect(recorded.recordedAt < town.result.end.advanced(byMicroseconds: 1))
                #expect(recorded.recordedAt.microseconds > start.microseconds - 86_400_000_000)
            }
        }
        #expect(events == tally.events)
        #expect(phases[.closed, default: 0] + town.result.open == tally.total)
        // Everything that a month brings was there.
        #expect(tally.decided > 150 && tally.sealed > 10 && tally.forwarded > 10 && tally.notices > 5)
        #expect(tally.ratings.values.reduce(0, +) > 80)
        #expect(tally.absences > 0 && tally.actsByB > 0 && tally.lateEntries > 0)
        await log.close()
    }

    @Test func `mistakes, suspensions, extensions and all else happen as often as the profile says`() async throws {
        let town = try await PlayedTown.play("guanyi", days: 21, seed: 11, cases: 160) { profile in
            for rate in TownProfile.Rate.allCases where rate != .absence { profile.rates[rate] = 0.25 }
            (profile.rates[.incomplete], profile.rates[.deferral], profile.rates[.deferralLapse]) = (0.5, 0.8, 0.5)
            profile.grades = [10, 20, 10, 40, 20]
        }
        let tally = town.result.tally
        #expect(tally.refusals == [:])
        for (what, count) in [
            ("notices", tally.notices), ("second notices", tally.secondNotices), ("deferrals", tally.deferrals),
            ("deemed", tally.deemed), ("refused", tally.refused), ("withdrawn", tally.withdrawn),
            ("suspensions", tally.suspensions), ("extensions", tally.extensions), ("reworks", tally.reworks),
            ("objections", tally.objections), ("denied", tally.denied), ("late entries", tally.lateEntries),
            ("complaints", tally.complaints), ("calls back", tally.callBacks), ("files returned", tally.returnedFiles),
        ] { #expect(count > 0, "\(what): none") }
        #expect(town.result.lateClocks.values.reduce(0, +) > 20)
        #expect(town.row(.satisfaction)?.isMet == false)
        #expect(!town.result.isAsReported)
        let verdict = try await LogVerifier(town.log).verify()
        #expect(verdict.isSound)
        await town.log.close()
    }

    @Test func `a few days are shown beside the report and not judged`() async throws {
        let town = try await PlayedTown.play("guanyi", days: 2, seed: 1) { profile in
            // What the report says could not be met by any day.
            profile.channels = [(.window, 1)]
        }
        #expect(town.result.tally.total < 60)
        for measure in [SimulationMeasure.atHome, .byAgents, .atTheHall] {
            let row = try #require(town.row(measure))
            #expect(row.isTooFew && row.isMet == nil && row.simulated != nil, "\(measure)")
        }
        #expect(town.result.isAsReported)
        await town.log.close()
        // The whole month is judged.
        let month = try await PlayedTown.play("guanyi", days: 30, seed: 1) { $0.channels = [(.window, 1)] }
        #expect(month.row(.atHome)?.isMet == false && !month.result.isAsReported)
        await month.log.close()
    }

    @Test func `nothing personal stands in a played log in clear, and the vault opens it`() async throws {
        let town = try await PlayedTown.play("guanyi", days: 5, seed: 5)
        var text = ""
        var people: [SealedPerson] = []
        for try await event in town.log.read() {
            text += String(decoding: event.data, as: UTF8.self) + String(decoding: event.metadata, as: UTF8.self)
            text += event.actor.rawValue + event.stream.rawValue
        }
        for stream in try await town.log.streams(ofCategory: "case") {
            if let person = try await CaseHistory(stream, in: town.log).state.intake?.applicant {
                people.append(person)
            }
        }
        #expect(people.count > 20)
        var seen = 0
        for person in people {
            let data = try await town.vault.open(person)
            for field in data.fields {
                let value = try #require(data[field])
                #expect(!text.contains(value), "\(field.rawValue) stands in an event")
                seen += 1
            }
            // Nobody's: a region that was never assigned, a range that was never given to a carrier.
            #expect(data.identityNumber?.clearText.hasPrefix("519999") == true)
            #expect(data.phone?.clearText.hasPrefix("154") == true)
            #expect(["拟", "仿", "虚", "设"].contains { data.name.hasPrefix($0) })
        }
        #expect(seen >= 4 * people.count)
        await town.log.close()
    }

    @Test func `citizens differ from each other, and come again the same`() throws {
        let region = try #require(RegionCode(rawValue: "510725106"))
        let citizens = InventedCitizens(seed: 1, town: try #require(ShortName(rawValue: "guanyi")), region: region)
        var texts: Set<[String]> = []
        var numbers: Set<String> = []
        for number in 0..<3000 {
            let planted = try citizens.plantedTexts(number)
            texts.insert(planted)
            numbers.insert(planted[1])
            #expect(planted.count == 4)
        }
        #expect(texts.count == 3000)
        #expect(numbers.count == 3000)
        let (once, again) = (try citizens.plantedTexts(17), try citizens.plantedTexts(17))
        #expect(once == again)
    }
}

/// The four towns as they were reported, in small.
@Suite("The four towns")
struct FourTownsTests {
    @Test(arguments: [("guanyi", 30), ("puan", 5), ("langchenggang", 10), ("jinjie", 12)])
    func `a town comes out as it was reported`(name: String, days: Int) async throws {
        let town = try await PlayedTown.play(name, days: days, seed: 2)
        for row in town.result.rows where row.figure.isMust {
            #expect(row.isMet == true, "\(name), \(row.figure.measure.rawValue): \(row.simulated ?? .nan)")
        }
        #expect(town.result.tally.refusals == [:])
        switch name {
        case "guanyi": #expect(town.result.tally.total == 280)
        case "puan":
            #expect(town.row(.inTime)?.simulated == 100)
            #expect(town.result.lateClocks["promise"] == nil && town.result.lateClocks["decision"] == nil)
            // One item costs 80 yuan, the others nothing: that is what is charged.
            var charged = 0
            for stream in try await town.log.streams(ofCategory: "case") {
                let charges = try await CaseHistory(stream, in: town.log).state.work?.charges ?? []
                if charges.isEmpty { continue }
                #expect(charges.map(\.fen) == [8000])
                charged += 1
            }
            #expect(charged > 0)
        case "langchenggang": #expect(town.result.tally.actsByB > 0 && town.result.tally.daysCovered > 0)
        default:
            let tally = town.result.tally
            #expect(tally.marketDays == 4 && tally.marketCases > tally.otherCases / 2)
        }
        await town.log.close()
    }
}
