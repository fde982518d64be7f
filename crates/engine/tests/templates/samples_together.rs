//! Sample pages of saved views and of two people at one record.

use engine::view::*;

use super::samples::{layout, link, s};

fn option(value: &str, label: &str, selected: bool) -> OptionView {
    OptionView { value: s(value), label: s(label), selected }
}

fn view(label: &str, note: &str, current: bool) -> ViewLink {
    ViewLink { label: s(label), href: s("/hazards?view=late"), note: s(note), current }
}

pub fn tools() -> ListTools {
    ListTools {
        active: Some(s("逾期未整改")),
        views: vec![view("全部记录", "", false), view("逾期未整改", "默认", true), view("消防", "全县", false)],
        keep: s("/hazards/views?view=late"),
        action: s("/hazards"),
        kept: vec![(s("view"), s("late"))],
        first: s("部位"),
        columns: vec![option("state", "状态", true), option("remark", "备注", false)],
        usual: Some(s("/hazards?view=late&columns=state")),
        back: Some(s("/hazards?view=late")),
    }
}

pub fn back() -> BackView {
    BackView {
        list: link("返回列表", "/hazards?state=graded"),
        carried: s("/hazards?state=graded"),
        previous: Some(s("/hazards/0?back=x")),
        next: Some(s("/hazards/2?back=x")),
    }
}

fn fields(prefix: &str) -> Vec<FieldView> {
    let shared = vec![option("own", "仅自己", true), option("county", "全县", false)];
    let field = |name: &str, label: &str, kind: FieldKind| FieldView {
        name: s(name),
        label: s(label),
        prefix: s(prefix),
        kind,
        ..FieldView::default()
    };
    vec![
        field("label", "视图名称", FieldKind::Text),
        field("shared", "谁可以使用", FieldKind::Radio(shared)),
        field("preferred", "打开列表时自动使用", FieldKind::Checkbox),
    ]
}

pub fn views(t: &Words) -> ViewsPage {
    let own = OwnView {
        label: s("逾期未整改"),
        href: s("/hazards?view=late"),
        says: s("状态：整改中、按整改期限排序"),
        notes: vec![s("默认")],
        change: s("/hazards/views/1/change"),
        remove: s("/hazards/views/1/remove"),
        ask: s("删除视图“逾期未整改”？"),
        fields: fields("v1-"),
        open: true,
    };
    ViewsPage {
        t: t.clone(),
        layout: layout("视图", "/hazards"),
        heading: s("视图"),
        says: vec![s("状态：整改中")],
        action: s("/hazards/views"),
        question: s("state=rectifying"),
        request_id: s("01939c2f"),
        fields: fields(""),
        own: vec![own],
        others: vec![view("消防", "全县", false)],
        back: s("/hazards?state=rectifying"),
    }
}

fn line(label: &str, base: &str, theirs: &str, mine: &str, side: Side) -> MergeLine {
    MergeLine {
        name: s(label),
        label: s(label),
        base: s(base),
        theirs: s(theirs),
        by: s("周明远 · 安全股，2021-12-20 09:10"),
        mine: s(mine),
        side,
        typed: (side != Side::Theirs).then(|| s(mine)),
        other: Some(s(theirs)),
    }
}

pub fn merge(t: &Words, gone: bool) -> MergePage {
    MergePage {
        t: t.clone(),
        layout: layout("填写期间记录已更新，请核对", "/hazards"),
        heading: s("填写期间记录已更新，请核对"),
        description: s("教学楼二楼楼梯口"),
        since: vec![(s("修改"), s("周明远 · 安全股"), s("2021-12-20 09:10"))],
        lines: vec![
            line("部位", "二楼楼梯口", "二楼东侧楼梯口", "教学楼二楼楼梯口", Side::Choice(true)),
            line("隐患描述", "灯不亮", "灯不亮", "应急灯不亮", Side::Mine),
            line("备注", "", "已拍照", "", Side::Theirs),
        ],
        action: (!gone).then(|| s("/hazards/1")),
        refused: if gone {
            s("现在的状态是“已销号”，不能再办理“分级”。")
        } else {
            String::new()
        },
        submit: s("保存合并结果"),
        request_id: s("01939c2f"),
        version: s("3"),
        back: Some(s("/hazards?state=graded")),
        record: link("教学楼二楼楼梯口", "/hazards/1"),
    }
}

pub fn versions(t: &Words) -> VersionsPage {
    let difference =
        |label: &str, before: &str, after: &str| DifferenceView { label: s(label), before: s(before), after: s(after) };
    let all =
        |chosen: &str| vec![option("2", "第 2 版 · 分级", chosen == "2"), option("1", "第 1 版 · 登记", chosen == "1")];
    VersionsPage {
        t: t.clone(),
        layout: layout("版本对比", "/hazards"),
        heading: s("版本对比"),
        action: s("/hazards/1/versions"),
        from: all("1"),
        to: all("2"),
        before: s("第 1 版"),
        after: s("第 2 版"),
        differences: vec![difference("状态", "已登记", "已分级"), difference("等级", "", "一般")],
        record: link("教学楼二楼楼梯口", "/hazards/1"),
    }
}
