//! Sample pages of hazards: list, record, form, help.

use engine::view::*;

use super::samples::{layout, link, s};

fn option(value: &str, label: &str, selected: bool) -> OptionView {
    OptionView { value: s(value), label: s(label), selected }
}

fn row(
    number: usize,
    school: &str,
    what: &str,
    grade: (&str, Tone),
    state: (&str, Tone),
    due: &str,
    who: &str,
) -> RowView {
    let date = CellView { text: s(due), kind: CellKind::Date };
    RowView {
        href: s("/hazards/1"),
        cells: vec![
            CellView::text(what),
            CellView::badge(state.0, state.1),
            CellView::text(school),
            CellView::badge(grade.0, grade.1),
            date,
            CellView::text(who),
            CellView::text(format!("YH-2021-{number:04}")),
        ],
        pick: Some(number.to_string()),
    }
}

pub fn list(t: &Words) -> ListPage {
    let (major, general) = (("重大", Tone::Bad), ("一般", Tone::Plain));
    let rows = [
        row(
            417,
            "道县第五中学",
            "学生宿舍 3 栋二楼消防栓无水压，末端试水装置锈死",
            major,
            ("整改中 · 超期", Tone::Bad),
            "2021-12-10",
            "何建军",
        ),
        row(
            421,
            "祥霖铺镇中心小学",
            "食堂配电箱无漏电保护器",
            general,
            ("整改中 · 超期", Tone::Bad),
            "2021-12-14",
            "蒋丽华",
        ),
        row(
            433,
            "清塘镇中心小学",
            "教学楼西侧二楼走廊护栏松动",
            general,
            ("待复查", Tone::Warn),
            "2021-12-20",
            "唐国强",
        ),
        row(
            435,
            "寿雁镇中学",
            "化学实验室危化品柜未实行双人双锁",
            general,
            ("延期待批", Tone::Warn),
            "2021-12-22",
            "盘志勇",
        ),
        row(436, "蚣坝镇中心小学", "校车停放区标线缺失", general, ("待签收", Tone::Info), "2021-12-24", "—"),
        row(437, "道县第一中学", "图书馆疏散通道堆放课桌椅", general, ("已销号", Tone::Good), "2021-12-17", "黄晓红"),
    ];
    let column = |label: &str, now: Option<Sorted>| ColumnView {
        label: s(label),
        sort: now.map(|now| SortView { href: s("?sort=x"), now }),
        number: false,
    };
    ListPage {
        t: t.clone(),
        layout: Layout {
            flash: vec![FlashView {
                tone: Tone::Good,
                text: s("已交办 3 处隐患。"),
                link: Some(link("打印整改通知书", "/hazards/notice")),
            }],
            ..layout("隐患台账", "/hazards")
        },
        heading: s("隐患台账"),
        description: s("全县学校、校园周边和乡镇的隐患，从登记到销号。"),
        total: s("共 1,411 条"),
        action: s("/hazards"),
        filters: vec![
            FilterView {
                name: s("q"),
                label: s("关键词"),
                kind: FilterKind::Text { value: s("消防"), hint: s("编号、学校或内容") },
            },
            FilterView {
                name: s("state"),
                label: s("状态"),
                kind: FilterKind::Select(vec![option("doing", "整改中", false), option("recheck", "待复查", false)]),
            },
            FilterView {
                name: s("grade"),
                label: s("等级"),
                kind: FilterKind::Select(vec![option("major", "重大", true), option("general", "一般", false)]),
            },
            FilterView {
                name: s("due"),
                label: s("整改期限"),
                kind: FilterKind::Dates(DateRangeView {
                    from_name: s("due_from"),
                    from: s("2021-12-01"),
                    to_name: s("due_to"),
                    to: s(""),
                }),
            },
        ],
        kept: vec![(s("sort"), s("-due"))],
        chips: vec![link("关键词：消防", "?a"), link("等级：重大", "?b")],
        clear: s("/hazards"),
        columns: vec![
            column("隐患内容", None),
            column("状态", Some(Sorted::No)),
            column("学校", Some(Sorted::No)),
            column("等级", None),
            column("期限", Some(Sorted::Up)),
            column("责任人", None),
            column("编号", Some(Sorted::No)),
        ],
        rows: rows.to_vec(),
        pager: PagerView {
            range: s("51–100 / 1,411"),
            first: Some(s("?p=1")),
            previous: Some(s("?p=1")),
            next: Some(s("?p=3")),
        },
        new: Some(link("登记隐患", "/hazards/new")),
        find: Some(s("/hazards/find")),
        import: Some(s("/hazards/import")),
        exports: vec![link("Excel (.xlsx)", "/hazards.xlsx"), link("CSV", "/hazards.csv")],
        bulk: Some(BulkView { action: s("/hazards/notice"), label: s("交办所选"), icon: s("flag") }),
        tools: Some(super::samples_together::tools()),
        empty: s(""),
    }
}

pub fn find(t: &Words) -> FindPage {
    let control = |name: &str, label: &str, kind| FieldView {
        name: s(name),
        label: s(label),
        kind,
        required: true,
        ..FieldView::default()
    };
    let which = FieldKind::Radio(vec![option("学籍号", "number", true), option("身份证件号", "id_number", false)]);
    let short = "请写明查看原因，至少四个字。";
    FindPage {
        t: t.clone(),
        layout: Layout { crumbs: vec![link("学生", "/pupils")], ..layout("精确查找：学生", "/pupils") },
        heading: s("精确查找：学生"),
        action: s("/pupils/find"),
        errors: vec![ErrorLine { field_id: s("f-reason"), text: s(short) }],
        fields: vec![
            control("field", "哪一种号码", which),
            FieldView { autocomplete: s("off"), ..control("value", "完整号码", FieldKind::Text) },
            FieldView { error: Some(s(short)), ..control("reason", "原因", FieldKind::Text) },
        ],
        back: s("/pupils"),
        found: Some(FoundView {
            said: s("找到1条。本次查找已记入日志。"),
            columns: vec![s("姓名"), s("身份证件号")],
            rows: vec![RowView {
                href: s("/pupils/1"),
                cells: vec![CellView::text("张**"), CellView { text: s("431124**********12"), kind: CellKind::Masked }],
                pick: None,
            }],
        }),
    }
}

pub fn list_empty(t: &Words) -> ListPage {
    let page = list(t);
    ListPage {
        total: s("共 0 条"),
        rows: Vec::new(),
        chips: Vec::new(),
        layout: layout("隐患台账", "/hazards"),
        empty: s("还没有登记隐患。开学前的排查可以直接导入原来的 Excel 台账，也可以逐条登记。"),
        ..page
    }
}

fn pair(label: &str, text: &str) -> PairView {
    PairView { label: s(label), text: s(text), ..PairView::default() }
}

fn event(when: &str, who: &str, what: &str, tone: Tone) -> EventView {
    EventView { when: s(when), who: s(who), what: s(what), tone, ..EventView::default() }
}

fn sections() -> Vec<SectionView> {
    let phone = ValueKind::Masked(Some(UnmaskView { action: s("/hazards/1/unmask"), field: s("phone") }));
    vec![
        SectionView {
            heading: s("隐患"),
            pairs: vec![
                PairView {
                    wide: true,
                    ..pair("内容", "学生宿舍 3 栋二楼消防栓无水压，末端试水装置锈死；该楼住宿学生 312 人。")
                },
                PairView { kind: ValueKind::Link(s("/schools/5")), ..pair("学校", "道县第五中学") },
                pair("部位", "学生宿舍 3 栋"),
                PairView { kind: ValueKind::Badge(Tone::Bad), ..pair("等级", "重大") },
                pair("判定依据", "消防 F4：消防设施缺失、不符合标准或失效"),
                PairView { note: s("星期四 · 县局督查"), ..pair("发现时间", "2021-11-25") },
                pair("发现人", "周明远"),
            ],
        },
        SectionView {
            heading: s("五落实"),
            pairs: vec![
                pair("责任", "何建军（副校长）"),
                PairView { kind: phone, ..pair("联系电话", "138****0417") },
                PairView { note: s("交办后第 11 个工作日 · 星期五"), ..pair("时限", "2021-12-10") },
                pair("资金", "46,800 元（公用经费）"),
                PairView {
                    wide: true,
                    ..pair("措施", "更换稳压泵和末端试水装置；整改期间三栋学生调住，每两小时巡查。")
                },
                PairView { kind: ValueKind::Sealed, ..pair("预案", "密钥不在本机，内容已封存") },
                pair("验收材料", ""),
            ],
        },
    ]
}

fn moves(refused: bool) -> Vec<MoveView> {
    let step = |name: &str, label: &str, icon: &str, tone, description: &str, fields| MoveView {
        name: s(name),
        label: s(label),
        icon: s(icon),
        tone,
        action: s("/hazards/1/") + name,
        description: s(description),
        fields,
        request_id: s("r1"),
        version: s("7"),
        ..MoveView::default()
    };
    let field = |prefix: &str, name: &str, label: &str, kind, hint: &str| FieldView {
        name: s(name),
        label: s(label),
        kind,
        hint: s(hint),
        required: true,
        prefix: s(prefix),
        ..FieldView::default()
    };
    let apply = MoveView {
        open: refused,
        error: refused.then(|| s("还不能申请销号：请改正下面标出的内容。")),
        ..step(
            "apply",
            "申请销号",
            "check",
            Tone::Good,
            "由校外人员复查；整改人本人不能确认。",
            vec![
                FieldView {
                    error: refused.then(|| s("请写明整改结果和现场情况，至少 20 个字")),
                    value: s("已换泵"),
                    ..field("apply-", "statement", "整改说明", FieldKind::Textarea, "写清做了什么、何时完成、谁在场")
                },
                FieldView { value: s("2021-12-18"), ..field("apply-", "done", "完成日期", FieldKind::Date, "") },
                FieldView {
                    value: s("46800"),
                    ..field(
                        "apply-",
                        "money",
                        "实际花费（元）",
                        FieldKind::Number { min: s("0"), max: s(""), step: s("0.01") },
                        "",
                    )
                },
            ],
        )
    };
    vec![
        apply,
        step(
            "extend",
            "申请延期",
            "calendar",
            Tone::Plain,
            "只能延期一次，最多 10 个工作日，由分管副局长批准。",
            vec![
                field("extend-", "until", "延期至", FieldKind::Date, "最晚 2021-12-24（星期五）"),
                field("extend-", "why", "理由", FieldKind::Textarea, ""),
            ],
        ),
        step(
            "merge",
            "并案",
            "link",
            Tone::Plain,
            "与另一处隐患是同一件事时并案。",
            vec![field(
                "merge-",
                "into",
                "并入",
                FieldKind::Picker(vec![option("YH-2021-0398", "宿舍 3 栋消防水箱缺水", false)]),
                "输入编号或内容",
            )],
        ),
        MoveView {
            confirm: Some(s("记录拒不整改并报告分管副局长，继续吗？")),
            ..step(
                "refuse",
                "记录拒不整改",
                "alert-triangle",
                Tone::Bad,
                "写明事实，作为一票否决建议的依据。",
                vec![field("refuse-", "facts", "事实", FieldKind::Textarea, "")],
            )
        },
    ]
}

pub fn show(t: &Words, refused: bool) -> ShowPage {
    let mut extended = event("2021-12-03 16:20", "何建军", "调整措施", Tone::Info);
    extended.changes = vec![
        ChangeView { field: s("资金"), before: s("30,000 元"), after: s("46,800 元") },
        ChangeView { field: s("联系电话"), before: s(""), after: s("138****0417") },
    ];
    let mut signed = event("2021-11-27 10:05", "何建军", "签收", Tone::Warn);
    signed.late = Some(s("迟 14 小时"));
    let mut recheck = event("2021-12-15 15:10", "周明远", "复查不合格", Tone::Bad);
    recheck.note = s("稳压泵已换，但末端压力仅 0.04 MPa，需查管网渗漏。");
    let related = RelatedView {
        heading: s("本校其他隐患"),
        total: s("共 9 条"),
        href: s("/hazards?school=5"),
        columns: vec![s("内容"), s("状态"), s("期限")],
        rows: vec![
            RowView {
                href: s("/hazards/2"),
                cells: vec![
                    CellView::text("食堂留样冰箱温度记录缺 3 天"),
                    CellView::badge("已销号", Tone::Good),
                    CellView { text: s("2021-11-12"), kind: CellKind::Date },
                ],
                pick: None,
            },
            RowView {
                href: s("/hazards/3"),
                cells: vec![
                    CellView::text("操场东侧围墙开裂"),
                    CellView::badge("整改中", Tone::Info),
                    CellView { text: s("2021-12-29"), kind: CellKind::Date },
                ],
                pick: None,
            },
        ],
        empty: s("没有其他隐患。"),
    };
    ShowPage {
        keep: false,
        t: t.clone(),
        layout: Layout {
            crumbs: vec![link("隐患台账", "/hazards"), link("道县第五中学", "/schools/5")],
            ..layout("YH-2021-0417", "/hazards")
        },
        kicker: s("隐患 YH-2021-0417"),
        heading: s("学生宿舍 3 栋二楼消防栓无水压"),
        state: s("整改中（第 2 次）"),
        state_tone: Tone::Info,
        marks: vec![(s("重大"), Tone::Bad), (s("超期 6 个工作日"), Tone::Bad)],
        steps: vec![StepView { label: s("学校查找"), said: s("08:04 已到时限"), tone: Tone::Bad }],
        edit: Some(s("/hazards/1/edit")),
        papers: vec![PaperView {
            label: s("打印整改通知书"),
            href: s("/hazards/1/notice"),
            icon: s("printer"),
            first: false,
        }],
        moves: moves(refused),
        sections: sections(),
        evidence: Some(super::samples_evidence::evidence(refused)),
        related: vec![related],
        events: vec![
            recheck,
            event("2021-12-13 09:30", "何建军", "申请销号", Tone::Info),
            extended,
            signed,
            event("2021-11-25 20:05", "周明远", "交办给学校", Tone::Plain),
            event("2021-11-25 17:40", "周明远", "登记并定为重大", Tone::Plain),
        ],
        compare: s("/hazards/1/versions"),
        versions: vec![option("2", "第 2 版 · 分级", false), option("1", "第 1 版 · 登记", false)],
        back: Some(super::samples_together::back()),
    }
}

pub fn form(t: &Words) -> FormPage {
    let field =
        |name: &str, label: &str, kind| FieldView { name: s(name), label: s(label), kind, ..FieldView::default() };
    FormPage {
        keep: false,
        files: false,
        t: t.clone(),
        layout: Layout { crumbs: vec![link("隐患台账", "/hazards")], ..layout("登记隐患", "/hazards") },
        heading: s("登记隐患"),
        description: s("先写清在哪里、是什么；等级由学校安全负责人判定。"),
        action: s("/hazards"),
        groups: vec![
            (
                s("在哪里"),
                vec![
                    FieldView {
                        required: true,
                        value: s("清塘镇中心小学"),
                        hint: s("输入校名或拼音首字母"),
                        ..field("school", "学校", FieldKind::Picker(vec![option("清塘镇中心小学", "", false)]))
                    },
                    FieldView { value: s("教学楼西侧"), ..field("place", "部位", FieldKind::Text) },
                    field(
                        "kind",
                        "类别",
                        FieldKind::Select(vec![
                            option("", "请选择", false),
                            option("fire", "消防", false),
                            option("building", "校舍", true),
                        ]),
                    ),
                    FieldView {
                        required: true,
                        value: s("2021-12-21"),
                        error: Some(s("发现日期不能晚于今天（2021-12-20）")),
                        ..field("found", "发现日期", FieldKind::Date)
                    },
                ],
            ),
            (
                s("是什么"),
                vec![
                    FieldView {
                        required: true,
                        error: Some(s("请写明隐患内容")),
                        hint: s("写看到的事实：什么东西、什么状态、可能伤到谁"),
                        ..field("what", "隐患内容", FieldKind::Textarea)
                    },
                    field(
                        "how",
                        "发现方式",
                        FieldKind::Radio(vec![
                            option("self", "学校自查", true),
                            option("bureau", "县局督查", false),
                            option("report", "师生报告", false),
                        ]),
                    ),
                    FieldView {
                        hint: s("符合任意一项，即为重大隐患"),
                        ..field(
                            "direct",
                            "重大隐患直接判定",
                            FieldKind::Checklist(vec![
                                option("F4", "F4 消防设施缺失、不符合标准或失效", false),
                                option("F8", "F8 安全出口不独立、数量或宽度不足", false),
                                option("F9", "F9 人员密集场所门窗被栅栏或广告遮挡", true),
                            ]),
                        )
                    },
                    field("stop", "现场已停止使用", FieldKind::Checkbox),
                    FieldView {
                        hint: s("单位：元"),
                        ..field("money", "估计资金", FieldKind::Number { min: s("0"), max: s(""), step: s("0.01") })
                    },
                ],
            ),
        ],
        errors: vec![
            ErrorLine { field_id: s("f-found"), text: s("发现日期不能晚于今天（2021-12-20）") },
            ErrorLine { field_id: s("f-what"), text: s("请写明隐患内容") },
        ],
        request_id: s("01939c2f"),
        version: s(""),
        submit: s(""),
        cancel: s("/hazards"),
        back: s("/hazards?state=graded"),
    }
}
