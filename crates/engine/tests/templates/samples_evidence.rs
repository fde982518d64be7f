//! What is attached to the sample hazard, and two pictures that repeat each other.

use engine::view::{
    AlikePage, AlikeView, AttachView, EvidenceView, GoneView, LinkView, OptionView, PieceView, SideView, Tone,
    TwinView, Words,
};

fn piece(id: &str, name: &str, picture: bool) -> PieceView {
    PieceView {
        id: id.into(),
        name: name.into(),
        href: format!("/hazards/1/files/{id}"),
        thumb: picture.then(|| format!("/hazards/1/files/{id}/thumb")),
        added: "何建国 · 2021-12-14 10:20 · 86 kB".into(),
        taken: if picture { "拍摄于2021-12-14 10:18 · 教学楼二楼东侧楼梯".into() } else { String::new() },
        ..PieceView::default()
    }
}

pub fn evidence(refused: bool) -> EvidenceView {
    let before = PieceView {
        marks: vec![("没有拍摄时间".into(), Tone::Warn)],
        alike: vec![AlikeView {
            text: "同一张照片也用在另一条记录中，请核实：".into(),
            link: Some(LinkView { label: "综合楼三楼".into(), href: "/hazards/2".into() }),
        }],
        remove: Some("/hazards/1/files/a/remove".into()),
        ..piece("a", "IMG_2021.jpg", true)
    };
    let role =
        |value: &str, label: &str| OptionView { value: value.into(), label: label.into(), selected: value == "other" };
    EvidenceView {
        sides: vec![
            SideView { heading: "整改前".into(), pieces: vec![before] },
            SideView { heading: "整改后".into(), pieces: Vec::new() },
        ],
        others: vec![piece("b", "整改方案.pdf", false)],
        gone: vec![GoneView {
            name: "IMG_2019.jpg".into(),
            why: "何建国于2021-12-14 11:02移除：传错了".into(),
            hash: "9f86d081884c7d65".into(),
        }],
        attach: Some(AttachView {
            action: "/hazards/1/files".into(),
            request_id: "017da28d".into(),
            accept: ".jpg,.pdf",
            hint: "照片、PDF、Word、Excel、PPT，每个不超过20兆字节。".into(),
            roles: vec![role("before", "整改前"), role("after", "整改后"), role("other", "其他")],
            asks: true,
            place: "教学楼二楼东侧楼梯".into(),
            taken_on: String::new(),
            refused: if refused {
                vec![("清单.exe".into(), "不能上传这种文件。".into())]
            } else {
                Vec::new()
            },
            open: refused,
        }),
    }
}

pub fn alike(t: &Words) -> AlikePage {
    let there = |label: &str| LinkView { label: label.into(), href: "/hazards/1".into() };
    AlikePage {
        t: t.clone(),
        layout: crate::samples::layout("重复照片", "/hazards"),
        total: "1".into(),
        twins: vec![TwinView {
            mark: (t.get("evidence.near"), Tone::Warn),
            pieces: vec![
                (piece("c", "IMG_1.jpg", true), there("食堂后厨")),
                (piece("d", "IMG_2.jpg", true), there("综合楼三楼")),
            ],
        }],
        next: None,
    }
}
