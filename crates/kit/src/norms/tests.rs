#![expect(clippy::unwrap_used, reason = "a test may stop")]

use uuid::Uuid;

use super::decide::Kind;
use super::*;

const TWO: &str = r#"
[[norm]]
key = "a.b"
value = 5
unit = "workday"
from = "2020-01-01"
until = "2020-12-31"
basis = "decision 1"
mark = "local"
[[norm]]
key = "a.b"
value = 3
unit = "workday"
from = "2021-01-01"
basis = "decision 2"
mark = "local"
"#;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// One norm by its parts; `more` is anything else that it says.
fn line(key: &str, figure: &str, more: &str) -> String {
    format!(
        "{{ key = \"{key}\", {figure}, from = \"2020-01-01\", basis = \"b\"{}{more} }}",
        if more.is_empty() { "" } else { ", " }
    )
}

fn file(lines: &[String]) -> String {
    format!("norm = [\n{},\n]\n", lines.join(",\n"))
}

fn parse(lines: &[String]) -> Result<Norms, String> {
    Norms::parse(&[("x.toml", &file(lines))])
}

#[test]
fn a_past_day_uses_the_norm_of_that_day() {
    let norms = Norms::parse(&[("a.toml", TWO)]).unwrap();
    assert_eq!(norms.value("a.b", day("2020-12-31")), Ok(5));
    assert_eq!(norms.value("a.b", day("2021-01-01")), Ok(3));
    assert!(norms.value("a.b", day("2019-12-31")).is_err_and(|refusal| refusal.code == "norm.missing"));
}

#[test]
fn two_norms_of_one_day_are_refused_in_whatever_order_they_stand() {
    let both = |until: &str| {
        let text = TWO.replace("2020-12-31", until);
        let (first, second) = text.split_once("[[norm]]").unwrap().1.split_once("[[norm]]").unwrap();
        [[first, second], [second, first]].map(|[a, b]| format!("[[norm]]{a}[[norm]]{b}"))
    };
    let read = |text: String| Norms::parse(&[("a.toml", &text)]).is_ok();
    assert_eq!((both("2020-12-31").map(read), both("2021-01-01").map(read)), ([true; 2], [false; 2]));
}

fn refused(text: &str, says: &str) {
    let error = Norms::parse(&[("x.toml", text)]).err().unwrap_or_default();
    assert!(error.starts_with("x.toml:") && error.contains(says), "{error} / {says}");
}

#[test]
fn faults_name_file_and_line() {
    let two =
        |a: &str, b: &str| vec![line("k", "value = 1, unit = \"day\"", a), line("k", "value = 2, unit = \"day\"", b)];
    let one = |figure: &str| vec![line("k", figure, "mark = \"local\"")];
    let local = "mark = \"local\"";
    for (text, says) in [
        (TWO.replace("2020-12-31", "2021-06-30"), "x.toml:10: a.b: overlaps the one from 2020-01-01 in line 2"),
        (TWO.replace("2020-12-31", "2021-01-01"), "x.toml:10: a.b: overlaps the one from 2020-01-01 in line 2"),
        (TWO.replace("2020-12-31", "2019-06-30"), "x.toml:2: a.b: ends before"),
        (TWO.replacen("\"workday\"", "\"moon\"", 1), "x.toml:2: a.b: unknown unit"),
        (TWO.replacen("\"local\"", "\"rumour\"", 1), "x.toml:2: a.b: unknown mark"),
        (TWO.replacen("value = 3", "valeu = 3", 1), "x.toml:12: unknown field"),
        (TWO.replacen("value = 5", "value = 0.5", 1), "x.toml:4:"),
        (TWO.replacen("value = 5", "value = \"0.12345\"", 1), "x.toml:4:"),
        (TWO.replacen("\"decision 1\"", "\" \"", 1), "x.toml:2: a.b: says nothing of who says so"),
        ("[[norm]]\nkey = ".to_owned(), "x.toml:2:"),
        (file(&one("unit = \"day\"")), "x.toml:2: k: says nothing"),
        (file(&one("value = 1, list = [\"a\"], unit = \"day\"")), "says nothing, or more than one thing"),
        (file(&one("choice = \"c\", choices = [\"a\"], unit = \"code\"")), "is not one of its choices"),
        (file(&one("day = \"02-30\", unit = \"date\"")), "is not a month and a day"),
        (file(&one("time = \"24:00\", unit = \"time\"")), "is not a time"),
        (file(&two("mark = \"local\", level = \"moon\"", local)), "unknown level"),
        (file(&two(local, "mark = \"local\", for = { stages = [\"moon\"] }")), "x.toml:3: k: no stage is called"),
        (file(&two(local, "mark = \"local\", for = { size_from = 9, size_to = 8 }")), "its size ends before"),
        // Of two levels it must be said which figure is the stricter one.
        (file(&two(local, "mark = \"known\"")), "x.toml:3: k: and line 2 apply together"),
        (
            file(&two("mark = \"local\", stricter = \"min\"", "mark = \"known\", stricter = \"max\"")),
            "both need one unit and the same `stricter`",
        ),
    ] {
        refused(&text, says);
    }
}

#[test]
fn faults_of_tables_are_named() {
    let one = |figure: &str| vec![line("k", figure, "mark = \"local\"")];
    for (text, says) in [
        (
            file(&one(
                "bands = [{ from = 0, to = 60, code = \"a\" }, { from = 61, to = 100, code = \"b\" }], high = 100, unit = \"table\"",
            )),
            "nothing covers 60 to 61",
        ),
        (
            file(&one(
                "bands = [{ from = 0, to = 60, code = \"a\" }, { from = 59, to = 100, code = \"b\" }], high = 100, unit = \"table\"",
            )),
            "59 is covered twice",
        ),
        (
            file(&one("bands = [{ from = 0, to = 99, code = \"a\" }], high = 100, unit = \"table\"")),
            "the bands end at 99, not at 100",
        ),
        (
            file(&one(
                "weights = [{ code = \"A\", text = \"a\", en = \"a\", weight = 4, items = [1, \"0.5\", \"0.5\", 3] }], total = 4, unit = \"table\"",
            )),
            "the items of A do not add up to 4",
        ),
        (
            file(&one(
                "weights = [{ code = \"A\", text = \"a\", en = \"a\", weight = 4 }], total = 5, unit = \"table\"",
            )),
            "do not add up to 5",
        ),
        (
            file(&one("steps = [{ from = 1, to = 9, count = 1 }, { from = 11, count = 2 }], unit = \"person\"")),
            "the step for 10 begins at 11",
        ),
        (file(&one("steps = [{ from = 1, count = 1, per = 0, more = 1 }], unit = \"person\"")), "not both"),
        (
            file(&one("matrix = [[\"a\", \"b\"], [\"b\", \"a\"]], order = [\"a\", \"b\"], unit = \"table\"")),
            "falls after row 1, column 2",
        ),
        (file(&one("matrix = [[\"a\"], [\"b\"]], order = [\"a\", \"b\"], unit = \"table\"")), "is not a square"),
        (
            file(&one(
                "scores = [{ value = 1, text = \"a\", en = \"a\" }, { value = 2, text = \"b\", en = \"b\" }], unit = \"table\"",
            )),
            "2 does not come after 1",
        ),
    ] {
        refused(&text, says);
    }
}

#[test]
fn decimals_are_exact() {
    let of = |text: &str| text.parse::<Decimal>().unwrap();
    for (text, shown) in [("0.5", "0.5"), ("-0.25", "-0.25"), ("-3.10", "-3.1"), ("125", "125"), ("0.0001", "0.0001")] {
        assert_eq!(of(text).to_string(), shown);
    }
    for wrong in ["", ".", "1.", ".5", "1e3", "0.00001", "--1", "1,5", "９", "9999999999999999999"] {
        assert!(wrong.parse::<Decimal>().is_err(), "{wrong}");
    }
    assert_eq!(of("0.1").times(of("0.2")), Some(of("0.02")));
    assert_eq!(of("0.1").plus(of("0.2")), Some(of("0.3")));
    assert_eq!((of("2.0").as_whole(), of("0.5").as_whole()), (Some(2), None));
    assert_eq!(Decimal::whole(i64::MAX), None);
}

#[test]
fn the_stricter_one_holds_unless_a_higher_one_forbids_it() {
    let local = "mark = \"local\", stricter = \"min\"";
    let law = |more: &str| format!("mark = \"known\", level = \"statute\", stricter = \"min\"{more}");
    let of = |law: &str, local: &str, county: i64| {
        let lines = [
            line("k", "value = 24, unit = \"hour\"", law),
            line("k", &format!("value = {county}, unit = \"hour\""), local),
        ];
        parse(&lines).unwrap().value("k", day("2021-01-01")).unwrap()
    };
    assert_eq!(of(&law(""), local, 2), 2);
    assert_eq!(of(&law(""), local, 48), 24);
    assert_eq!(of(&law(", fixed = true"), local, 2), 24);
    let more = |text: &str| text.replace("min", "max");
    assert_eq!(of(&more(&law("")), &more(local), 48), 48);
}

#[test]
fn a_norm_is_for_whom_it_is_for() {
    let norms = parse(&[
        line("k", "value = 1, unit = \"month\"", "mark = \"known\", for = { stages = [\"primary\"], size_to = 99 }"),
        line("k", "value = 2, unit = \"month\"", "mark = \"known\", for = { stages = [\"primary\"], size_from = 100 }"),
        line(
            "k",
            "value = 3, unit = \"month\"",
            "mark = \"known\", for = { stages = [\"kindergarten\"], boarding = false }",
        ),
        line("k", "value = 4, unit = \"month\"", "mark = \"known\", for = { units = [\"bureau\"] }"),
        line("k", "value = 5, unit = \"month\"", "mark = \"known\", for = { stages = [\"junior\"], with = [\"bus\"] }"),
    ])
    .unwrap();
    let on = day("2021-01-01");
    let of = |subject: Subject<'_>| norms.applying("k", &subject, on).map(|norm| norm.value);
    let primary = Subject { stage: "primary", ..Subject::default() };
    assert_eq!(of(Subject { size: 99, ..primary }), Some(1));
    assert_eq!(of(Subject { size: 100, ..primary }), Some(2));
    assert_eq!(of(Subject { stage: "kindergarten", ..Subject::default() }), Some(3));
    assert_eq!(of(Subject { stage: "kindergarten", boarding: true, ..Subject::default() }), None);
    assert_eq!(of(Subject { unit: "bureau", ..Subject::default() }), Some(4));
    assert_eq!(of(Subject { stage: "junior", features: &["bus", "canteen"], ..Subject::default() }), Some(5));
    assert_eq!(of(Subject { stage: "junior", ..Subject::default() }), None);
    assert!(norms.value_for("k", &Subject { stage: "senior", ..Subject::default() }, on).is_err());
}

fn decision(kind: Kind, value: &str, from: &str, until: Option<&str>) -> Decision {
    Decision {
        id: Uuid::from_u128(7),
        kind,
        key: "k".into(),
        stage: None,
        value: value.into(),
        from: day(from),
        until: until.map(day),
    }
}

#[test]
fn what_the_county_decided_holds_from_its_day() {
    let norms = parse(&[line("k", "value = 24, unit = \"hour\"", "mark = \"unsure\"")]).unwrap();
    let own = norms.decided(&[decision(Kind::Change, "4", "2021-06-01", Some("2021-12-31"))]);
    for (on, value) in [("2021-05-31", 24), ("2021-06-01", 4), ("2021-12-31", 4), ("2022-01-01", 24)] {
        assert_eq!(own.value("k", day(on)), Ok(value), "{on}");
    }
    // Only for one stage.
    let some = Decision { stage: Some("senior".into()), ..decision(Kind::Change, "8", "2021-01-01", None) };
    let own = norms.decided(&[some, decision(Kind::Change, "4", "2021-06-01", None)]);
    let of = |stage| own.value_for("k", &Subject { stage, ..Subject::default() }, day("2021-07-01"));
    assert_eq!((of("senior"), of("junior")), (Ok(8), Ok(4)));
    // Confirmed, the figure is the same and no longer to be confirmed.
    let sure = norms.decided(&[decision(Kind::Confirm, "", "2021-06-01", None)]);
    let norm = sure.on("k", day("2021-06-01")).unwrap();
    assert_eq!(
        (norm.value, norm.unconfirmed(day("2021-05-31")), norm.unconfirmed(day("2021-06-01"))),
        (24, true, false)
    );
    // What fits nothing says nothing.
    let nothing = norms.decided(&[Decision { key: "else".into(), ..decision(Kind::Change, "1", "2021-01-01", None) }]);
    assert_eq!(nothing.iter().count(), 1);
    assert_eq!(norms.decided(&[decision(Kind::Change, "x", "2021-06-01", None)]).iter().count(), 1);
}

/// One key, one figure for schools and a lower one for kindergartens.
#[test]
fn a_decision_is_about_the_norm_of_those_for_whom_it_is() {
    let of = |value, stages| {
        let stages = format!("value = {value}, unit = \"person\", for = {{ stages = {stages} }}, stricter = \"min\"");
        line("k", &stages, "mark = \"known\"")
    };
    let norms = parse(&[of(500, "[\"primary\", \"junior\"]"), of(300, "[\"kindergarten\"]")]).unwrap();
    let change = |stage: Option<&str>, value| Decision {
        stage: stage.map(str::to_owned),
        ..decision(Kind::Change, value, "2021-06-01", None)
    };
    let allowed = |stage, value| {
        let decision = change(stage, value);
        norms.meant(&decision).iter().try_for_each(|norm| norm.allows(&norm.read(value)?)).is_ok()
    };
    assert!(allowed(Some("primary"), "400") && !allowed(Some("kindergarten"), "400"));
    assert!(allowed(Some("kindergarten"), "200") && allowed(None, "200") && !allowed(None, "400"));
    let binds = |decisions: &[Decision]| {
        let own = norms.decided(decisions);
        let of =
            |stage| own.applying("k", &Subject { stage, ..Subject::default() }, day("2021-07-01")).map(|n| n.value);
        [of("primary"), of("junior"), of("kindergarten")].map(Option::unwrap)
    };
    assert_eq!(binds(&[]), [500, 500, 300]);
    assert_eq!(binds(&[change(Some("junior"), "400")]), [500, 400, 300]);
    assert_eq!(binds(&[change(Some("kindergarten"), "200")]), [500, 500, 200]);
    assert_eq!(binds(&[change(None, "200")]), [200; 3]);
    assert!(norms.meant(&change(Some("senior"), "400")).is_empty());
    // Adopted before its day, each is the one of its own stage.
    let early = |stage: &str| {
        let own = Decision { stage: Some(stage.into()), ..decision(Kind::Adopt, "", "2019-06-01", None) };
        norms.awaited(&own).iter().map(|norm| norm.value).collect::<Vec<_>>()
    };
    assert_eq!((early("kindergarten"), early("primary"), early("senior")), (vec![300], vec![500], vec![]));
}

#[test]
fn what_is_not_in_force_yet_is_inert_until_it_is_adopted() {
    let later = line("k", "value = 3, unit = \"day\"", "mark = \"known\"").replace("2020-01-01", "2022-06-01");
    let norms = parse(&[later]).unwrap();
    assert!(norms.on("k", day("2021-12-20")).is_none());
    let early = norms.decided(&[decision(Kind::Adopt, "", "2021-09-01", None)]);
    for (on, there) in [("2021-08-31", false), ("2021-09-01", true), ("2022-05-31", true), ("2022-06-01", true)] {
        assert_eq!(early.on("k", day(on)).is_some(), there, "{on}");
    }
    assert!(early.on("k", day("2022-06-01")).unwrap().decided.is_none());
}

#[test]
fn a_county_may_only_be_stricter_than_the_law() {
    let of = |more: &str| {
        let norms = parse(&[line("k", "value = 125, unit = \"gram\"", more)]).unwrap();
        let norm = norms.iter().next().unwrap().clone();
        move |value: &str| norm.read(value).and_then(|figure| norm.allows(&figure)).map_err(|refusal| refusal.code)
    };
    let law = of("mark = \"known\", stricter = \"max\"");
    assert_eq!((law("200"), law("125"), law("100")), (Ok(()), Ok(()), Err("norm_decision.weaker")));
    assert_eq!(law("a lot"), Err("norm_decision.value_wrong"));
    for value in ["-1", "1000001", "900000000000000"] {
        assert_eq!(law(value), Err("norm_decision.value_range"), "{value}");
    }
    assert_eq!(of("mark = \"known\", fixed = true")("200"), Err("norm_decision.fixed"));
    assert_eq!(of("mark = \"known\"")("200"), Err("norm_decision.law"));
    assert_eq!(of("mark = \"unsure\"")("1"), Ok(()));
}

#[test]
fn equal_to_the_law_is_not_weaker_and_what_is_not_read_in_a_text_waits_for_a_confirmation() {
    let norms = parse(&[line("k", "value = 24, unit = \"hour\"", "mark = \"law\", stricter = \"min\"")]).unwrap();
    let norm = norms.on("k", day("2021-01-01")).unwrap();
    let allowed = |value: &str| norm.read(value).and_then(|figure| norm.allows(&figure)).is_ok();
    assert_eq!(["23", "24", "25"].map(allowed), [true, true, false]);
    for (mark, waits) in [("law", false), ("known", false), ("unsure", true), ("local", true)] {
        let norms = parse(&[line("k", "value = 1, unit = \"day\"", &format!("mark = \"{mark}\""))]).unwrap();
        assert_eq!(norms.on("k", day("2021-01-01")).unwrap().unconfirmed(day("2021-01-01")), waits, "{mark}");
    }
}

#[test]
fn of_several_decisions_the_latest_holds_in_whatever_order_they_are_read() {
    let norms = parse(&[line("k", "value = 24, unit = \"hour\"", "mark = \"unsure\"")]).unwrap();
    let first = decision(Kind::Change, "4", "2021-06-01", None);
    let then = Decision { id: Uuid::from_u128(8), ..decision(Kind::Change, "8", "2021-09-01", None) };
    for order in [[first.clone(), then.clone()], [then, first]] {
        let own = norms.decided(&order);
        assert_eq!(["2021-08-31", "2021-09-01"].map(|on| own.value("k", day(on))), [Ok(4), Ok(8)]);
    }
    // The first who confirmed it did; what had ended before is nobody's to confirm.
    let confirmed = |until: Option<&str>| {
        let until = until.map_or(String::new(), |until| format!(", until = \"{until}\""));
        let line = line("k", "value = 24, unit = \"hour\"", &format!("mark = \"unsure\"{until}"));
        let all = [("2021-06-01", 7), ("2021-09-01", 8)]
            .map(|(from, id)| Decision { id: Uuid::from_u128(id), ..decision(Kind::Confirm, "", from, None) });
        parse(&[line]).unwrap().decided(&all).iter().next().unwrap().decided.map(|decided| decided.since)
    };
    assert_eq!(confirmed(None), Some(day("2021-06-01")));
    assert_eq!(confirmed(Some("2021-06-01")), Some(day("2021-06-01")), "its last day is one");
    assert_eq!(confirmed(Some("2021-05-31")), None);
}

#[test]
fn what_is_for_everybody_is_asked_first_and_binds_beside_what_is_for_some() {
    let law = line("k", "value = 24, unit = \"hour\"", "mark = \"known\", level = \"statute\", stricter = \"min\"");
    let some = line(
        "k",
        "value = 2, unit = \"hour\"",
        "mark = \"local\", level = \"county\", stricter = \"min\", for = { stages = [\"primary\"] }",
    );
    let norms = parse(&[some, law]).unwrap();
    let on = day("2021-01-01");
    let of = |stage| norms.value_for("k", &Subject { stage, ..Subject::default() }, on);
    assert_eq!((norms.value("k", on), of("primary"), of("junior")), (Ok(24), Ok(2), Ok(24)));
    // Where nothing is for everybody, the strictest.
    let only = |stage: &str, value| {
        let more = format!("mark = \"known\", stricter = \"min\", for = {{ stages = [\"{stage}\"] }}");
        line("k", &format!("value = {value}, unit = \"person\""), &more)
    };
    let norms = parse(&[only("primary", 500), only("kindergarten", 300), only("junior", 400)]).unwrap();
    assert_eq!(norms.value("k", on), Ok(300));
}

#[test]
fn pupils_and_boarders_are_a_school_s() {
    let of = |condition: &str| {
        let more = format!("mark = \"known\", for = {{ {condition} }}");
        parse(&[line("k", "value = 1, unit = \"day\"", &more)]).unwrap()
    };
    let on = day("2021-01-01");
    let bureau = Subject { unit: "bureau", ..Subject::default() };
    for condition in ["size_to = 99", "boarding = false"] {
        let norms = of(condition);
        assert!(norms.applying("k", &Subject::default(), on).is_some(), "{condition}");
        assert!(norms.applying("k", &bureau, on).is_none(), "an office has neither: {condition}");
    }
    assert!(of("size_to = 99, units = [\"bureau\"]").applying("k", &bureau, on).is_some(), "unless it says so");
    // One pupil in common is an overlap; none is not.
    let sized = |from: &str| {
        let of = |value: u8, size: &str| {
            line("k", &format!("value = {value}, unit = \"day\""), &format!("mark = \"known\", for = {{ {size} }}"))
        };
        parse(&[of(1, "size_to = 99"), of(2, from)]).is_ok()
    };
    assert!(sized("size_from = 100") && !sized("size_from = 99"));
}

#[test]
fn what_comes_next_is_the_first_that_is_not_in_force_yet() {
    let from = |day: &str, until: &str, value: u8| {
        let line =
            line("k", &format!("value = {value}, unit = \"day\""), &format!("mark = \"known\", until = \"{until}\""));
        line.replace("2020-01-01", day)
    };
    let norms = parse(&[
        from("2023-01-01", "2023-12-31", 3),
        from("2021-01-01", "2021-12-31", 1),
        from("2022-01-01", "2022-12-31", 2),
    ]);
    let norms = norms.unwrap();
    let next = |on: &str| norms.coming("k", day(on)).map(|norm| norm.value);
    assert_eq!(["2020-06-01", "2021-01-01", "2022-06-01", "2023-01-01"].map(next), [Some(1), Some(2), Some(3), None]);
    let own = norms.decided(&[decision(Kind::Adopt, "", "2020-06-01", None)]);
    assert_eq!(
        own.coming("k", day("2020-05-01")).map(|norm| norm.value),
        Some(1),
        "of the files, not the county's own"
    );
}
