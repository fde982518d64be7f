//! The sample help page: the life of a hazard, drawn.

use engine::view::*;

use super::samples::{layout, s};

pub fn help(t: &Words) -> HelpPage {
    let state = |name: &str, label: &str, tone| LifeState { name: s(name), label: s(label), tone };
    let step = |label: &str, from: &str, to: &str, roles: &[&str], needs: &str| LifeMove {
        label: s(label),
        from: s(from),
        to: s(to),
        roles: roles.iter().map(|role| s(role)).collect(),
        needs: s(needs),
    };
    let states = [
        state("new", "登记", Tone::Plain),
        state("graded", "已定级", Tone::Plain),
        state("sent", "已交办", Tone::Info),
        state("signed", "已签收", Tone::Info),
        state("doing", "整改中", Tone::Warn),
        state("applied", "申请销号", Tone::Warn),
        state("closed", "已销号", Tone::Good),
        state("void", "误报或并案", Tone::Plain),
        state("moved", "移送部门", Tone::Info),
    ];
    let moves = [
        step("定级", "new", "graded", &["学校安全员", "县局"], "重大须勾选判定项"),
        step("交办", "graded", "sent", &["县局", "校长"], "五落实"),
        step("签收", "sent", "signed", &["责任人"], "24 小时内"),
        step("开始整改", "signed", "doing", &["责任人"], ""),
        step("申请销号", "doing", "applied", &["责任人"], "整改说明"),
        step("确认销号", "applied", "closed", &["复查人"], "整改人本人不能确认"),
        step("复查不合格", "applied", "doing", &["复查人"], "写明原因"),
        step("重新打开", "closed", "doing", &["县局"], "90 天内计为反弹"),
        step("误报", "graded", "void", &["学校安全员"], "写明理由"),
        step("并案", "doing", "void", &["县局"], "并入的编号"),
        step("移送", "graded", "moved", &["县局"], "接收部门"),
        step("批准延期", "doing", "doing", &["分管副局长"], "一次，最多 10 个工作日"),
    ];
    let line = |role: &str, cells: [&str; 5]| RoleLine { role: s(role), cells: cells.map(s).to_vec() };
    HelpPage {
        t: t.clone(),
        layout: layout("帮助", ""),
        heading: s("流程与权限"),
        lives: vec![LifeView::draw(
            "hazard",
            "隐患",
            "一处隐患从登记到销号；谁整改，就不能由谁确认。",
            &states,
            &moves,
        )],
        lead: s("格内为可办理的范围，横线表示不能办理。"),
        head: vec![s("岗位"), s("查看"), s("登记"), s("定级"), s("交办"), s("确认销号")],
        roles: vec![
            line("县局", ["全县", "全县", "全县", "全县", "全县"]),
            line("校长", ["本校", "本校", "本校", "本校", "本校一般隐患"]),
            line("班主任", ["本班", "本校", "", "", ""]),
            line("审计管理员", ["", "", "", "", ""]),
        ],
    }
}
