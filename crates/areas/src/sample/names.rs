//! Invented people: names, ID numbers and telephone numbers that can belong to nobody.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::codes;

use super::rng::Rng;

/// The area prefix of every invented ID number. No province begins with 66 (GB/T 2260), so no real person can be hit, and
/// [`codes::id_number`] refuses it everywhere but in a sample county.
pub const PRETEND: &str = "661124";

/// Mobile prefixes that had not been given to any operator in 2021.
const PREFIXES: [&str; 6] = ["160", "161", "163", "164", "168", "169"];

/// Surnames, about as frequent as in the south of Hunan.
#[rustfmt::skip] // As many to a line as fit.
const SURNAMES: &[(&str, u64)] = &[
    ("何", 60), ("周", 58), ("蒋", 52), ("陈", 50), ("李", 48), ("王", 40), ("黄", 38), ("唐", 36), ("刘", 34), ("张", 32), ("杨", 30), ("吴", 28),
    ("胡", 24), ("朱", 24), ("熊", 20), ("罗", 20), ("欧阳", 8), ("邓", 18), ("谢", 16), ("蔡", 14), ("廖", 14), ("曾", 13), ("肖", 13), ("彭", 12),
    ("许", 11), ("赵", 11), ("魏", 10), ("潘", 10), ("卢", 9), ("莫", 9), ("盘", 9), ("郑", 9), ("义", 6), ("柏", 5), ("左", 5), ("毛", 5), ("文", 5),
    ("龙", 5), ("孙", 5), ("雷", 5), ("奉", 4), ("赖", 4), ("梁", 4), ("汤", 3), ("石", 3), ("宋", 3), ("祝", 3), ("冯", 3), ("于", 2), ("尹", 2),
];
const BOYS: &[&str] = &[
    "浩", "宇", "俊", "杰", "轩", "涛", "博", "文", "志", "强", "军", "伟", "明", "辉", "鹏", "飞", "龙", "林", "峰",
    "磊", "凯", "斌", "嘉", "子", "豪", "晨", "铭", "睿", "航", "泽", "昊", "天", "佑", "建", "国", "华", "新", "春",
    "景", "承", "恩", "远", "卓", "家", "旭", "东", "海", "波", "宏", "启",
];
const GIRLS: &[&str] = &[
    "欣", "怡", "婷", "雅", "静", "丽", "芳", "敏", "玲", "燕", "霞", "雪", "梅", "琳", "佳", "慧", "萍", "娟", "红",
    "秀", "英", "兰", "月", "诗", "涵", "雨", "思", "梦", "瑶", "琪", "悦", "晴", "蕾", "颖", "妍", "可", "馨", "依",
    "语", "桐", "紫", "若", "美", "云", "艳", "春", "小", "冬", "晓", "珊",
];

/// Somebody invented.
#[derive(Clone, Debug)]
pub struct Someone {
    pub name: String,
    /// GB/T 2261.1: `1` male, `2` female.
    pub sex: &'static str,
    pub id_number: String,
    pub phone: String,
}

/// Makes people, and never the same number twice.
#[derive(Debug, Default)]
pub struct Registry {
    /// How many were born on a day, by sex: the order number (顺序码) counts on.
    born: HashMap<(NaiveDate, bool), u32>,
    phones: usize,
}

impl Registry {
    pub fn someone(&mut self, rng: &mut Rng, male: bool, born: NaiveDate) -> Someone {
        let name = format!("{}{}", surname(rng), given(rng, male));
        Someone { name, sex: if male { "1" } else { "2" }, id_number: self.id_number(male, born), phone: self.phone() }
    }

    /// An ID number (GB 11643-1999) with the pretended prefix; the order number is odd for men.
    pub fn id_number(&mut self, male: bool, born: NaiveDate) -> String {
        let count = self.born.entry((born, male)).or_default();
        let order = *count * 2 + u32::from(male);
        *count += 1;
        let body = format!("{PRETEND}{}{order:03}", born.format("%Y%m%d"));
        let check = codes::id_check_digit(&body).unwrap_or('0');
        format!("{body}{check}")
    }

    /// The next telephone number. The digits are scattered so that a list does not look counted; the step is odd and no
    /// multiple of five, so that no number comes twice.
    pub fn phone(&mut self) -> String {
        let at = self.phones;
        self.phones += 1;
        format!("{}{:08}", PREFIXES[at % PREFIXES.len()], (at / PREFIXES.len() * 27_644_437 + 13_508_642) % 100_000_000)
    }
}

pub fn surname(rng: &mut Rng) -> &'static str {
    rng.weighted(SURNAMES)
}

/// A given name: mostly two characters, sometimes one.
pub fn given(rng: &mut Rng, male: bool) -> String {
    let from = if male { BOYS } else { GIRLS };
    let first = *rng.pick(from);
    let second = *rng.pick(from);
    if first == second || rng.chance(180) { first.to_owned() } else { format!("{first}{second}") }
}

/// The surname of somebody made here, so that a father can have his child's.
pub fn surname_of(name: &str) -> &str {
    let end = if name.starts_with("欧阳") { 2 } else { 1 };
    name.char_indices().nth(end).map_or(name, |(at, _)| &name[..at])
}

/// A unified social credit code (GB 32100-2015) of a public institution (`12`) in the pretended county.
pub fn credit_code(serial: usize) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let body = format!("12{PRETEND}{serial:08}X");
    let value = |byte: u8| ALPHABET.iter().position(|letter| *letter == byte).unwrap_or(0);
    let sum: usize = body.bytes().zip(WEIGHTS).map(|(byte, weight)| value(byte) * weight).sum();
    format!("{body}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}
