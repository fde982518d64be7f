//! From an address to a question: `?state=open&found_on.from=2021-01-01&q=消防&sort=-due_on&after=…&limit=50`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::query::{Place, Query, Test};
use kit::{Cell, Field, Kind, Noun, Refusal};
use uuid::Uuid;

use crate::app::Cx;
use crate::area;
use crate::parse;

/// Rows of a page when nobody asks for another number, and at most.
pub const PAGE: u64 = 50;
pub const MOST: u64 = 1000;

/// Words of an address that are not fields.
const OWN: &[&str] = &["q", "sort", "after", "before", "limit", "view", "back", "columns", "fields", "as_of"];

/// Reads a question; every fault at once. A field that this reader sees masked can be neither filtered nor sorted by.
pub fn query(cx: &Cx, noun: &'static Noun, asked: &[(String, String)]) -> Result<Query, Vec<Refusal>> {
    let mut query = Query { limit: PAGE, ..Query::new() };
    let mut faults = Vec::new();
    let silent = cx.app.kind_of(noun.name).and_then(|kind| kind.unless_asked);
    let silent = silent
        .filter(|(field, _)| !asked.iter().any(|(name, _)| name == field))
        .map(|(field, value)| (field.to_owned(), value.to_owned()));
    for (name, value) in asked.iter().chain(&silent).filter(|(_, value)| !value.is_empty()) {
        let read = match name.as_str() {
            name if !OWN.contains(&name) => filter(cx, noun, &mut query, name, value),
            "q" => searchable(cx, noun).and_then(|()| words(&mut query, value)),
            "sort" => sort(cx, noun, &mut query, value),
            "limit" => limit(&mut query, value),
            "as_of" => as_of(cx, noun, &mut query, value),
            "after" | "before" => place(&mut query, name == "before", value),
            _ => Ok(()),
        };
        faults.extend(read.err());
    }
    // A place means nothing without the order that it was taken in: the sort field's type is known only now.
    if !fits(noun, &query) {
        faults.push(Refusal::new("query.place"));
    }
    if faults.is_empty() { Ok(query) } else { Err(faults) }
}

/// What to ask for, so that a list leaves nothing out of its own accord.
pub fn everything(kind: &area::Kind) -> Option<(String, String)> {
    let (name, _) = kind.unless_asked?;
    match kind.noun.field(name)?.kind {
        Kind::Bool => Some((name.to_owned(), "0,1".to_owned())),
        Kind::Choice(codes) => Some((name.to_owned(), codes.join(","))),
        _ => None,
    }
}

fn visible(cx: &Cx, noun: &'static Noun, name: &str) -> Result<&'static Field, Refusal> {
    let field = noun
        .field(name)
        .filter(|field| !field.hidden || noun.scope.units.contains(&field.name))
        .ok_or_else(|| Refusal::new("query.field").with("name", name))?;
    if cx.sees(noun, field) { Ok(field) } else { Err(Refusal::at("query.masked", field.name)) }
}

/// Whether this reader may look for words in a noun: all that is searched must be his to see.
pub(crate) fn searchable(cx: &Cx, noun: &'static Noun) -> Result<(), Refusal> {
    noun.fields.iter().filter(|field| field.searched).try_for_each(|field| visible(cx, noun, field.name).map(|_| ()))
}

fn words(query: &mut Query, value: &str) -> Result<(), Refusal> {
    query.search = Some(crate::search::typed(value)?);
    Ok(())
}

/// Endings that say how a field is compared; without one, it equals one of the values given.
const ENDINGS: &[&str] = &[
    "from",
    "to",
    "present",
    "not",
    "later_than",
    "not_later_than",
    "later_by",
    "from_or_empty",
    "to_or_empty",
    "later_by_or_empty",
    "not_or_empty",
];

fn filter(cx: &Cx, noun: &'static Noun, query: &mut Query, name: &str, value: &str) -> Result<(), Refusal> {
    let (name, ending) = match name.rsplit_once('.') {
        Some((name, ending)) if ENDINGS.contains(&ending) => (name, ending),
        _ => (name, ""),
    };
    let field = visible(cx, noun, name)?;
    if field.sealed.is_some() {
        return Err(Refusal::at("query.masked", field.name));
    }
    let read = |text: &str| asked_for(cx, field, text);
    let list = || {
        value
            .split(',')
            .map(|part| if part == "-" { Ok(Cell::Null) } else { read(part) })
            .collect::<Result<Vec<_>, _>>()
    };
    let test = match ending {
        "" => Test::OneOf(list()?),
        "not" => Test::NoneOf(list()?),
        "from" => Test::Between(Some(read(value)?), None),
        "to" => Test::Between(None, Some(read(value)?)),
        "not_or_empty" => Test::NullOr(Box::new(Test::NoneOf(list()?))),
        "from_or_empty" => Test::NullOr(Box::new(Test::Between(Some(read(value)?), None))),
        "to_or_empty" => Test::NullOr(Box::new(Test::Between(None, Some(read(value)?)))),
        "later_than" => Test::After(beside(cx, noun, field, value)?),
        "not_later_than" => Test::NotAfter(beside(cx, noun, field, value)?),
        "later_by" => later_by(cx, noun, field, value)?,
        "later_by_or_empty" => Test::NullOr(Box::new(later_by(cx, noun, field, value)?)),
        _ if parse::flag(value) == Some(true) => Test::Present,
        _ => return Err(Refusal::at("query.present", field.name).with("name", field.name)),
    };
    join(query, field, test);
    Ok(())
}

/// A value in an address, as programs are told it: money in 分, as in JSON, and not in 元 as people type it.
pub(crate) fn asked_for(cx: &Cx, field: &'static Field, text: &str) -> Result<Cell, Refusal> {
    if field.yuan {
        return text.trim().parse().map(Cell::Int).map_err(|_| Refusal::at("value.number", field.name));
    }
    parse::cell(field, text, cx.app.pretend)
}

/// `begun_at.60`: more than sixty minutes later than the other moment.
fn later_by(cx: &Cx, noun: &'static Noun, field: &Field, value: &str) -> Result<Test, Refusal> {
    let (name, minutes) = value.rsplit_once('.').unwrap_or((value, ""));
    let other = visible(cx, noun, name)?;
    let moments = [field, other].iter().all(|field| matches!(field.kind, Kind::Moment));
    let minutes = minutes.parse::<u32>().ok().filter(|_| moments);
    minutes
        .map(|minutes| Test::LaterBy(other.name, i64::from(minutes)))
        .ok_or_else(|| Refusal::new("query.field").with("name", value))
}

/// The field with which another is compared: both must hold the same kind of thing, and in the clear.
fn beside(cx: &Cx, noun: &'static Noun, field: &Field, name: &str) -> Result<&'static str, Refusal> {
    let other = visible(cx, noun, name)?;
    let same = std::mem::discriminant(&other.kind) == std::mem::discriminant(&field.kind);
    let fits = same && other.sealed.is_none();
    if fits { Ok(other.name) } else { Err(Refusal::new("query.field").with("name", name)) }
}

/// Two bounds of one field are one test; anything else stands beside what is there.
fn join(query: &mut Query, field: &'static Field, test: Test) {
    let known =
        query.filters.iter_mut().find(|filter| filter.field == field.name && matches!(filter.test, Test::Between(..)));
    match (known.map(|filter| &mut filter.test), test) {
        (Some(Test::Between(_, high @ None)), Test::Between(None, bound)) => *high = bound,
        (Some(Test::Between(low @ None, _)), Test::Between(bound, None)) => *low = bound,
        (_, test) => query.filters.push(kit::Filter { field: field.name, test }),
    }
}

/// How the records stood at the end of a day that is over; today they stand as they stand.
fn as_of(cx: &Cx, noun: &Noun, query: &mut Query, value: &str) -> Result<(), Refusal> {
    if !noun.fields.iter().any(|field| field.past) {
        return Err(Refusal::new("query.field").with("name", "as_of"));
    }
    let day = value.parse().map_err(|_| Refusal::new("query.as_of").with("value", value))?;
    query.as_of = Some(day).filter(|day| *day < cx.today());
    Ok(())
}

fn sort(cx: &Cx, noun: &'static Noun, query: &mut Query, value: &str) -> Result<(), Refusal> {
    let (name, descending) = value.strip_prefix('-').map_or((value, false), |name| (name, true));
    let field = visible(cx, noun, name)?;
    if field.sealed.is_some() {
        return Err(Refusal::at("query.masked", field.name));
    }
    (query.sort, query.descending) = (Some(field.name), descending);
    Ok(())
}

fn limit(query: &mut Query, value: &str) -> Result<(), Refusal> {
    let limit: u64 = value.parse().map_err(|_| Refusal::new("query.limit").with("most", MOST))?;
    if !(1..=MOST).contains(&limit) {
        return Err(Refusal::new("query.limit").with("most", MOST));
    }
    query.limit = limit;
    Ok(())
}

fn place(query: &mut Query, backwards: bool, value: &str) -> Result<(), Refusal> {
    query.place = Some(read_place(value, backwards).ok_or_else(|| Refusal::new("query.place"))?);
    Ok(())
}

/// A place as an opaque word for addresses.
pub fn place_word(place: &Place) -> String {
    let value = match &place.value {
        Cell::Text(text) => format!("t{text}"),
        Cell::Int(int) => format!("i{int}"),
        Cell::Real(real) => format!("r{real}"),
        Cell::Date(date) => format!("d{date}"),
        Cell::Bool(flag) => format!("b{flag}"),
        Cell::Id(id) => format!("u{id}"),
        Cell::Null | Cell::Secret(_) => "n".to_owned(),
    };
    URL_SAFE_NO_PAD.encode(format!("{}{value}", place.id.simple()))
}

fn read_place(word: &str, backwards: bool) -> Option<Place> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(word).ok()?).ok()?;
    let (id, value) = (text.get(..32)?, text.get(32..)?);
    let rest = value.get(1..)?;
    let value = match value.get(..1)? {
        "t" => Cell::Text(rest.to_owned()),
        "i" => Cell::Int(rest.parse().ok()?),
        "r" => Cell::Real(rest.parse().ok()?),
        "d" => Cell::Date(rest.parse().ok()?),
        "b" => Cell::Bool(rest.parse().ok()?),
        "u" => Cell::Id(rest.parse().ok()?),
        "n" => Cell::Null,
        _ => return None,
    };
    Some(Place { value, id: Uuid::parse_str(id).ok()?, backwards })
}

/// Whether a place fits the order of a question: a place from another order would make the database compare text with dates.
fn fits(noun: &Noun, query: &Query) -> bool {
    let Some(place) = &query.place else { return true };
    let name = query.sort.unwrap_or_else(|| noun.order.trim_start_matches('-'));
    let Some(field) = noun.field(name) else { return false };
    matches!(
        (&field.kind, &place.value),
        (_, Cell::Null)
            | (Kind::Text { .. } | Kind::Long { .. } | Kind::Choice(_), Cell::Text(_))
            | (Kind::Int { .. } | Kind::Moment, Cell::Int(_))
            | (Kind::Real { .. }, Cell::Real(_))
            | (Kind::Date, Cell::Date(_))
            | (Kind::Bool, Cell::Bool(_))
            | (Kind::Ref(_), Cell::Id(_))
    )
}

/// A question's filters as an address: the rows behind a figure, one click away. [`query`] reads it back.
pub fn address(query: &Query) -> Vec<(String, String)> {
    let filters = query.filters.iter().flat_map(|filter| parts(filter.field, &filter.test, ""));
    filters.chain(query.as_of.map(|day| ("as_of".to_owned(), day.to_string()))).collect()
}

fn parts(name: &str, test: &Test, ending: &str) -> Vec<(String, String)> {
    let list = |cells: &[Cell]| cells.iter().map(word).collect::<Vec<_>>().join(",");
    match test {
        Test::OneOf(cells) => vec![(name.to_owned(), list(cells))],
        Test::NoneOf(cells) => vec![(format!("{name}.not{ending}"), list(cells))],
        Test::Between(low, high) => {
            let bounds = [("from", low), ("to", high)];
            bounds
                .into_iter()
                .filter_map(|(end, bound)| Some((format!("{name}.{end}{ending}"), word(bound.as_ref()?))))
                .collect()
        }
        Test::Present => vec![(format!("{name}.present"), "1".to_owned())],
        Test::After(other) => vec![(format!("{name}.later_than"), (*other).to_owned())],
        Test::NotAfter(other) => vec![(format!("{name}.not_later_than"), (*other).to_owned())],
        Test::LaterBy(other, minutes) => vec![(format!("{name}.later_by{ending}"), format!("{other}.{minutes}"))],
        Test::NullOr(test) => parts(name, test, "_or_empty"),
    }
}

fn word(cell: &Cell) -> String {
    match cell {
        Cell::Null | Cell::Secret(_) => "-".to_owned(),
        Cell::Bool(flag) => if *flag { "1" } else { "0" }.to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Int(int) => int.to_string(),
        Cell::Real(real) => real.to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::Id(id) => id.to_string(),
    }
}
