import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore

/// The catalogue of a log, or one of its items.
struct CatalogueShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "The items of a log's catalogue; of one item everything, also in an older version."
    )

    @Argument(help: "The item's code; without one, all items.")
    var item: String?

    @Option(help: "The item as it was in this version, from 1. Default: the latest.")
    var version: Int?

    @Option(help: "en or zh-CN.")
    var language: Language = .english

    @OptionGroup var log: LogOptions

    func validate() throws {
        if let item { do { _ = try ItemCode(item) } catch { throw ValidationError("\(error)") } }
        if version != nil, item == nil { throw ValidationError("--version: say of which item") }
        if let version, version < 1 { throw ValidationError("--version: versions are counted from 1") }
    }

    func run() async throws {
        let code = try item.map { try ItemCode($0) }
        let book = try await log.withLog { try await CatalogueBook.load($0, only: code) }
        if let code {
            do { try show(code, book) } catch let problem as CatalogueBook.Problem {
                throw WrongCall(description: "\(problem)")
            }
        } else {
            try list(book)
        }
    }

    private struct Row: Encodable {
        let item, name: String
        let version: Int
        let digest, category, kind: String
        let statute, promise: String?
        let visits, stages: Int
        let isWithdrawn: Bool
    }

    private struct List: Encodable {
        let log: String
        let items: [Row]
    }

    private func list(_ book: CatalogueBook) throws {
        let rows = book.codes.compactMap { code -> Row? in
            guard let entry = book.entries[code], let version = entry.versions.last else { return nil }
            let item = version.item
            return Row(
                item: code.rawValue,
                name: item.name[language],
                version: version.number,
                digest: version.digest,
                category: item.category.rawValue,
                kind: item.kind.rawValue,
                statute: item.statute?.description,
                promise: item.promise?.description,
                visits: item.visits.rawValue,
                stages: item.stages.count,
                isWithdrawn: entry.isWithdrawn
            )
        }
        if log.database.json { return try Terminal.json(List(log: log.log, items: rows)) }
        let isChinese = language == .chinese
        print(isChinese ? "日志 \(log.log)：事项 \(rows.count) 项" : "log \(log.log): \(rows.count) items")
        if rows.isEmpty { return }
        Terminal.table(
            isChinese
                ? ["事项编码", "名称", "版本", "办理类别", "办件类型", "法定时限", "承诺时限", "状态"]
                : ["item", "name", "version", "category", "kind", "statute", "promise", "state"],
            rows.map { row in
                let item = book.entries[ItemCode(trusted: row.item)]?.versions.last?.item
                let state = row.isWithdrawn ? (isChinese ? "已取消" : "withdrawn") : (isChinese ? "在用" : "in force")
                return [
                    row.item, row.name, String(row.version), item?.category.title[language] ?? "",
                    item?.kind.title[language] ?? "", CatalogueItemAnswer.words(item?.statute, language),
                    CatalogueItemAnswer.words(item?.promise, language), state,
                ]
            }
        )
    }

    private func show(_ code: ItemCode, _ book: CatalogueBook) throws {
        let version = try book.version(code, version)
        guard let entry = book.entries[code] else { throw CatalogueBook.Problem.noSuchItem(code) }
        let answer = CatalogueItemAnswer(log: log.log, version, entry, language)
        if log.database.json { return try Terminal.json(answer) }
        for line in answer.lines(version.item, entry, language) { print(line) }
    }
}
