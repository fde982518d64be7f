//! 升级: a school year begins once, and a class that leaves takes its pupils along.

use areas::attendance::bed::BED;
use areas::attendance::care::CARE;
use areas::organisation::record::{CLASS, CLASS_YEAR, PUPIL};
use areas::organisation::rollover::{Rolled, run};
use areas::retention::run::look;
use engine::save::Refused;
use kit::{Author, Cell, Change, Noun, Query, Row, Scope, dates};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn a_year_begins_once_for_every_class() {
    for county in county::both().await {
        let store = &county.app.store;
        assert!(matches!(run(&county.cx("teacher").await, 2022).await, Err(Refused::Forbidden)));
        assert!(matches!(run(&county.cx("bureau").await, 2031).await, Err(Refused::Faults(_))));
        let open = store.count(&CLASS, &Query::new().is("ended_on", Cell::Null), &Scope::county()).await.unwrap();

        // A school may begin its own year; the bureau's run then does the others.
        let own = run(&county.cx("principal").await, 2022).await.unwrap();
        let others = run(&county.cx("bureau").await, 2022).await.unwrap();
        assert!(own.begun > 0 && others.begun > own.begun && others.ended > 0, "{own:?} {others:?}");
        assert_eq!(
            i64::try_from(own.begun + own.ended + others.begun + others.ended).unwrap(),
            open,
            "{}",
            county.backend()
        );
        assert_eq!(
            run(&county.cx("bureau").await, 2022).await.unwrap(),
            Rolled::default(),
            "a second run changes nothing"
        );

        let begun =
            store.count(&CLASS_YEAR, &Query::new().is("year", Cell::Int(2022)), &Scope::county()).await.unwrap();
        assert_eq!(usize::try_from(begun).unwrap(), own.begun + others.begun);
        assert!(county.flaws().await.is_empty());
    }
}

/// A boarder of the principal's school, of a class in its last year, with a bed and now a flag too, and another class of his school that goes on.
async fn about_to_leave(county: &County) -> (Row, Uuid) {
    let (store, all) = (&county.app.store, Scope::county());
    let home = Cell::Id(county.cx("principal").await.scope().home.unwrap());
    let last = Query::new().is("school", home).is("year", Cell::Int(2021));
    let last = last.filter("grade", kit::Test::OneOf(vec![Cell::Int(16), Cell::Int(23)]));
    let classes = store.all(&CLASS_YEAR, &last, &all).await.unwrap();
    let classes = classes.iter().map(|row| row.get(&CLASS_YEAR, "class").clone()).collect();
    let beds = Query::new().filter("class", kit::Test::OneOf(classes)).is("until_on", Cell::Null);
    for bed in store.all(&BED, &beds, &all).await.unwrap() {
        let (pupil, school) = (bed.get(&BED, "pupil").clone(), bed.get(&BED, "school").clone());
        let open = Query::new().is("pupil", pupil.clone()).is("until_on", Cell::Null);
        if store.count(&CARE, &open, &all).await.unwrap() > 0 {
            continue;
        }
        let younger = Query::new().is("school", school).is("entry_year", Cell::Int(2019));
        let Some(other) = store.all(&CLASS, &younger, &all).await.unwrap().first().map(|row| row.id) else { continue };
        let now = county.app.clock.now();
        let flag = ["school", "class", "pupil"]
            .into_iter()
            .fold(Row::blank(&CARE, store.new_id(now)), |row, field| {
                row.with(&CARE, field, bed.get(&BED, field).clone())
            })
            .with(&CARE, "from_on", Cell::Date("2021-10-08".parse().unwrap()));
        let author = Author { actor: None, at: now, request: store.new_id(now) };
        store.commit(author, vec![Change::create(&CARE, "create", flag)]).await.unwrap();
        let pupil = store.find(&PUPIL, pupil.id().unwrap(), &all).await.unwrap().unwrap();
        return (pupil, other);
    }
    panic!("no boarder in a last grade");
}

/// How many flags and beds are past their terms.
async fn due(county: &County) -> [u64; 2] {
    let due = look(&county.cx("bureau").await).await.unwrap();
    ["care", "bed"].map(|kind| due.iter().find(|due| due.term.kind == kind).unwrap().count)
}

/// A flag and a bed hold as long as their pupil is in a class: nobody ends them one by one, and whoever goes on in another class keeps them.
#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_leaves_takes_its_flags_and_beds_along() {
    for county in county::both().await {
        let backend = county.backend();
        let (pupil, other) = about_to_leave(&county).await;
        run(&county.cx("bureau").await, 2022).await.unwrap();
        let class = pupil.get(&PUPIL, "class").id().unwrap();
        let later = |day: &str| dates::shanghai_start(day.parse().unwrap()) + 8 * 3_600_000;
        let roll = async |county: &County, class: Uuid| {
            let path = format!("/api/v1/rollcall/{class}/arrival");
            let (status, answer) = county.get(&county.token("principal").await, &path).await;
            assert!(status.is_success(), "{backend} {answer}");
            let names = answer["roll"].as_array().unwrap().clone();
            names.iter().map(|one| one["id"].as_str().unwrap().parse().unwrap()).collect::<Vec<Uuid>>()
        };
        let left = county.app.store.find(&PUPIL, pupil.id, &Scope::county()).await.unwrap().unwrap();
        // The last day belongs to the class.
        let county = county.at(later("2022-08-31")).await;
        assert!(roll(&county, class).await.contains(&pupil.id), "{backend}");
        let county = county.at(later("2022-09-01")).await;
        assert!(roll(&county, class).await.is_empty(), "{backend}");
        let principal = Visitor::sign_in(&county, "principal").await;
        for (day, there) in [("2022-08-31", true), ("2022-09-01", false)] {
            let page = principal.get(&format!("/pupils/{}/presence?day={day}", pupil.id)).await.text();
            assert_eq!(!page.contains("当天不在籍"), there, "{backend} {day} {page}");
        }

        // Neither is past its term before the class has been gone for so long.
        let county = county.at(later("2024-08-31")).await;
        let before = due(&county).await;
        let county = county.at(later("2024-09-01")).await;
        let [care, bed] = due(&county).await;
        assert!(care > before[0] && bed == before[1], "{backend} {before:?} {care} {bed}");
        let county = county.at(later("2025-09-01")).await;
        assert!(due(&county).await[1] > bed, "{backend}");

        // He goes on in another class of the same school: both hold again, and neither is due.
        let county = county.at(later("2022-09-05")).await;
        let kind = county.app.kind_of(PUPIL.name).unwrap();
        let cx = county.cx("bureau").await;
        let other_class = other.to_string();
        let sent = [("class".to_owned(), other_class)];
        engine::save::edit(&cx, kind, pupil.id, left.version, &sent).await.unwrap();
        let back = county.app.store.find(&PUPIL, pupil.id, &Scope::county()).await.unwrap().unwrap();
        assert!(back.get(&PUPIL, "left_on").is_null(), "{backend}: he goes on");
        assert!(roll(&county, other).await.contains(&pupil.id), "{backend}");
        let held = async |noun: &'static Noun| {
            let query = Query::new().is("pupil", Cell::Id(pupil.id)).is("until_on", Cell::Null);
            county.app.store.all(noun, &query, &Scope::county()).await.unwrap()
        };
        for noun in [&CARE, &BED] {
            let rows = held(noun).await;
            assert!(rows.len() == 1 && rows[0].get(noun, "class").id() == Some(other), "{backend} {}", noun.name);
        }
        assert!(county.flaws().await.is_empty(), "{backend} {:?}", county.flaws().await);
        let county = county.at(later("2024-09-01")).await;
        assert_eq!(due(&county).await[0], care - 1, "{backend}");
    }
}

/// Who is still in a class that has had its years left with it, and is counted until its last day.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_a_pupil_for_ever() {
    for county in county::both().await {
        let (backend, store, all) = (county.backend(), &county.app.store, Scope::county());
        let (pupil, _) = about_to_leave(&county).await;
        let open = Query::new().is("left_on", Cell::Null);
        let enrolled = store.count(&PUPIL, &open, &all).await.unwrap();
        run(&county.cx("bureau").await, 2022).await.unwrap();
        let left = store.find(&PUPIL, pupil.id, &all).await.unwrap().unwrap();
        assert_eq!(left.get(&PUPIL, "left_on"), &Cell::Date("2022-08-31".parse().unwrap()), "{backend}");
        let over = store.all(&CLASS, &Query::new().filter("ended_on", kit::Test::Present), &all).await.unwrap();
        let over = over.iter().map(|class| Cell::Id(class.id)).collect();
        let still = open.filter("class", kit::Test::OneOf(over));
        assert_eq!(store.count(&PUPIL, &still, &all).await.unwrap(), 0, "{backend}");
        // Of today's nobody is lost.
        let path = "/api/v1/figures/pupils?period=2021&cutoff=2021-12-20";
        let (_, figure) = county.get(&county.token("bureau").await, path).await;
        assert_eq!(figure["value"].as_i64(), Some(enrolled), "{backend} {figure}");
        assert!(county.flaws().await.is_empty(), "{backend} {:?}", county.flaws().await);
    }
}
