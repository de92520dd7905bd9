import CaseFlow
import EventStore
import Foundation

/// A file of the repository.
func repositoryFile(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(path)
}

/// A catalogue in which lines can be replaced; without any it has no findings at all.
enum SmallCatalogue {
    static let lines = [
        "catalogue: small", "region: '510725106'", "rule-pack: cn-licensing",  // 1...3
        "network:",  // 4
        "  - {unit: hall, posts: {window: 1}}",  // 5
        "  - {unit: forest, name: {zh-CN: 林业站, en: Forestry}, posts: {reviewer: 2, approver: 1}}",  // 6
        "  - {unit: county-forest, posts: {approver: 1}}",  // 7
        "  - {unit: v01, village: true, posts: {agent: 1}}",  // 8
        "items:",  // 9
        "  - item: 511A0138000000-510725106000-000-510725106-1-00",  // 10
        "    name: {zh-CN: 林木采伐许可, en: Felling}",  // 11
        "    category: stationed-approval", "    kind: promised", "    unit: forest",  // 12...14
        "    statute: 20 working-days", "    promise: 10 working-days",  // 15, 16
        "    visits: 1", "    channels: [window, agent]", "    fee: none",  // 17...19
        "    materials:",  // 20
        "      - {material: {zh-CN: 身份证, en: card}, trust: original}",  // 21
        "      - {material: {zh-CN: 权属证明, en: title}, trust: copy, may-follow: 5 working-days}",  // 22
        "    stages:",  // 23
        "      - {stage: village, kind: village-certificate, unit: '@village', role: agent, limit: 2 working-days}",
        "      - parallel:",  // 25
        "          - {stage: visit, kind: verification, unit: forest, role: reviewer, limit: 4 working-days}",  // 26
        "          - {stage: papers, kind: review, unit: forest, role: reviewer, limit: 5 working-days}",  // 27
        "      - {stage: decision, kind: decision, unit: forest, role: approver, limit: 3 working-days}",  // 28
        "    results: [{zh-CN: 许可证, en: licence}]",  // 29
        "    seal: approval",  // 30
    ]

    static let code = "511A0138000000-510725106000-000-510725106-1-00"

    /// The text, with these lines instead of the usual ones.
    static func text(_ replacements: [Int: String] = [:]) -> String {
        lines.enumerated().map { replacements[$0.offset + 1] ?? $0.element }.joined(separator: "\n")
    }

    static func file(_ replacements: [Int: String] = [:], name: String = "x") -> CatalogueFile {
        CatalogueFile(yaml: text(replacements), file: name)
    }

    /// Its only item.
    static func item() throws -> ServiceItem {
        let item = file().entries.first?.item
        guard let item else { throw CocoaError(.fileReadCorruptFile) }
        return item
    }

    /// All that is said of it, as `LINE rule`.
    static func findings(_ replacements: [Int: String] = [:]) throws -> [CatalogueFile.Finding] {
        let file = file(replacements)
        return CatalogueFile.findings(in: [file], try ItemCheck.shipped(network: file.network))
    }
}
