//! 发现问题: what a guard finds most, each with one touch and no typing. The words that go into the ledger are Chinese whoever reads the page.

use crate::hazards::record::Category;

/// Code, whose word stands under `patrol.trouble.<code>`, and the category of the hazard that it becomes.
pub const TROUBLES: &[(&str, Category)] = &[
    ("light", Category::ElectricityGas),
    ("wire", Category::ElectricityGas),
    ("lock", Category::Security),
    ("stranger", Category::Security),
    ("slippery", Category::Building),
    ("railing", Category::Building),
    ("extinguisher", Category::Fire),
    ("exit", Category::Fire),
    ("crowding", Category::Stampede),
    ("other", Category::Other),
];

/// The codes alone, as a field has them.
pub const CODES: &[&str] = &codes();

const fn codes() -> [&'static str; TROUBLES.len()] {
    let mut codes = [""; TROUBLES.len()];
    let mut at = 0;
    while at < codes.len() {
        codes[at] = TROUBLES[at].0;
        at += 1;
    }
    codes
}

pub fn category(code: &str) -> Option<Category> {
    TROUBLES.iter().find(|(name, _)| *name == code).map(|(_, category)| *category)
}
