//! The whole county, stored: its size, its figures, its history, and a roster of 114,000 pupils with five hundred faults in it.
//! Tests start in the order of their names, and none takes longer: it stands first, so that the others fill the time beside it.

use std::collections::BTreeMap;

use areas::organisation::record::PUPIL;
use areas::reports;
use engine::io;
use engine::sheet::{Column, Out, write_xlsx};
use kit::{Query, Scope};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::county::{self, County};

const FAULTS: usize = 500;

/// Both databases side by side, each with a county of its own: what only reads goes before what writes.
#[tokio::test(flavor = "multi_thread")]
async fn is_what_it_says() {
    let both = [tokio::spawn(look(county::whole_sqlite())), tokio::spawn(look(county::whole_postgres()))];
    let [sqlite, postgres] = both.map(|side| async { side.await.unwrap() });
    assert_eq!(sqlite.await, postgres.await, "the year report is the same on both databases");
}

/// Everything that is asked of a county; its year report.
async fn look(county: impl Future<Output = County>) -> String {
    let county = county.await;
    sizes(&county).await;
    let report = report(&county).await;
    assert_eq!(county.app.store.check_tallies().await.unwrap(), 0, "{}", county.backend());
    faults(&county).await;
    assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    report
}

/// The numbers that a reader of the interface sees, with the scope of each.
async fn sizes(county: &County) {
    let (bureau, school) = (county.token("bureau").await, county.token("school").await);
    let total = async |token: &str, path: &str| {
        let (status, body) = county.get(token, path).await;
        assert!(status.is_success(), "{path}: {status}");
        body["total"].as_i64().unwrap()
    };
    assert_eq!(total(&bureau, "/api/v1/schools?limit=1").await, 76);
    assert_eq!(total(&bureau, "/api/v1/classes?limit=1").await, 2_533);
    let pupils = total(&bureau, "/api/v1/pupils?limit=1").await;
    assert!((114_000..=114_999).contains(&pupils), "{pupils}");
    assert_eq!(total(&bureau, "/api/v1/units?kind=township&limit=1").await, 22);
    assert_eq!(total(&school, "/api/v1/schools?limit=1").await, 1);
    let mine = total(&school, "/api/v1/pupils?limit=1").await;
    assert!(mine > 0 && mine < 5_000, "{mine}");
    let (_, figure) = county.get(&bureau, "/api/v1/figures/pupils?period=2021").await;
    assert_eq!(figure["value"], Value::from(pupils), "{figure}");
}

async fn report(county: &County) -> String {
    let year = reports::year_report(&county.cx("bureau").await, 2021, None).await.unwrap();
    reports::render::markdown(&year)
}

/// The columns of the roster and the kinds of faults: the column, what is put in, the code that must come back.
const FIELDS: [&str; 8] = ["name", "sex", "school", "class", "number", "id_number", "boarder", "enrolled_on"];
const KINDS: [(usize, &str, &str); 12] = [
    (0, "", "value.required"),
    (0, "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一", "value.long"),
    (1, "龙", "value.choice"),
    (2, "没有的学校", "value.unknown"),
    (3, "没有的班级", "value.unknown"),
    (4, "G12", "code.length"),
    (4, "twin", "io.twice"),
    (5, "12", "code.length"),
    (5, "661124201001010000", "code.check"),
    (6, "也许", "value.flag"),
    (7, "2020-02-30", "value.date"),
    (7, "", "value.required"),
];

/// The county's own roster with faults in it, as a workbook, and what must be said of it.
struct Faulty {
    file: Vec<u8>,
    rows: usize,
    expected: Told,
}

/// Column and code of the fault in a row.
type Told = BTreeMap<u32, (usize, &'static str)>;

/// Five hundred faults at random rows of the county's own roster: exactly these are reported, each with its row and column, of all others nothing
/// changes, and nothing is written.
async fn faults(county: &County) {
    // Both databases hold the same pupils: what one of them says is what both are told.
    static FAULTY: OnceCell<Faulty> = OnceCell::const_new();
    let cx = county.cx("bureau").await;
    let kind = county.app.kind_of(PUPIL.name).unwrap();
    let faulty = FAULTY.get_or_init(|| async { faulty(&cx, roster(county, &cx).await) }).await;
    let head = county.app.store.head().await.unwrap();
    let plan = io::read_and_plan(&cx, kind, "roster.xlsx", faulty.file.clone(), &io::quiet).await;
    let plan = plan.unwrap_or_else(|stopped| panic!("{:?}", stopped.refused()));
    let told = plan.faults.iter().map(|fault| (fault.row, (fault.column.unwrap(), fault.refusal.code)));
    let (told, expected): (Told, _) = (told.collect(), &faulty.expected);
    let differs = |row: &&u32| told.get(*row) != expected.get(*row);
    let wrong = told.keys().chain(expected.keys()).filter(differs);
    let wrong: Vec<_> = wrong.map(|row| (row, told.get(row), expected.get(row))).take(5).collect();
    assert!(wrong.is_empty(), "{}: {wrong:?}", county.backend());
    assert_eq!(
        (plan.faults.len(), plan.new, plan.changed, plan.unchanged),
        (FAULTS, 0, 0, faulty.rows - FAULTS),
        "{}",
        county.backend()
    );
    assert_eq!(county.app.store.head().await.unwrap(), head);
}

fn faulty(cx: &engine::Cx, mut rows: Vec<Vec<String>>) -> Faulty {
    let mut dice = StdRng::seed_from_u64(20_211_220);
    let mut places: Vec<usize> = (1..rows.len()).collect();
    places.shuffle(&mut dice);
    let mut expected = Told::new();
    for place in places.into_iter().take(FAULTS) {
        let (column, value, code) = KINDS[dice.random_range(0..KINDS.len())];
        rows[place][column] = if value == "twin" { rows[0][column].clone() } else { value.to_owned() };
        expected.insert(u32::try_from(place).unwrap() + 2, (column, code));
    }
    let heading = |field: &&str| cx.word(&format!("pupil.{field}")).to_owned();
    let columns: Vec<_> =
        FIELDS.iter().map(|field| Column { heading: heading(field), text: true, ..Column::default() }).collect();
    let line = |row: &Vec<String>| row.iter().map(|text| Out::Text(text.clone())).collect();
    let mut file = std::io::Cursor::new(Vec::new());
    write_xlsx(&mut file, "学生", &columns, rows.iter().map(line)).unwrap();
    Faulty { file: file.into_inner(), rows: rows.len(), expected }
}

/// The roster as the schools have it, numbers in the clear.
async fn roster(county: &County, cx: &engine::Cx) -> Vec<Vec<String>> {
    let store = &county.app.store;
    let pupils = store.all(&PUPIL, &Query::new(), &Scope::county()).await.unwrap();
    let mut names = BTreeMap::new();
    for (noun, field) in [("school", "local_code"), ("class", "name")] {
        let noun = county.app.kind_of(noun).unwrap().noun;
        for row in store.all(noun, &Query::new(), &Scope::county()).await.unwrap() {
            names.insert(row.id, row.get(noun, field).text().unwrap().to_owned());
        }
    }
    let numbers = store.reveal(&PUPIL, "number", &pupils).await.unwrap();
    let ids = store.reveal(&PUPIL, "id_number", &pupils).await.unwrap();
    let line = |((row, number), id): ((&kit::Row, Option<String>), Option<String>)| {
        let text = |field: &str| match (field, row.get(&PUPIL, field)) {
            ("number", _) => number.clone().unwrap(),
            ("id_number", _) => id.clone().unwrap_or_default(),
            ("sex", kit::Cell::Text(code)) => cx.word(&format!("pupil.sex.{code}")).to_owned(),
            (_, kit::Cell::Id(id)) => names[id].clone(),
            (_, kit::Cell::Bool(flag)) => cx.word(if *flag { "ui.yes" } else { "ui.no" }).to_owned(),
            (_, kit::Cell::Date(day)) => day.to_string(),
            (_, cell) => cell.text().unwrap_or_default().to_owned(),
        };
        FIELDS.iter().map(|field| text(field)).collect()
    };
    pupils.iter().zip(numbers).zip(ids).map(line).collect()
}
