//! Sample pages that are not about hazards.

use engine::view::*;

pub fn s(text: &str) -> String {
    text.to_owned()
}

pub fn link(label: &str, href: &str) -> LinkView {
    LinkView { label: s(label), href: s(href) }
}

fn item(label: &str, href: &str, icon: &str, active: bool, badge: Option<&str>) -> NavItem {
    NavItem { label: s(label), href: s(href), icon: s(icon), active, badge: badge.map(s) }
}

pub fn layout(title: &str, active: &str) -> Layout {
    let at = |href: &str| href == active;
    let nav = vec![
        NavGroup { items: vec![item("今日", "/", "home", at("/"), Some("6"))], ..NavGroup::default() },
        NavGroup {
            name: s("cases"),
            label: s("隐患与风险"),
            items: vec![
                item("隐患台账", "/hazards", "alert-triangle", at("/hazards"), Some("23")),
                item("抽查复核", "/rechecks", "clipboard-check", at("/rechecks"), None),
                item("月度零报告", "/monthly", "calendar", at("/monthly"), None),
            ],
            folds: true,
            open: true,
        },
        NavGroup {
            name: s("people"),
            label: s("学校与人员"),
            items: vec![
                item("学校", "/schools", "school", at("/schools"), None),
                item("班级", "/classes", "building", at("/classes"), None),
                item("学生", "/pupils", "users", at("/pupils"), None),
                item("教职工", "/staff", "user-check", at("/staff"), None),
                item("乡镇与部门", "/units", "building-community", at("/units"), None),
            ],
            folds: true,
            open: false,
        },
        NavGroup {
            name: s("figures"),
            label: s("数据与报告"),
            items: vec![
                item("指标", "/figures", "chart-bar", at("/figures"), None),
                item("年度报告", "/reports/2021", "report", at("/reports"), None),
                item("核验记录", "/verify", "shield-check", at("/verify"), None),
            ],
            folds: true,
            open: false,
        },
    ];
    let language = |tag: &str, label: &str, current| LanguageView {
        tag: s(tag),
        label: s(label),
        href: s("?lang=") + tag,
        current,
    };
    Layout {
        title: s(title),
        county: s("道县学校安全"),
        sample_clock: Some(s("2021-12-20 08:00")),
        theme: None,
        assets: s("./"),
        nav,
        user: Some(UserView { name: s("周明远"), role: s("县教育局 · 安全股") }),
        languages: vec![
            language("zh-Hans", "简体中文", true),
            language("zh-Hant", "繁體中文", false),
            language("en", "English", false),
        ],
        csrf: s("c0ffee"),
        ..Layout::default()
    }
}

fn field(name: &str, label: &str, kind: FieldKind) -> FieldView {
    FieldView { name: s(name), label: s(label), kind, ..FieldView::default() }
}

pub fn login(t: &Words) -> LoginPage {
    let layout = Layout { user: None, nav: Vec::new(), ..layout("登录", "") };
    LoginPage {
        t: t.clone(),
        layout,
        login: s("bureau"),
        error: Some(s("账号或密码不对。再错 3 次将锁定 30 分钟。")),
        next: s("/"),
    }
}

pub fn password(t: &Words) -> PasswordPage {
    let wrong = s("两次输入的新密码不一样");
    PasswordPage {
        t: t.clone(),
        layout: layout("修改密码", ""),
        reason: Some(s("这是一次性密码，请先换成自己的密码。")),
        action: s("/account/password"),
        fields: vec![
            FieldView {
                required: true,
                autocomplete: s("current-password"),
                ..field("old", "现在的密码", FieldKind::Password)
            },
            FieldView {
                required: true,
                autocomplete: s("new-password"),
                ..field("new", "新密码", FieldKind::Password)
            },
            FieldView {
                required: true,
                autocomplete: s("new-password"),
                error: Some(wrong.clone()),
                ..field("again", "再输一次新密码", FieldKind::Password)
            },
        ],
        errors: vec![ErrorLine { field_id: s("f-again"), text: wrong }],
        rules: vec![s("至少 10 个字符"), s("大写、小写、数字、符号中至少三种"), s("不能与最近 5 次用过的相同")],
    }
}

pub fn sessions(t: &Words) -> SessionsPage {
    let session = |device: &str, current| SessionView {
        id: s("1"),
        device: s(device),
        address: s("10.12.3.45"),
        since: s("12月20日 07:41"),
        last: s("08:00"),
        current,
    };
    SessionsPage {
        t: t.clone(),
        layout: layout("登录设备", ""),
        sessions: vec![
            session("Windows · Edge 浏览器", true),
            session("安卓手机 · 微信", false),
            session("鸿蒙平板 · 钉钉", false),
        ],
        end: s("/account/sessions/end"),
        end_others: s("/account/sessions/end-others"),
        tokens: vec![(s("command line"), s("2021-12-20 07:41"), s("2"))],
        end_token: s("/account/tokens/end"),
    }
}

pub fn error(t: &Words) -> ErrorPage {
    ErrorPage {
        t: t.clone(),
        layout: layout("没有找到", ""),
        code: 404,
        sentence: s("没有找到这条记录"),
        detail: s("它可能已经并案，或者不在您的查看范围内。"),
        next: vec![link("回到今日", "/"), link("打开隐患台账", "/hazards")],
        request: s("01939c2f-7a41"),
    }
}

fn todo(title: &str, meta: &str, mark: &str, tone: Tone) -> ItemView {
    ItemView { title: s(title), meta: s(meta), href: s("/hazards/1"), mark: s(mark), tone, tap: None }
}

pub fn today(t: &Words) -> TodayPage {
    let tile = |label: &str, value: &str, unit: &str, note: &str, tone| TileView {
        label: s(label),
        value: s(value),
        unit: s(unit),
        note: s(note),
        href: s("/hazards"),
        tone,
    };
    let card = |heading: &str, icon: &str, total: &str, tone, items| CardView {
        heading: s(heading),
        icon: s(icon),
        total: s(total),
        tone,
        items,
        more: Some(link("查看全部", "/hazards")),
        empty: s("今天没有需要处理的，一切正常。"),
    };
    TodayPage {
        t: t.clone(),
        layout: layout("今日", "/"),
        greeting: s("周明远，早上好"),
        day: s("12月20日 星期一 · 秋季学期第 16 周 · 上课日"),
        tiles: vec![
            tile("重大隐患未销号", "2", "处", "均已停用并挂牌", Tone::Bad),
            tile("超期未整改", "14", "处", "涉及 9 所学校", Tone::Warn),
            tile("待我复查", "6", "处", "最早 12月16日申请", Tone::Info),
            tile("本年按期销号率", "91.3", "%", "上年 88.2%", Tone::Good),
            tile("11月未报学校", "1", "所", "红星小学", Tone::Warn),
        ],
        quiet: vec![TileView {
            label: s("未销号的重大隐患"),
            value: s("0"),
            href: s("/hazards"),
            ..TileView::default()
        }],
        cards: vec![
            card(
                "超期与异常",
                "alert-triangle",
                "14",
                Tone::Bad,
                vec![
                    todo(
                        "道县第五中学 · 学生宿舍 3 栋消防栓无水压",
                        "重大 · 责任人 何建军 · 应于 12月10日完成",
                        "超期 6 个工作日",
                        Tone::Bad,
                    ),
                    todo(
                        "祥霖铺镇中心小学 · 食堂配电箱无漏电保护",
                        "一般 · 责任人 蒋丽华 · 应于 12月14日完成",
                        "超期 4 个工作日",
                        Tone::Bad,
                    ),
                    todo("梅花镇中学 · 校门口未设硬质隔离", "校园周边 · 已移送交通运输局", "超期未签收", Tone::Warn),
                ],
            ),
            card(
                "待我办理",
                "list-check",
                "6",
                Tone::Info,
                vec![
                    todo("清塘镇中心小学 · 教学楼西侧护栏松动", "申请销号 · 已附整改说明", "今天到期", Tone::Warn),
                    todo("寿雁镇中学 · 实验室危化品柜未双人双锁", "申请延期 10 个工作日", "剩 2 天", Tone::Info),
                ],
            ),
            card(
                "等待他人确认",
                "clock",
                "3",
                Tone::Plain,
                vec![todo("蚣坝镇中心小学 · 校车停放区标线缺失", "已交办学校，等待签收", "剩 18 小时", Tone::Plain)],
            ),
            card("抽查复核", "clipboard-check", "0", Tone::Good, Vec::new()),
        ],
        actions: vec![
            (link("登记隐患", "/hazards/new"), s("plus")),
            (link("导入台账", "/hazards/import"), s("upload")),
        ],
    }
}

pub fn today_teacher(t: &Words) -> TodayPage {
    let mut page = today(t);
    page.layout.user = Some(UserView { name: s("唐秀英"), role: s("清塘镇中心小学 · 班主任") });
    page.layout.nav.truncate(2);
    page.greeting = s("唐秀英，早上好");
    page.tiles.clear();
    page.cards = vec![
        CardView {
            heading: s("待我办理"),
            icon: s("list-check"),
            total: s("1"),
            tone: Tone::Warn,
            items: vec![todo(
                "三年级 2 班教室后门插销损坏",
                "一般 · 由您整改 · 应于 12月21日完成",
                "明天到期",
                Tone::Warn,
            )],
            ..CardView::default()
        },
        CardView {
            heading: s("我报告的"),
            icon: s("flag"),
            total: s("0"),
            tone: Tone::Good,
            empty: s("没有等待处理的报告。看到不安全的地方，随手登记。"),
            ..CardView::default()
        },
    ];
    page.actions.truncate(1);
    page
}

pub fn figure(t: &Words) -> FigurePage {
    let row = |school: &str, count: &str, late: &str| RowView {
        href: s("/schools/1"),
        cells: vec![CellView::text(school), CellView { text: s(count), kind: CellKind::Number }, CellView::text(late)],
        pick: None,
    };
    FigurePage {
        t: t.clone(),
        layout: Layout {
            crumbs: vec![link("指标", "/figures"), link("隐患", "/figures#hazards")],
            ..layout("按期销号率", "/figures")
        },
        name: s("隐患按期销号率"),
        value: s("91.3"),
        unit: s("%"),
        definition: s("时段内销号的隐患中，不晚于整改期限（含批准的延期）通过复查的比例；误报和并案不计。"),
        denominator: Some(s("时段内销号的隐患 1,284 处")),
        period: s("2021-01-01 至 2021-12-20"),
        scope: s("全县 76 所学校"),
        cut_off: s("2021-12-20 08:00"),
        past: Some(PastValue {
            period: s("上年同期"),
            value: s("88.2%"),
            change: s("+3.1 个百分点"),
            tone: Tone::Good,
            href: s("/figures/x?year=2020"),
        }),
        columns: vec![s("学校"), s("按期销号"), s("最近一次")],
        rows: vec![
            row("道县第一中学", "48", "2021-12-17"),
            row("道县第五中学", "37", "2021-12-15"),
            row("祥霖铺镇中心小学", "31", "2021-12-16"),
        ],
        rows_total: s("共 1,172 条"),
        rows_href: Some(s("/hazards?closed=on-time")),
    }
}

pub fn report(t: &Words) -> ReportPage {
    let text = |text: &str| PartView::Text(s(text));
    let figure = |text: &str, name: &str| PartView::Figure { text: s(text), href: s("/figures/x"), name: s(name) };
    let line = |label: &str, now: &str, before: &str, change: &str, tone| CompareLine {
        label: s(label),
        href: s("/figures/x"),
        now: s(now),
        before: s(before),
        change: s(change),
        tone,
    };
    ReportPage {
        t: t.clone(),
        layout: layout("2021 年度报告", "/reports"),
        heading: s("道县 2021 年学校安全工作报告"),
        period: s("2021-01-01 至 2021-12-31"),
        cut_off: s("2021-12-20 08:00"),
        paragraphs: vec![
            ParagraphView {
                heading: s(""),
                parts: vec![
                    text("2021 年，全县 "),
                    figure("76", "学校数"),
                    text(" 所学校、"),
                    figure("2,533", "班级数"),
                    text(" 个班、"),
                    figure("114,302", "在校学生数"),
                    text(" 名学生纳入学校安全管理。全年未发生重大安全责任事故。"),
                ],
            },
            ParagraphView {
                heading: s("隐患排查治理"),
                parts: vec![
                    text("全年排查登记隐患 "),
                    figure("1,411", "登记隐患数"),
                    text(" 处，其中重大隐患 "),
                    figure("11", "重大隐患数"),
                    text(" 处；销号 "),
                    figure("1,284", "销号数"),
                    text(" 处，按期销号率 "),
                    figure("91.3%", "按期销号率"),
                    text("，比上年提高 "),
                    figure("3.1", "按期销号率比上年"),
                    text(" 个百分点。经延期批准后销号 "),
                    figure("63", "延期后销号"),
                    text(" 处，复发重新打开 "),
                    figure("17", "重新打开"),
                    text(" 处。"),
                ],
            },
        ],
        years: (s("2021 年"), s("2020 年")),
        compare: vec![
            line("登记隐患数（处）", "1,411", "1,297", "+114", Tone::Plain),
            line("按期销号率（%）", "91.3", "88.2", "+3.1", Tone::Good),
            line("重新打开（处）", "17", "12", "+5", Tone::Warn),
        ],
        hash: s("sha256:7d1a54127b222502f5b79b5fb0803061152a44f92b37e23c6527baf665d4da9a"),
        frozen: s("2021-12-20 08:00"),
        freeze: Some(s("/reports/2021/freeze")),
        downloads: vec![link("Markdown", "/reports/2021.md"), link("HTML", "/reports/2021.html")],
    }
}

pub fn verify(t: &Words, holds: bool) -> VerifyPage {
    let finding = FindingView {
        place: s("event 48213"),
        kind: s("内容被改动"),
        detail: s("记录内容与其校验值不符；涉及隐患 YH-2021-0417。"),
    };
    VerifyPage {
        t: t.clone(),
        layout: layout("核验记录", "/verify"),
        holds,
        events: s("231,408"),
        rows: s("128,944"),
        checkpoints: s("233"),
        checked: s("2021-12-20 08:00"),
        head: s("sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
        findings: if holds { Vec::new() } else { vec![finding] },
        action: s("/verify"),
    }
}

pub fn import(t: &Words, preview: bool) -> ImportPage {
    let fault = |row: &str, column: &str, value: &str, reason: &str| FaultView {
        row: s(row),
        column: s(column),
        value: s(value),
        reason: s(reason),
    };
    let read = ImportPreview {
        file: s("2021年秋季学生名册.xlsx"),
        rows: s("114,302"),
        new: s("2,148"),
        changed: s("391"),
        unchanged: s("111,759"),
        faulty: s("4"),
        missing: s("57"),
        ignored: vec![s("这些列的标题无法识别，没有读取：民族、家庭住址。")],
        alone: None,
        has_faults: true,
        faults: vec![
            fault("1026", "身份证件号", "43112420120230001X", "出生日期 2012-02-30 不存在"),
            fault("1377", "学籍号", "G43112420110415001", "与第 1201 行重复"),
            fault("20418", "入学日期", "2021.9.31", "不是有效日期，可写 2021-09-30 或 2021年9月30日"),
            fault("88012", "年级", "七年级", "清塘镇中心小学没有七年级"),
        ],
        faults_href: Some(s("/pupils/import/1/faults.xlsx")),
        missing_href: Some(s("/pupils/import/1/missing")),
        confirm: None,
        ticket: s("1"),
        changes: vec![ChangedView {
            row: s("12"),
            record: s("李明"),
            href: s("/pupils/1"),
            field: s("班级"),
            old: s("小学2019级1班"),
            new: s("小学2019级2班"),
        }],
        more: None,
    };
    ImportPage {
        t: t.clone(),
        layout: Layout { crumbs: vec![link("学生", "/pupils")], ..layout("导入学生名册", "/pupils") },
        heading: s("导入学生名册"),
        description: s("每学期开学前导入一次；重复导入同一份文件不会产生变化。"),
        action: s("/pupils/import"),
        template: s("/pupils/template.xlsx"),
        error: None,
        preview: preview.then_some(read),
        back: s("/pupils"),
    }
}
