import WorkingTime

/// A citizen of a simulation. Nobody is one: the name has a family name that is none, the identity number a region that was
/// never assigned, the telephone number a range that was never given to a carrier.
struct InventedCitizen {
    /// Whose data it is in the vault.
    let subject: SubjectID
    /// What a window takes down.
    let data: PersonalData
}

/// The citizens of a simulated town: each is made anew from its number whenever it comes, so that none has to be kept.
public struct InventedCitizens: Sendable {
    private let seed: UInt64
    private let town: String
    private let province: String
    private let names: [String]

    /// The citizens of a town.
    /// - Parameter region: the town's; only its province stands in the identity numbers.
    public init(seed: UInt64, town: ShortName, region: RegionCode) {
        (self.seed, self.town) = (seed, town.rawValue)
        province = String(region.rawValue.prefix(2))
        names = Self.given
    }

    /// No family names: 拟 "drawn up", 仿 "imitated", 虚 "empty", 设 "supposed".
    private static let family = ["拟", "仿", "虚", "设"]
    private static let given = [
        "甪岚", "甪澍", "珵星", "珵云", "翀岚", "翀月", "旻川", "旻禾", "堃石", "堃溪", "赟舟", "赟竹", "昪松", "昪荷", "祎泉",
        "祎桥", "彧田", "彧麦", "怿柳", "怿桃", "颢枫", "颢桐", "骉榆", "骉槐", "燚梓", "燚楠", "矗樟", "矗檀", "犇萱", "犇芷",
    ]

    /// Everything about a citizen that must not stand in the log in clear: for checks.
    public func plantedTexts(_ number: Int) throws -> [String] {
        let data = try citizen(number).data
        return data.fields.compactMap { data[$0] }
    }

    /// A citizen, by a number from 0.
    func citizen(_ number: Int) throws -> InventedCitizen {
        var random = SimulationRandom(seed: seed, of: "citizen", number)
        let name =
            Self.family[number % Self.family.count] + names[random.whole(0...(names.count - 1))]
            + String(UnicodeScalar(UInt32(0x4e10 + number % 9000)).map(Character.init) ?? "甲")
        let phone = try PhoneNumber("154" + Self.digits(number % 100_000_000, 8))
        let road = random.whole(1...90)
        let data = try PersonalData(
            person: name,
            identityNumber: try IdentityNumber(identity(number)),
            phone: phone,
            address: "拟设路\(road)号之\(number + 1)"
        )
        return InventedCitizen(
            subject: SubjectID(nameBased: ["simulated-citizen", town, String(seed), String(number)]),
            data: data
        )
    }

    /// Region `..9999` of the province: no county has that code. Born from 1940 to 2005; a number for each citizen.
    private func identity(_ number: Int) -> String {
        let span = 24_000
        let day = CivilDate(daysSinceEpoch: -10_957 + (number % span) * 7919 % span) ?? .first
        let digits =
            "\(province)9999" + Self.digits(day.year, 4) + Self.digits(day.month, 2) + Self.digits(day.day, 2)
            + Self.digits(number / span % 1000, 3)
        return digits + String(UnicodeScalar(IdentityNumber.check(digits.utf8)))
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
