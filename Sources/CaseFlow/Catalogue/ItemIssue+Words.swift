import EventStore

/// The words of the issues, in both languages: what is wrong, and what to do.
extension ItemIssue {
    static func nameInOneLanguage() -> ItemIssue {
        ItemIssue(
            .nameInOneLanguage,
            .name,
            LocalizedText("the name is given in one language only", "名称只有一种语言"),
            mend: LocalizedText("give it as {zh-CN: …, en: …}", "请写成 {zh-CN: …, en: …}")
        )
    }

    static func unknownRulePack(_ pack: ShortName, known: [String]) -> ItemIssue {
        let known = known.joined(separator: ", ")
        return ItemIssue(
            .unknownRulePack,
            .rulePack,
            LocalizedText("there is no rule pack '\(pack)'", "没有规则“\(pack)”"),
            mend: LocalizedText(
                "use one of \(known), or name the folder of your own packs (--packs)",
                "可用：\(known)；自有规则请用 --packs 指明文件夹"
            )
        )
    }

    static func noLimit() -> ItemIssue {
        ItemIssue(
            .noLimit,
            .item,
            LocalizedText("it has neither a statutory nor a promised limit", "既无法定时限，也无承诺时限"),
            mend: LocalizedText(
                "give a promise, or leave it to the rule pack's own limits",
                "请补承诺时限，或由规则中的时限兜底"
            )
        )
    }

    static func limitOfKind(_ promise: Limit, _ kind: ServiceItem.Kind) -> ItemIssue {
        switch kind {
        case .onTheSpot:
            ItemIssue(
                .limitOfKind,
                .promise,
                LocalizedText("an item on the spot promises minutes, not \(promise)", "即办件应按分钟承诺，不是 \(promise)"),
                mend: LocalizedText(
                    "write it as 30 service-minutes, or make the kind promised",
                    "请写成 30 service-minutes，或改为承诺件"
                )
            )
        case .promised:
            ItemIssue(
                .limitOfKind,
                .promise,
                LocalizedText("a promised item promises days, not \(promise)", "承诺件应按日承诺，不是 \(promise)"),
                mend: LocalizedText(
                    "write it as 5 working-days, or make the kind on-the-spot",
                    "请写成 5 working-days，或改为即办件"
                )
            )
        }
    }

    static func notComparable(_ limit: Limit, _ total: Limit, _ part: Part) -> ItemIssue {
        ItemIssue(
            .notComparable,
            part,
            LocalizedText("\(limit) and \(total) cannot be compared", "\(limit) 与 \(total) 无法比较"),
            mend: LocalizedText(
                "give both in one unit, or name a rule pack whose calendar is known",
                "请用同一单位，或写明有日历的规则"
            )
        )
    }

    static func promiseExceeds(_ promise: Limit, _ statute: Limit, _ fit: LimitFit) -> ItemIssue {
        ItemIssue(
            .promiseExceedsStatute,
            .promise,
            LocalizedText(
                "the promise of \(promise) is longer than the statute's \(statute)\(fit.day(.english))",
                "承诺时限 \(promise) 长于法定时限 \(statute)\(fit.day(.chinese))"
            ),
            mend: LocalizedText(
                "promise \(statute) at most",
                "承诺时限不得长于 \(statute)"
            )
        )
    }

    static func followsTooLate(_ limit: Limit, _ total: Limit, _ index: Int) -> ItemIssue {
        ItemIssue(
            .followsTooLate,
            .material(index),
            LocalizedText(
                "the material may follow for \(limit), longer than the item's \(total)",
                "容缺补交期 \(limit) 长于事项时限 \(total)"
            ),
            mend: LocalizedText("let it follow within \(total)", "容缺补交期不得长于 \(total)")
        )
    }

    static func noChannel() -> ItemIssue {
        ItemIssue(
            .noChannel,
            .channels,
            LocalizedText("there is no channel by which it can be asked for", "没有任何受理渠道"),
            mend: LocalizedText("name one at least, as [window]", "至少写一种，例如 [window]")
        )
    }

    static func noWayWithoutVisit() -> ItemIssue {
        ItemIssue(
            .noWayWithoutVisit,
            .visits,
            LocalizedText("no visit is promised, but every channel needs one", "承诺“一次都不跑”，但各渠道都须到场"),
            mend: LocalizedText(
                "add agent, home-visit, online or post, or promise one visit",
                "请增加 agent、home-visit、online 或 post，或改为最多跑一次"
            )
        )
    }

    static func noAgent() -> ItemIssue {
        ItemIssue(
            .noAgent,
            .channels,
            LocalizedText("a village agent's item cannot be asked for through an agent", "村级代办事项没有代办渠道"),
            mend: LocalizedText("add agent to the channels", "请在渠道中加上 agent")
        )
    }
}

/// Stages, units and posts.
extension ItemIssue {
    static func noStages() -> ItemIssue {
        ItemIssue(
            .noStages,
            .stages,
            LocalizedText("it has no procedure: a case of it cannot be routed", "没有办理环节，办件无法流转"),
            mend: LocalizedText("give its stages, the last one a decision", "请写出各环节，最后一环为 decision")
        )
    }

    static func duplicateStage(_ name: ShortName, _ index: Int) -> ItemIssue {
        ItemIssue(
            .duplicateStage,
            .stage(index),
            LocalizedText("there is another stage '\(name)' before it", "环节“\(name)”重名"),
            mend: LocalizedText("give each stage a name of its own", "请为每个环节另取名称")
        )
    }

    static func unknownStage(_ name: ShortName, _ stage: ShortName, known: [ShortName], _ index: Int) -> ItemIssue {
        let known = known.map(\.rawValue).joined(separator: ", ")
        return ItemIssue(
            .unknownStage,
            .stage(index),
            LocalizedText(
                "'\(stage)' waits for the stage '\(name)', which there is not",
                "“\(stage)”的前置环节“\(name)”不存在"
            ),
            mend: LocalizedText("name one of \(known)", "可用：\(known)")
        )
    }

    static func unreachable(_ name: ShortName, behind decision: ShortName?, waiting: [ShortName], _ index: Int)
        -> ItemIssue
    {
        if let decision {
            return ItemIssue(
                .unreachableStage,
                .stage(index),
                LocalizedText(
                    "'\(name)' is never reached: the procedure ends with the decision '\(decision)'",
                    "环节“\(name)”到不了：作出决定“\(decision)”后程序即告结束"
                ),
                mend: LocalizedText("put it before the decision", "请移到决定之前")
            )
        }
        let names = waiting.map(\.rawValue).joined(separator: ", ")
        return ItemIssue(
            .unreachableStage,
            .stage(index),
            LocalizedText(
                "'\(name)' is never reached: it waits for \(names), which never ends before it",
                "环节“\(name)”到不了：它等待 \(names)，而后者不会先结束"
            ),
            mend: LocalizedText("break the circle: correct 'after'", "请改 after，消除循环")
        )
    }

    static func noDecision() -> ItemIssue {
        ItemIssue(
            .noDecision,
            .stages,
            LocalizedText("the procedure comes to no decision and to no forwarding", "程序中没有决定，也没有转报"),
            mend: LocalizedText("end it with a stage of the kind decision", "最后一环请用 decision")
        )
    }

    static func forwardingMissing() -> ItemIssue {
        ItemIssue(
            .stagesOfCategory,
            .category,
            LocalizedText(
                "preliminary review and forwarding needs stages of both kinds",
                "初审转报事项须有初审和转报两个环节"
            ),
            mend: LocalizedText(
                "add stages of the kinds preliminary-review and forwarding, or change the category",
                "请补上 preliminary-review 和 forwarding 环节，或改办理类别"
            )
        )
    }

    static func forwardingUnexpected(_ category: ServiceItem.Category, _ index: Int) -> ItemIssue {
        ItemIssue(
            .stagesOfCategory,
            .stage(index),
            LocalizedText(
                "an item of the category \(category.rawValue) is decided here, and this stage forwards it",
                "“\(category.title[.chinese])”事项在本级决定，不应有转报环节"
            ),
            mend: LocalizedText(
                "take the stage out, or make the category preliminary-review",
                "请删去该环节，或把办理类别改为 preliminary-review"
            )
        )
    }

    static func stagesNotComparable(_ total: Limit) -> ItemIssue {
        ItemIssue(
            .notComparable,
            .stages,
            LocalizedText(
                "the limits of the stages cannot be compared with the item's \(total)",
                "各环节时限与事项时限 \(total) 无法比较"
            ),
            mend: LocalizedText(
                "give them in one unit, or name a rule pack whose calendar is known",
                "请用同一单位，或写明有日历的规则"
            )
        )
    }

    static func stagesExceed(_ total: Limit, _ fit: LimitFit) -> ItemIssue {
        ItemIssue(
            .stagesExceedTotal,
            .stages,
            LocalizedText(
                "the stages one after another may take longer than the item's \(total)\(fit.example(.english))",
                "各环节时限相加超过事项时限 \(total)\(fit.example(.chinese))"
            ),
            mend: LocalizedText(
                "shorten stages, or let some run in parallel",
                "请缩短环节时限，或改为并行"
            )
        )
    }

    static func unknownUnit(_ unit: UnitCode, _ part: Part) -> ItemIssue {
        ItemIssue(
            .unknownUnit,
            part,
            LocalizedText("the network has no unit '\(unit)'", "机构网络中没有单位“\(unit)”"),
            mend: LocalizedText("correct the code, or add the unit to the network", "请改正代码，或在网络中增加该单位")
        )
    }

    static func noVillages(_ index: Int) -> ItemIssue {
        ItemIssue(
            .unknownUnit,
            .stage(index),
            LocalizedText("the network has no village's station", "机构网络中没有村级站点"),
            mend: LocalizedText(
                "add the villages' stations to it (kind: village-station)",
                "请在其中增加村便民服务站（kind: village-station）"
            )
        )
    }

    static func missingPost(_ stage: ServiceItem.Stage, _ units: [UnitCode], has count: Int, _ index: Int) -> ItemIssue
    {
        let wanted = stage.kind.officers
        let names = units.prefix(3).map(\.rawValue).joined(separator: ", ") + (units.count > 3 ? " …" : "")
        let english = wanted == 1 ? "no post" : "\(count) of \(wanted) posts"
        return ItemIssue(
            .missingPost,
            .stage(index),
            LocalizedText(
                "\(names) has \(english) of the role \(stage.role.rawValue) for '\(stage.name)'",
                "\(names) 没有足够的“\(stage.role.title[.chinese])”岗位：“\(stage.name)”需 \(wanted) 人，现有 \(count) 人"
            ),
            mend: LocalizedText("add the post to the network, or change unit or role", "请在网络中增设岗位，或改单位、角色")
        )
    }
}

extension LimitFit {
    /// By how much they are longer, or on which day: the end of a sentence. Empty where it says no more.
    func example(_ language: Language) -> String {
        guard case .longer(let sum) = self else { return day(language) }
        return language == .chinese ? "（合计 \(sum)）" : " (\(sum) together)"
    }

    /// On which day they end later, for example.
    func day(_ language: Language) -> String {
        guard case .later(let from, let end, let than, let percent) = self else { return "" }
        return language == .chinese
            ? "（例如自 \(from) 起，到 \(end)，而非 \(than)；约占 \(percent)% 的日子）"
            : " (from \(from) it ends on \(end), not on \(than); so on \(percent) % of days)"
    }
}
