//! Figures against a count by hand, and every figure against its own rows.

use engine::figures::{self as engine_figures, By, lines, rows_sum_to_value, value, values};
use kit::figure::FigureDef;

use super::*;

/// Of the whole county; denominators where there are any.
const COUNTED: &[(&str, i64, Option<i64>)] = &[
    ("schools", 3, None),
    ("campuses", 1, None),
    ("classes", 2, None),
    ("pupils", 8, None),
    ("boarders", 1, None),
    ("staff", 3, None),
    ("safety_officers", 1, None),
    ("inspectors", 1, None),
    ("hazards.found", 6, None),
    ("hazards.major_found", 1, None),
    ("hazards.self_found", 3, Some(6)),
    ("hazards.on_the_spot", 1, Some(6)),
    ("hazards.refused", 1, None),
    ("hazards.reopened", 1, None),
    ("hazards.closed", 4, None),
    ("hazards.closed_on_time", 2, None),
    ("hazards.closed_after_extension", 1, None),
    ("hazards.closed_late", 1, None),
    ("hazards.relapsed", 1, Some(4)),
    ("hazards.rate_of_found", 4, Some(6)),
    ("hazards.due", 6, None),
    ("hazards.rate_of_due", 4, Some(6)),
    ("hazards.stock", 7, None),
    ("hazards.rate_of_stock", 5, Some(7)),
    ("hazards.open", 2, None),
    ("hazards.overdue", 1, None),
    ("hazards.major_open", 1, None),
    ("hazards.unsigned", 1, None),
    ("returns.made", 21, None),
    ("returns.confirmed", 20, Some(21)),
    ("returns.zero", 3, Some(20)),
];

#[tokio::test]
async fn figures_are_what_one_counts_by_hand() {
    let county = County::new().await;
    let cx = county.bureau();
    let all: Vec<&FigureDef> = county.app.figures().collect();
    let found = values(&cx, &all.iter().map(|def| def.id).collect::<Vec<_>>(), &year(None)).await.unwrap();
    let mut expected: Vec<_> = COUNTED.to_vec();
    let mut actual: Vec<_> = found.values().map(|figure| (figure.id, figure.value, figure.denominator)).collect();
    // The rooms that have no record in this county count none, of nothing.
    let counted = |id: &str| COUNTED.iter().any(|(known, ..)| *known == id);
    actual.retain(|(id, value, of)| counted(id) || *value != 0 || of.unwrap_or_default() != 0);
    expected.sort_unstable();
    actual.sort_unstable();
    assert_eq!(actual, expected);
    for def in all {
        assert_eq!(value(&cx, def, &year(None)).await.unwrap(), found[def.id]);
    }
}

#[tokio::test]
async fn rows_sum_to_the_value_of_every_figure_everywhere() {
    let county = County::new().await;
    let north = county.app.tree().under(id(NORTH));
    let township = Scope { units: north, ..Scope::default() };
    let school = Scope { units: vec![id(CENTRAL), id(CAMPUS)], home: Some(id(CENTRAL)), ..Scope::default() };
    let readers = [county.bureau(), county.cx(Role::Township, township), county.cx(Role::School, school)];
    for cx in &readers {
        for def in county.app.figures() {
            for unit in
                [None, Some(COUNTY), Some(BUREAU), Some(NORTH), Some(SOUTH), Some(CENTRAL), Some(CAMPUS), Some(SILENT)]
            {
                assert_eq!(
                    rows_sum_to_value(cx, def, &year(unit)).await.unwrap(),
                    Vec::<String>::new(),
                    "{} {unit:?}",
                    cx.actor.role
                );
            }
        }
    }
}

#[tokio::test]
async fn the_parts_of_the_county_are_the_county() {
    let county = County::new().await;
    let cx = county.bureau();
    for def in county.app.figures() {
        let whole = value(&cx, def, &year(None)).await.unwrap().value;
        let mut parts = 0;
        for unit in [BUREAU, NORTH, SOUTH] {
            parts += value(&cx, def, &year(Some(unit))).await.unwrap().value;
        }
        assert_eq!(parts, whole, "{}", def.id);
    }
}

#[tokio::test]
async fn a_line_leads_to_the_same_number() {
    let county = County::new().await;
    let cx = county.bureau();
    let found = county.app.figure("hazards.found").unwrap();
    let of = |lines: Vec<engine_figures::Line>| {
        lines.iter().map(|line| (line.place.unwrap(), line.value)).collect::<Vec<_>>()
    };
    let by_school = lines(&cx, found, &year(None), By::School).await.unwrap();
    // The campus is counted with its school; what is the township's own stands beside the schools and opens its rows.
    assert_eq!(of(by_school.clone()), [(id(CENTRAL), 3), (id(SILENT), 2), (id(SOUTH), 1)]);
    assert!(
        by_school[0].href.as_ref().unwrap().starts_with("/figures/hazards.found?period=2021&cutoff=2021-12-20&unit=")
    );
    assert!(by_school[2].href.as_ref().unwrap().starts_with("/hazards?"));
    assert_eq!(of(lines(&cx, found, &year(None), By::Township).await.unwrap()), [(id(NORTH), 3), (id(SOUTH), 3)]);
    for def in county.app.figures() {
        for by in [By::School, By::Township] {
            for line in lines(&cx, def, &year(None), by).await.unwrap() {
                let href = line.href.unwrap();
                let Some((_, unit)) = href.split_once("&unit=") else { continue };
                let frame = Frame { unit: unit.parse().ok(), ..year(None) };
                assert_eq!(value(&cx, def, &frame).await.unwrap().value, line.value, "{href}");
            }
        }
    }
}

#[tokio::test]
async fn small_groups_of_children_are_not_told_to_the_county() {
    let county = County::new().await;
    let (pupils, hazards) = (county.app.figure("pupils").unwrap(), county.app.figure("hazards.found").unwrap());
    let (group, bureau) = (county.cx(Role::County, Scope::county()), county.bureau());
    assert_eq!(value(&group, pupils, &year(Some(SILENT))).await.unwrap().value, 3);
    for (size, small) in [(0, false), (1, true), (4, true), (5, false)] {
        assert_eq!(engine_figures::too_small(&group, pupils, size), small);
        assert!(!engine_figures::too_small(&group, hazards, size));
        // The bureau may open the rows, and reads the names there; what it writes for others tells no small group all the same.
        assert!(!engine_figures::too_small(&bureau, pupils, size));
        assert_eq!(engine_figures::too_small_to_publish(&bureau, pupils, size), small);
        assert!(!engine_figures::too_small(&county.cx(Role::School, Scope::default()), pupils, size));
    }
}

/// At the year's end the draft of December is not there yet; made in January, it is none of those that were due.
#[tokio::test]
async fn the_return_of_a_month_is_due_when_the_month_is_over() {
    let county = County::new().await;
    let first = day("2021-12-01");
    let december = draft(id(2900), id(CENTRAL), first, 0);
    county.add(5003, vec![(&MONTHLY_RETURN, december)]).await;
    let cx = county.bureau();
    let confirmed = county.app.figure("returns.confirmed").unwrap();
    for (cutoff, due) in [("2021-12-31", 21), ("2022-01-01", 22), ("2021-01-15", 0)] {
        let frame = Frame { cutoff: day(cutoff), ..year(None) };
        assert_eq!(value(&cx, confirmed, &frame).await.unwrap().denominator, Some(due), "{cutoff}");
    }
}

#[tokio::test]
async fn silence_is_not_nought() {
    let county = County::new().await;
    let cx = county.bureau();
    let figure = |id| county.app.figure(id).unwrap();
    let coverage = engine_figures::coverage(&cx, figure("hazards.found"), &year(None)).await.unwrap().unwrap();
    assert_eq!((coverage.all, coverage.missing, coverage.returned()), (3, 1, 2));
    assert_eq!(coverage.rows.as_deref(), Some("/schools?local_code=L13"));
    let north = engine_figures::coverage(&cx, figure("hazards.found"), &year(Some(NORTH))).await.unwrap().unwrap();
    assert_eq!((north.all, north.missing, north.rows), (1, 0, None));
    assert_eq!(engine_figures::coverage(&cx, figure("pupils"), &year(None)).await.unwrap(), None);
    assert_eq!(engine_figures::coverage(&cx, figure("returns.made"), &year(None)).await.unwrap(), None);
}

#[test]
fn a_year_earlier_is_the_same_question() {
    let before = |period, cutoff: &str| {
        let frame = engine_figures::year_before(&Frame { period, cutoff: day(cutoff), unit: None, now: None });
        (frame.period.to_string(), frame.cutoff.to_string())
    };
    let pair = |period: &str, cutoff: &str| (period.to_owned(), cutoff.to_owned());
    assert_eq!(before(Period::Year(2021), "2021-12-20"), pair("2020", "2020-12-20"));
    assert_eq!(before(Period::Year(2021), "2022-02-15"), pair("2020", "2021-02-15"));
    assert_eq!(before(Period::Month { year: 2021, month: 2 }, "2021-02-28"), pair("2020-02", "2020-02-29"));
    assert_eq!(before(Period::SchoolYear(2021), "2021-12-20"), pair("sy2020", "2020-12-20"));
    assert_eq!(before(Period::Quarter { year: 2021, quarter: 4 }, "2021-12-20"), pair("2020-Q4", "2020-12-20"));
}
