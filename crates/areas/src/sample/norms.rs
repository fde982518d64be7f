//! 规范核定: what the sample county decided about its norms, with invented document numbers.

use kit::Cell;

use super::book::{Book, day, morning, row, text};
use super::rng::Rng;
use crate::norms::record::NORM_DECISION;

/// After everything that a row of these may name.
const RANK: u8 = 251;

/// (key, kind, figure, from, approval, approved on, reason)
type Line = (&'static str, &'static str, &'static str, (i32, u32, u32), &'static str, (i32, u32, u32), &'static str);

const DECISIONS: [Line; 3] = [
    (
        "hazard.sign",
        "confirm",
        "",
        (2021, 3, 1),
        "道教发〔2021〕6号",
        (2021, 2, 24),
        "隐患排查治理制度已经局长办公会通过，签收时限按二十四小时执行",
    ),
    (
        "fire.key_beds",
        "confirm",
        "",
        (2021, 3, 1),
        "道教发〔2021〕7号",
        (2021, 2, 24),
        "已与县消防救援大队核对消防安全重点单位界定标准",
    ),
    (
        "duty.calls",
        "change",
        "3",
        (2021, 9, 1),
        "道教发〔2021〕28号",
        (2021, 8, 20),
        "秋季学期起值班电话抽查由每周两次增加到三次",
    ),
];

pub fn build(book: &mut Book, rng: &mut Rng) {
    for (key, kind, value, (year, month, on), approval, approved, reason) in DECISIONS {
        let from = day(year, month, on);
        let cells = [
            ("key", text(key)),
            ("kind", text(kind)),
            ("value", if value.is_empty() { Cell::Null } else { text(value) }),
            ("from_on", Cell::Date(from)),
            ("approval", text(approval)),
            ("approver", text("局长办公会")),
            ("approved_on", Cell::Date(day(approved.0, approved.1, approved.2))),
            ("reason", text(reason)),
        ];
        book.create(from, RANK, &NORM_DECISION, row(&NORM_DECISION, rng.id(morning(from)), cells));
    }
}
