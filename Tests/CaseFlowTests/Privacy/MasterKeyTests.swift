import Foundation
import Testing

@testable import CaseFlow

/// The master key's file, and what is sealed under a key.
@Suite struct MasterKeyTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vault-\(UUID().uuidString)")
        .path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private func write(_ text: String, mode: Int = 0o600, name: String = "a.key") throws -> String {
        let path = "\(folder)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    private static let text = Data((0..<32).map { UInt8($0) }).base64EncodedString()

    @Test func `a key is made once, for its owner alone, and read again`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/made.key"
        let made = try MasterKey.make(at: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        #expect(try MasterKey(file: path).id == made.id)
        #expect(throws: MasterKey.Problem.exists(path)) { try MasterKey.make(at: path) }
        #expect(try MasterKey(file: path).id == made.id)
        #expect(try MasterKey.make(at: "\(folder)/other.key").id != made.id)
        #expect(throws: MasterKey.Problem.cannotMake("\(folder)/no/a.key")) {
            try MasterKey.make(at: "\(folder)/no/a.key")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["made.key", "other.key"])
        // Secrets are often mounted as links.
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/link.key", withDestinationPath: path)
        #expect(try MasterKey(file: "\(folder)/link.key").id == made.id)
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o620, 0o601])
    func `a file that others can reach is refused`(mode: Int) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = try write(Self.text, mode: mode)
        let problem = #expect(throws: MasterKey.Problem.self) { try MasterKey(file: path) }
        #expect(problem == .open(path, mode: String(mode, radix: 8)))
        #expect(problem?.description.contains("chmod 600 '\(path)'") == true)
    }

    @Test(arguments: [
        "", "AAAA", "not base64 at all, and rather longer than 44", String(text.dropLast(4)), text + "AAAA",
    ])
    func `what is no key is refused and not repeated`(text: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = try write(text)
        let problem = #expect(throws: MasterKey.Problem.malformed(path)) { try MasterKey(file: path) }
        #expect(text.isEmpty || problem?.description.contains(text) == false)
    }

    @Test func `a missing file and a folder are told apart, and a key tells nothing of itself`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: MasterKey.Problem.missing("\(folder)/x")) { try MasterKey(file: "\(folder)/x") }
        #expect(throws: MasterKey.Problem.unreadable(folder)) { try MasterKey(file: folder) }
        let key = try MasterKey(file: try write("\n \(Self.text)\r\n", mode: 0o400))
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains(Self.text) && !text.contains("1, 2, 3"), "\(text)")
        }
        #expect("\(key)" == "master key \(key.id)" && key.id.count == 16)
    }

    // MARK: What is sealed

    private static let key = [UInt8](repeating: 7, count: 32)

    @Test func `the same gives the same box, anything else another`() throws {
        let box = VaultCipher.seal([1, 2, 3], under: Self.key, about: [9])
        #expect(box == VaultCipher.seal([1, 2, 3], under: Self.key, about: [9]))
        #expect(box.count == 1 + 12 + 3 + 16 && box[0] == 1)
        let others = [
            VaultCipher.seal([1, 2, 4], under: Self.key, about: [9]),
            VaultCipher.seal([1, 2, 3], under: Self.key, about: [8]),
            VaultCipher.seal([1, 2, 3], under: [UInt8](repeating: 8, count: 32), about: [9]),
            VaultCipher.seal([2, 3], under: Self.key, about: [9, 1]),
        ]
        // No two of them share a nonce.
        #expect(Set((others + [box]).map { Array($0[1..<13]) }).count == 5)
        #expect(try VaultCipher.open(box, under: Self.key, about: [9]) == [1, 2, 3])
    }

    @Test func `a box opens with its key and what it is about, unchanged, and not otherwise`() throws {
        let box = VaultCipher.seal(Array("secret".utf8), under: Self.key, about: [9])
        #expect(throws: VaultCipher.Unopenable.self) { try VaultCipher.open(box, under: Self.key, about: [8]) }
        #expect(throws: VaultCipher.Unopenable.self) {
            try VaultCipher.open(box, under: [UInt8](repeating: 8, count: 32), about: [9])
        }
        for place in box.indices {
            var changed = box
            changed[place] ^= 1
            #expect(throws: VaultCipher.Unopenable.self) { try VaultCipher.open(changed, under: Self.key, about: [9]) }
        }
        for length in 0..<box.count {
            #expect(throws: VaultCipher.Unopenable.self) {
                try VaultCipher.open(Array(box[..<length]), under: Self.key, about: [9])
            }
        }
    }

    @Test func `lengths are multiples of 128 and what was padded comes back`() {
        for count in 0..<400 {
            let plain = [UInt8](repeating: count % 2 == 0 ? 0 : 0x80, count: count)
            let padded = VaultCipher.padded(plain)
            #expect(padded.count % 128 == 0 && padded.count > count && padded.count <= count + 128)
            #expect(VaultCipher.unpadded(padded) == plain)
        }
        #expect(VaultCipher.unpadded([]) == nil && VaultCipher.unpadded([0, 0]) == nil)
        #expect(VaultCipher.unpadded([1, 0]) == nil)
    }

    @Test func `what was sealed comes back whole, and is not held against rules that came later`() throws {
        let data = try Invented.person(note: "备注\"引号\"\\")
        #expect(PersonalData(plainText: data.plainText) == data)
        let firm = try PersonalData(organisation: "虚构公司", creditCode: UnifiedSocialCreditCode(Invented.code))
        #expect(PersonalData(plainText: firm.plainText) == firm)
        let old = PersonalData(plainText: Array(#"{"kind":"person","name":"甲","phone":"1234"}"#.utf8))
        #expect(old?.phone?.clearText == "1234")
        for text in ["", "{}", #"{"kind":"person"}"#, #"{"kind":"ghost","name":"甲"}"#] {
            #expect(PersonalData(plainText: Array(text.utf8)) == nil)
        }
    }

    @Test func `a blind index is of one number, one log and one key`() throws {
        let (key, other) = (MasterKey(trusted: Self.key), MasterKey(trusted: [UInt8](repeating: 8, count: 32)))
        let number = try #require(try Invented.person().searchText)
        let marks = [
            key.blindIndex(number, in: "a"), key.blindIndex(number, in: "b"), other.blindIndex(number, in: "a"),
            key.blindIndex(try #require(try Invented.person("乙", Invented.otherNumber).searchText), in: "a"),
        ]
        #expect(Set(marks).count == 4 && marks.allSatisfy { $0.count == 32 })
        #expect(marks[0] == key.blindIndex(try #require(try Invented.person("改名").searchText), in: "a"))
        #expect(try Invented.person("乙", nil).searchText == nil)
    }

    @Test func `a wrapped key is of one subject, one log and one master key`() throws {
        let key = MasterKey(trusted: Self.key)
        let (one, two) = (SubjectID(nameBased: ["1"]), SubjectID(nameBased: ["2"]))
        let own = [UInt8](repeating: 3, count: 32)
        let wrapped = key.wrap(own, of: one, in: "a")
        #expect(wrapped.count == 61)
        #expect(try key.unwrap(wrapped, of: one, in: "a") == own)
        #expect(throws: VaultCipher.Unopenable.self) { try key.unwrap(wrapped, of: two, in: "a") }
        #expect(throws: VaultCipher.Unopenable.self) { try key.unwrap(wrapped, of: one, in: "b") }
        #expect(throws: VaultCipher.Unopenable.self) {
            try MasterKey(.seeded(3)).unwrap(wrapped, of: one, in: "a")
        }
    }

    /// Computed apart from this program, with HMAC and AES-GCM of another library, as decision 17 describes. What is stored
    /// under these layouts must open for as long as the log is kept: a change here is a new version of the box.
    @Test func `boxes, wrapped keys and indexes are made as they were described`() throws {
        let own = (0..<32).map { UInt8($0) }
        let master = MasterKey(trusted: Self.key)
        let subject = SubjectID(nameBased: ["case", "7"])
        #expect(subject.rawValue == "46bf7afd8798d91d86454bf85f7c7ed8")
        let data = try Invented.person(address: nil)
        let sealed = SealedPerson(data, of: subject, in: "guanyi", under: own)
        #expect(
            sealed.box
                == "AY8a3LC6eIIwVZhsWAbNKHeLbxJu14GfEoC4QgJjU1H+a/Xzrjyvvk0Ndx6/U+6mO/JGKEYXTJIBd2PlEfqXkFXvYPusAtfrFpmrsB3d5iyw"
                + "94OykZLwW1i1J+KfIehLNunUDGKbBisQgq8HnT2BBezNDPDR+uYFIVZfiLCNFbPmjIgabEklwA5pLP516r3SLnV7J+OuaEj41IRDlA=="
        )
        #expect(try sealed.opened(under: own, in: "guanyi") == data)
        #expect(throws: VaultProblem.damaged(subject)) { try sealed.opened(under: own, in: "other") }
        #expect(master.id == "7dea33b984398dea")
        let index = master.blindIndex(try #require(data.searchText), in: "guanyi")
        #expect(SubjectID.hex(index) == "43ac6fd65ea2aada44bb24c41732498814ac46bca3c968e182dd33240a0b5d48")
        #expect(
            SubjectID.hex(master.wrap(own, of: subject, in: "guanyi"))
                == "01305828e40c1d9259704e67bf5724dd62ffd7fd18b956569085f545104d15672260656ad18e752f120c1d07dc40287e369903ca820c"
                + "e2d791c253ddb0"
        )
    }
}
