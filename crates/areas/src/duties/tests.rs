//! What is pure of this room: whose a duty is, one's own day, the morning's digest, and that words and facts agree with the rules.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use kit::dates::shanghai_start;
use kit::duty::{Act, Acts, Almanac, Duty, DutyNorms, Level, Proof, State, Subject, each};
use kit::{Actor, Facts, Role, Scope};
use uuid::Uuid;

use super::digest::{WAITS, compose};
use super::mine::{Posts, levels};
use super::record::FACTS;
use super::today::{Own, Shown, own_of};
use super::{check, has_word, hours};
use crate::house;
use crate::patrols::kinds::RouteKind;

const SCHOOL: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

fn actor(role: Role) -> Actor {
    let scope = Scope {
        home: (role != Role::Inspector).then_some(SCHOOL),
        units: if role == Role::Inspector { vec![SCHOOL] } else { Vec::new() },
        ..Scope::default()
    };
    Actor { account: Uuid::nil(), login: "x".into(), name: "x".into(), role, unit: Some(SCHOOL), scope }
}

fn almanac() -> Almanac {
    let weekday = |day: NaiveDate| chrono::Datelike::weekday(&day).number_from_monday() < 6;
    let term = (day("2021-09-01"), day("2022-01-14"));
    Almanac::new(day("2021-01-01"), day("2022-12-31"), vec![term], weekday, move |day| {
        weekday(day) && term.0 <= day && day <= term.1
    })
}

/// Each duty of two schools in the days around 20 December 2021, eight in the morning.
fn every(acts: &Acts, out: impl FnMut(Duty<'_>)) {
    let almanac = almanac();
    let school = |id| Subject { id, kind: "primary".into(), boarding: true, canteen: true, ..Subject::default() };
    let subjects = [(school(SCHOOL), &almanac), (school(OTHER), &almanac)];
    let (from, to) = (day("2021-12-06"), day("2022-01-03"));
    each(&norms(), &subjects, acts, &[], (from, to), now(), out);
}

fn norms() -> DutyNorms {
    house::rules().map(|rules| rules.conduct.duties.clone()).unwrap_or_default()
}

#[test]
fn what_does_not_agree_with_the_house_is_refused_by_line_and_name() {
    let line = "[[duty]]\ncode = \"fire.check\"\nfact = \"fire.check\"\nlevel = \"school\"\nper = \"month\"\nkeeper = \"guard\"\nfrom = \"2021-01-01\"\nmark = \"law\"\nbasis = \"b\"\n";
    let said = |text: &str| match DutyNorms::parse(&[("d", text)]) {
        Ok(norms) => check(&norms).err().unwrap_or_default(),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(said(line), "");
    let own = line.replacen("fire.check", "well.cover", 1);
    for (text, says) in [
        (line.replace("\"guard\"", "\"king\""), "line 1: fire.check: there is no post \"king\""),
        (
            format!("\n{}", line.replace("fact = \"fire.check\"", "fact = \"moon\"")),
            "line 2: fire.check: no record proves the fact \"moon\"",
        ),
        (own.clone(), "line 1: well.cover: is new: say what it is called in `about` and `en`"),
        (
            own.clone() + "about = \"井盖检查\"\n",
            "line 1: well.cover: is new: say what it is called in `about` and `en`",
        ),
        (line.replace("\"month\"", "\"day\"\nhours = \"moon\""), "line 1: fire.check: there are no rounds \"moon\""),
        (own + "about = \"井盖检查\"\nen = \"Manhole covers\"\n", ""),
    ] {
        assert_eq!(said(&text), says);
    }
}

fn now() -> i64 {
    shanghai_start(day("2021-12-20")) + 8 * 3_600_000
}

fn own(role: Role, held: &[(&str, Uuid)], acts: &Acts) -> Own {
    let (posts, actor) = (Posts::test(held), actor(role));
    let mut found = Vec::new();
    every(acts, |duty| {
        if posts.keep(&actor, &duty) {
            found.push((Shown::of(&duty), duty.span.first, duty.span.due_on));
        }
    });
    own_of(found, day("2021-12-20"))
}

fn codes(shown: &[Shown]) -> BTreeSet<&str> {
    shown.iter().map(|one| one.code.as_str()).collect()
}

#[test]
fn words_facts_and_rules_agree() {
    let norms = norms();
    assert_eq!(check(&norms), Ok(()));
    let words = kit::Words::parse(&[("duties", include_str!("text.toml"))]).unwrap_or_default();
    let posts = crate::organisation::record::POSTS;
    for norm in norms.iter() {
        assert!(has_word(&norm.code));
        assert!(words.has(&format!("duty.{}", norm.code)), "no words for {}", norm.code);
        assert!(posts.contains(&norm.keeper.as_str()), "{}: nobody is ever {}", norm.code, norm.keeper);
        // A month is confirmed in the room of hazards; everything else can be a deed.
        assert_eq!(FACTS.contains(&norm.fact.as_str()), norm.fact != "hazard.return", "{}", norm.fact);
    }
    let asked: BTreeSet<_> = norms.iter().map(|norm| norm.fact.as_str()).collect();
    assert!(FACTS.iter().all(|fact| asked.contains(fact)), "a fact that nobody asks for");
}

#[test]
fn whose_a_duty_is() {
    let nothing = Acts::default();
    let guard = own(Role::Guard, &[], &nothing);
    assert_eq!(codes(&guard.due), ["gate.post", "patrol.guard"].into());
    let principal = own(Role::Principal, &[], &nothing);
    assert!(codes(&principal.due).contains("canteen.accompany") && !codes(&principal.due).contains("fire.check"));
    let officer = own(Role::School, &[], &nothing);
    assert!(codes(&officer.due).contains("fire.check") && !codes(&officer.due).contains("canteen.accompany"));
    // A post held at another school makes that school's duties one's own, and no others.
    let twice = own(Role::Principal, &[("principal", OTHER)], &nothing);
    assert!(twice.due.iter().any(|one| one.subject == OTHER) && twice.due.iter().any(|one| one.subject == SCHOOL));
    assert!(officer.due.iter().all(|one| one.subject == SCHOOL));
    assert_eq!(codes(&own(Role::Inspector, &[], &nothing).due), ["visit.inspector"].into());
    for role in [Role::Sysadmin, Role::Secadmin, Role::Auditor] {
        assert!(levels(role).is_empty());
    }
}

#[test]
fn one_s_own_day_has_what_is_due_first_and_one_line_for_one_fact() {
    let nothing = own(Role::School, &[], &Acts::default());
    assert!(nothing.due.windows(2).all(|pair| pair[0].due <= pair[1].due));
    let facts: Vec<_> = nothing.due.iter().map(|one| (&one.fact, one.subject)).collect();
    assert_eq!(facts.iter().collect::<BTreeSet<_>>().len(), facts.len(), "a fact stands once");
    assert!(nothing.missed.iter().all(|one| one.proof == Proof::Record && one.state == State::Missed));

    let mut acts = Acts::default();
    let today = day("2021-12-20");
    acts.add("fire.patrol", SCHOOL, Act { day: today, at: shanghai_start(today), count: 1 });
    let done = own(Role::School, &[], &acts);
    assert_eq!(done.done_today, 1);
    assert!(!codes(&done.due).contains("fire.patrol"));
}

#[test]
fn the_morning_is_quiet_when_there_is_nothing() {
    let today = day("2021-12-20");
    assert_eq!(compose(&Own::default(), 0, today), None);
    let shown = |proof, days: i64| Shown {
        code: "fire.check".into(),
        fact: "fire.check".into(),
        level: Level::School,
        proof,
        subject: SCHOOL,
        due: shanghai_start(today + TimeDelta::days(days)),
        acts: 0,
        times: 1,
        state: State::Due,
    };
    let with = |due| Own { due, ..Own::default() };
    for (own, waiting, expected) in [
        (with(vec![shown(Proof::Record, 0)]), 0, Some((1, 0, 0))),
        (with(vec![shown(Proof::Record, 1), shown(Proof::Record, 9)]), 2, Some((1, 0, 2))),
        // Neither what is only sampled nor what is due next week disturbs anybody.
        (with(vec![shown(Proof::Sampled, 0)]), 0, None),
        (with(vec![shown(Proof::Record, 9)]), 0, None),
        (Own { missed: vec![shown(Proof::Record, -3)], ..Own::default() }, 0, Some((0, 1, 0))),
        (Own::default(), 1, Some((0, 0, 1))),
    ] {
        let said = compose(&own, waiting, today).map(|digest| (digest.due, digest.missed, digest.waiting));
        assert_eq!(said, expected);
    }
    let rooms = crate::all();
    let cards: BTreeSet<_> =
        rooms.iter().flat_map(|area| &area.kinds).flat_map(|kind| kind.today).map(|card| card.label).collect();
    assert!(WAITS.iter().all(|label| cards.contains(label)), "a card that nobody has");
}

/// One question, one answer: until when a round is in time the duty says as the board of patrols says it, and asks for none that the board does not.
#[test]
fn rounds_and_posts_have_the_hours_of_the_board() {
    let rules = house::rules().unwrap_or_default();
    let facts = Facts::at(&rules, now());
    let of = |kind: &str, boarding| {
        let mut subjects = [Subject { id: SCHOOL, kind: kind.into(), boarding, ..Subject::default() }];
        hours::put(&mut subjects, &rules.conduct.duties, &facts, (day("2021-12-12"), day("2021-12-20")));
        let [subject] = subjects;
        subject.hours
    };
    let until = |hours: &std::collections::HashMap<String, std::sync::Arc<kit::duty::Hours>>, code: &str, on: &str| {
        let due = hours.get(code)?.get(&day(on))?;
        Some(kit::dates::shanghai_time(*due).format("%m-%d %H:%M").to_string())
    };
    let little = of("kindergarten", false);
    assert_eq!(
        until(&little, "gate.post", "2021-12-20").as_deref(),
        Some("12-20 08:45"),
        "half past eight, and the grace"
    );
    assert_eq!(until(&little, "patrol.noon", "2021-12-20").as_deref(), Some("12-20 14:45"));
    assert_eq!(until(&little, "patrol.night", "2021-12-20"), None);
    let large = of("senior", true);
    for (on, ends) in [
        ("2021-12-12", Some("12-13 06:15")),
        ("2021-12-16", Some("12-17 06:15")),
        // On Friday the boarders go home, on Sunday evening they are back.
        ("2021-12-17", None),
        ("2021-12-18", None),
        ("2021-12-19", Some("12-20 06:15")),
    ] {
        assert_eq!(until(&large, "patrol.night", on).as_deref(), ends, "{on}");
    }
    // Of a type of school whose hours nobody has set the line itself says when.
    assert_eq!(until(&of("none", false), "gate.post", "2021-12-20").as_deref(), Some("12-20 08:00"));
}

#[test]
fn no_rules_at_all_ask_for_nothing() {
    let mut asked = 0;
    let almanac = almanac();
    each(
        &DutyNorms::default(),
        &[(Subject::default(), &almanac)],
        &Acts::default(),
        &[],
        (day("2021-01-01"), day("2021-12-31")),
        0,
        |_| asked += 1,
    );
    assert_eq!(asked, 0);
}

/// How often a round is owed stands with the patrols; the duty that it does asks for as many.
#[test]
fn a_duty_asks_for_as_many_rounds_as_the_norm_of_patrols() {
    let rules = house::rules().unwrap_or_default();
    // A head's walk is owed by the day and answers for a leader's round of the week.
    let kinds = RouteKind::all().filter(|kind| !kind.duty().is_empty() && *kind != RouteKind::Head);
    let kinds: Vec<_> = kinds.map(|kind| (kind.duty(), kind)).collect();
    for norm in rules.conduct.duties.iter() {
        let Some((_, kind)) = kinds.iter().find(|(code, _)| *code == norm.code) else { continue };
        let owed = rules.norms.value(kind.norm(), norm.from).ok();
        assert_eq!(owed, Some(i64::from(norm.times)), "{} from {}", norm.code, norm.from);
    }
    assert!(kinds.iter().all(|(code, _)| rules.conduct.duties.iter().any(|norm| norm.code == *code)));
}

/// What would always be refused is not offered; whoever may record it for somebody else is asked for whom.
#[test]
fn a_deeds_form_asks_for_what_is_taken() {
    let officer = Actor { scope: Scope::county(), ..actor(Role::Bureau) };
    for (who, field, code, offered) in [
        (actor(Role::Guard), "fact", "patrol.guard", false),
        (actor(Role::Guard), "fact", "rollcall.arrival", false),
        (actor(Role::Guard), "fact", "canteen.accompany", true),
        (actor(Role::Guard), "class", "", false),
        (actor(Role::Guard), "unit", "", false),
        (actor(Role::Guard), "school", "", true),
        (actor(Role::Teacher), "class", "", true),
        (officer.clone(), "class", "", true),
        (officer, "unit", "", true),
    ] {
        assert_eq!(super::rules::deed_offered(&who, field, code), offered, "{:?} {field} {code}", who.role);
    }
}
