//! References in a sheet: a record is named by its number, by its name, or by both, and found among those that exist for the reader.

use std::collections::{HashMap, HashSet};

use kit::query::Query;
use kit::tidy::fold;
use kit::{Cell, Field, Kind, Noun, Refusal, Row, codes};
use store::StoreError;
use uuid::Uuid;

use super::columns::Columns;
use crate::app::Cx;
use crate::sheet::Table;
use crate::show;

/// As many candidates are named when a name fits several records.
const NAMED: usize = 5;

/// The number by which people know a record: the first part of its key that is a text and no secret.
fn number(noun: &'static Noun) -> Option<&'static Field> {
    noun.keys().find(|field| matches!(field.kind, Kind::Text { .. }) && field.mask.is_none())
}

/// The part of the key that is sealed: then only the whole value finds the record.
fn sealed_key(noun: &'static Noun) -> Option<&'static Field> {
    noun.keys().find(|field| field.sealed.is_some())
}

/// How a record is written in another one's row: its number and what people call it.
pub fn label(cx: &Cx, noun: &'static Noun, row: &Row) -> String {
    let title = show::title(cx, noun, row);
    let number = number(noun).and_then(|field| row.get(noun, field.name).text()).unwrap_or_default();
    match (number.is_empty(), title.is_empty()) {
        (true, true) => row.id.to_string(),
        (true, false) => title,
        (false, true) => number.to_owned(),
        (false, false) if number == title => title,
        (false, false) => format!("{number} {title}"),
    }
}

/// The labels of records that rows refer to, by id; one statement for each noun. They are read for the county: who sees a row sees
/// what it says.
pub async fn labels(
    cx: &Cx,
    wanted: HashMap<&'static str, HashSet<Uuid>>,
) -> Result<HashMap<Uuid, String>, StoreError> {
    let mut labels = HashMap::new();
    for (noun, ids) in wanted {
        let Some(kind) = cx.app.kind_of(noun) else { continue };
        let ids: Vec<_> = ids.into_iter().collect();
        let rows = cx.app.store.find_many(kind.noun, &ids, &kit::Scope::county()).await?;
        labels.extend(rows.into_iter().map(|(id, row)| (id, label(cx, kind.noun, &row))));
    }
    Ok(labels)
}

/// A field of the target that agrees with a field of the referring row: a class's school with the pupil's.
struct Bond {
    theirs: usize,
    ours: usize,
    /// What the referring row's field is called, as a key of words.
    named: String,
    /// Part of the target's key: its name means something only within it.
    strict: bool,
}

/// The records that a column may refer to.
pub struct Lookup {
    pub target: &'static Noun,
    pub rows: HashMap<Uuid, Row>,
    names: HashMap<String, Vec<Uuid>>,
    bonds: Vec<Bond>,
    /// A label may be masked, so that stars mean "unchanged".
    masked: bool,
}

/// The lookups of a file's columns, by field.
pub struct Lookups(HashMap<usize, Lookup>);

impl Lookups {
    /// Reads, for every reference column, the records in the reader's scope.
    pub async fn load(cx: &Cx, noun: &'static Noun, columns: &Columns, table: &Table) -> Result<Self, StoreError> {
        let mut all = HashMap::new();
        for column in &columns.fields {
            let Kind::Ref(name) = column.field.kind else { continue };
            let Some(target) = cx.app.kind_of(name).map(|kind| kind.noun) else { continue };
            let bonds = bonds(noun, column.index, target);
            let (rows, names) = match sealed_key(target) {
                Some(key) => by_secret(cx, target, key, column.at, table).await?,
                None => by_name(cx, target).await?,
            };
            let hidden = |field: &&str| target.field(field).is_some_and(|field| !cx.sees(target, field));
            let masked = sealed_key(target).is_some() || target.title.iter().any(hidden);
            all.insert(column.index, Lookup { target, rows, names, bonds, masked });
        }
        Ok(Self(all))
    }

    pub fn get(&self, index: usize) -> Option<&Lookup> {
        self.0.get(&index)
    }

    /// All records that were read, by id: what rules may know.
    pub fn into_rows(self) -> HashMap<Uuid, Row> {
        self.0.into_values().flat_map(|lookup| lookup.rows).collect()
    }
}

fn bonds(noun: &'static Noun, index: usize, target: &'static Noun) -> Vec<Bond> {
    let theirs = target.fields.iter().enumerate().filter_map(|(at, field)| match field.kind {
        Kind::Ref(name) if name != target.name => Some((at, field, name)),
        _ => None,
    });
    let bond = |(theirs, field, name): (usize, &Field, &str)| {
        // What stands before it in the row, or what the row has for just this.
        let before = |at: usize, own: &Field| at < index || own.apart;
        let same = |own: &Field| matches!(own.kind, Kind::Ref(own) if own == name);
        let (ours, own) = noun.fields.iter().enumerate().find(|(at, own)| before(*at, own) && same(own))?;
        Some(Bond { theirs, ours, named: format!("{}.{}", noun.name, own.name), strict: field.key })
    };
    theirs.filter_map(bond).collect()
}

type Found = (HashMap<Uuid, Row>, HashMap<String, Vec<Uuid>>);

async fn by_name(cx: &Cx, target: &'static Noun) -> Result<Found, StoreError> {
    let rows = cx.app.store.all(target, &Query::new(), cx.scope()).await?;
    let mut names: HashMap<String, Vec<Uuid>> = HashMap::new();
    for row in &rows {
        for name in names_of(cx, target, row) {
            names.entry(name).or_default().push(row.id);
        }
    }
    Ok((rows.into_iter().map(|row| (row.id, row)).collect(), names))
}

/// What a record may be called in a file, in comparable form, each once.
pub fn names_of(cx: &Cx, target: &'static Noun, row: &Row) -> HashSet<String> {
    let field = |field: Option<&Field>| field.and_then(|field| row.get(target, field.name).text()).map(fold);
    let mut names: HashSet<String> =
        [field(number(target)), field(target.field("code"))].into_iter().flatten().collect();
    names.insert(fold(&show::title(cx, target, row)));
    names.insert(fold(&label(cx, target, row)));
    // A masked name finds nobody, and stars are no name.
    names.retain(|name| !name.is_empty() && !name.contains('*'));
    names
}

/// Of a hundred thousand records only those that the file names are read.
async fn by_secret(
    cx: &Cx,
    target: &'static Noun,
    key: &'static Field,
    at: usize,
    table: &Table,
) -> Result<Found, StoreError> {
    let texts: HashSet<&str> =
        table.rows.iter().map(|row| row.cell(at)).filter(|text| !text.is_empty() && !text.contains('*')).collect();
    let mut blinds: HashMap<String, Vec<&str>> = HashMap::with_capacity(texts.len());
    for text in texts {
        blinds.entry(cx.app.store.blind(key.name, &codes::form(text))?).or_default().push(text);
    }
    let cells: Vec<_> = blinds.keys().map(|blind| Cell::Text(blind.clone())).collect();
    let index = key.sealed.unwrap_or(key.name);
    let rows = cx.app.store.find_by(target, index, &cells, cx.scope()).await?;
    let mut names: HashMap<String, Vec<Uuid>> = HashMap::with_capacity(rows.len());
    for row in &rows {
        for text in row.get(target, index).text().and_then(|blind| blinds.get(blind)).into_iter().flatten() {
            names.entry(fold(text)).or_default().push(row.id);
        }
    }
    Ok((rows.into_iter().map(|row| (row.id, row)).collect(), names))
}

impl Lookup {
    pub fn veiled(&self, text: &str) -> bool {
        self.masked && text.contains('*')
    }

    /// The one record that a text means in this row.
    ///
    /// # Errors
    /// `value.unknown` when there is none for this reader, `io.several` naming them when there are several.
    pub fn find(&self, cx: &Cx, field: &'static Field, text: &str, row: &Row) -> Result<Uuid, Refusal> {
        let ids = self.names.get(text).or_else(|| self.names.get(&fold(text))).map_or(&[][..], Vec::as_slice);
        let strict: Vec<Uuid> = ids.iter().copied().filter(|id| self.bound(*id, row, true)).collect();
        let chosen = match strict.as_slice() {
            [one] => return Ok(*one),
            several => several.iter().copied().filter(|id| self.bound(*id, row, false)).collect::<Vec<_>>(),
        };
        match (chosen.as_slice(), strict.as_slice()) {
            ([one], _) => Ok(*one),
            (_, []) => Err(Refusal::at("value.unknown", field.name)
                .with("noun", cx.word(self.target.name))
                .with("value", short(text))),
            (_, several) => Err(self.several(cx, field, (text, row), several)),
        }
    }

    /// Whether a candidate agrees with the row in every bond (the strict ones only, or all). What the row leaves open agrees.
    fn bound(&self, id: Uuid, row: &Row, strict: bool) -> bool {
        let Some(candidate) = self.rows.get(&id) else { return false };
        let agrees = |bond: &Bond| {
            let ours = row.cells.get(bond.ours).unwrap_or(&Cell::Null);
            ours.is_null() || candidate.cells.get(bond.theirs) == Some(ours)
        };
        self.bonds.iter().filter(|bond| bond.strict || !strict).all(agrees)
    }

    fn several(&self, cx: &Cx, field: &'static Field, (text, row): (&str, &Row), ids: &[Uuid]) -> Refusal {
        let candidates = ids.iter().take(NAMED).filter_map(|id| self.rows.get(id));
        let (named, alike) = told_apart(cx, self.target, &candidates.collect::<Vec<_>>());
        let open = |bond: &&Bond| bond.strict && row.cells.get(bond.ours).is_none_or(Cell::is_null);
        let fields: Vec<_> = self.bonds.iter().filter(open).map(|bond| cx.word(&bond.named).to_owned()).collect();
        // Of those that are called alike none has a number of its own to be entered.
        let refusal = if alike && !fields.is_empty() {
            Refusal::at("io.several_within", field.name).with("fields", fields.join(" / "))
        } else {
            Refusal::at("io.several", field.name)
        };
        refusal.with("value", short(text)).with("n", ids.len()).with("list", named.join(" / "))
    }

    /// The fields whose faults explain why nothing was found.
    pub fn depends(&self) -> impl Iterator<Item = usize> + '_ {
        self.bonds.iter().filter(|bond| bond.strict).map(|bond| bond.ours)
    }
}

/// What these records are called, no two alike, and whether their labels alone would be: then each says within what it bears its name.
fn told_apart(cx: &Cx, noun: &'static Noun, rows: &[&Row]) -> (Vec<String>, bool) {
    let labels: Vec<_> = rows.iter().map(|row| label(cx, noun, row)).collect();
    let alike = labels.iter().collect::<HashSet<_>>().len() < labels.len();
    if !alike {
        return (labels, false);
    }
    let tree = cx.app.tree();
    let within = |(row, label): (&&Row, String)| {
        let names = noun.keys().filter(|field| matches!(field.kind, Kind::Ref(_)));
        let names = names.filter_map(|field| row.get(noun, field.name).id()).map(|id| tree.name(id));
        let of: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        if of.is_empty() {
            return label;
        }
        cx.app.words.fill(cx.lang, "io.one_of", &[("n", label), ("of", of.join(" / "))])
    };
    let mut told: Vec<_> = rows.iter().zip(labels).map(within).collect();
    let mut seen = HashSet::new();
    told.retain(|name| seen.insert(name.clone()));
    (told, true)
}

/// What is quoted back: enough to recognise it.
pub fn short(text: &str) -> String {
    let mut quoted: String = text.chars().filter(|letter| !letter.is_control()).take(40).collect();
    if quoted.chars().count() < text.chars().count() {
        quoted.push('…');
    }
    quoted
}
