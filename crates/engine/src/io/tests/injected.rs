//! Two thousand good rows, five hundred faults of a dozen kinds at random rows: what is reported is exactly what was put in.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::house::{CHILD, House, number, told};

const ROWS: usize = 2_000;
const FAULTS: usize = 500;

/// The columns in the order of the file, and the kinds of faults: the column, what is put in, the code that must come back.
const HEADINGS: [&str; 9] = ["姓名", "性别", "学校", "班级", "证件号码", "电话", "出生日期", "身高", "寄宿"];
const KINDS: [(usize, &str, &str); 13] = [
    (0, "", "value.required"),
    (0, "一二三四五六七八九十一二三四五六七八九十一", "value.long"),
    (0, "何*", "io.veiled"),
    (1, "龙", "value.choice"),
    (2, "没有的学校", "value.unknown"),
    (3, "9班", "value.unknown"),
    (4, "00990020100101", "code.length"),
    (4, "twin", "io.twice"),
    (5, "12", "code.length"),
    (6, "2010-02-30", "value.date"),
    (6, "2099-01-01", "child.unborn"),
    (7, "999", "value.range"),
    (8, "也许", "value.flag"),
];

fn rows(random: &mut StdRng) -> Vec<[String; 9]> {
    let serials = 0..u32::try_from(ROWS).unwrap();
    let row = |serial: u32| {
        let school = if random.random_bool(0.5) { "濂溪小学" } else { "002" };
        let day = random.random_range(1..=28);
        [
            format!("学生{serial}"),
            ["男", "女", "Male", "9"][random.random_range(0..4)].to_owned(),
            school.to_owned(),
            format!("{}班", random.random_range(1..=3)),
            number(serial),
            "13800138000".to_owned(),
            format!("2010年{}月{day}日", random.random_range(1..=12)),
            random.random_range(100..180).to_string(),
            if random.random_bool(0.3) { "是" } else { "否" }.to_owned(),
        ]
    };
    serials.map(row).collect()
}

fn text(rows: &[[String; 9]]) -> String {
    rows.iter().fold(HEADINGS.join(",") + "\n", |text, row| text + &row.join(",") + "\n")
}

#[tokio::test]
async fn every_injected_fault_is_reported_and_no_other() {
    let house = House::new().await;
    for seed in 1..=3 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut rows = rows(&mut random);
        let mut places: Vec<usize> = (1..ROWS).collect();
        places.shuffle(&mut random);
        let mut expected = BTreeMap::new();
        for place in places.into_iter().take(FAULTS) {
            let (column, value, code) = KINDS[random.random_range(0..KINDS.len())];
            // A twin of the first row, which stays good, so that the later one is always at fault.
            rows[place][column] = if value == "twin" { rows[0][4].clone() } else { value.to_owned() };
            expected.insert(u32::try_from(place).unwrap() + 2, (HEADINGS[column].to_owned(), code));
        }
        let plan = house.refused(&house.bureau(), &text(&rows)).await;
        let reported = told(&plan);
        assert_eq!(reported.len(), FAULTS, "seed {seed}");
        let reported: BTreeMap<_, _> =
            reported.into_iter().map(|(row, heading, code)| (row, (heading, code))).collect();
        assert_eq!(reported, expected, "seed {seed}");
        assert_eq!((plan.new, plan.faulty()), (ROWS - FAULTS, FAULTS));
    }
    let mut random = StdRng::seed_from_u64(1);
    let good = text(&rows(&mut random));
    assert_eq!(house.import(&house.bureau(), &CHILD, &good).await.new, ROWS);
    assert_eq!(house.import(&house.bureau(), &CHILD, &good).await.unchanged, ROWS);
}
