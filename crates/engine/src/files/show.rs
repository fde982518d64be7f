//! What a record's page shows of its attachments.

use std::collections::{BTreeMap, HashMap};

use kit::{Row, Scope, dates};
use store::StoreError;
use uuid::Uuid;

use super::around::{is_live, of};
use super::{ATTACHMENT, ROLES, alike, real};
use crate::app::Cx;
use crate::area::Kind;
use crate::auth::ACCOUNT;
use crate::show;
use crate::view::{AlikeView, AttachView, EvidenceView, GoneView, LinkView, OptionView, PieceView, SideView, Tone};

/// How long whoever added a file may take it away again without asking anybody.
const SECOND_THOUGHT: i64 = 24 * 3_600_000;
/// As many repetitions of one picture as a page names.
const NAMED: usize = 5;

/// Files that were sent and not all taken, with what was typed beside them.
#[derive(Debug, Clone, Default)]
pub struct Tried {
    /// Name and sentence of each file that was refused.
    pub refused: Vec<(String, String)>,
    pub role: String,
    pub place: String,
    pub taken_on: String,
}

/// What is read once for all attachments of a page.
#[derive(Default)]
pub(super) struct Beside {
    names: HashMap<Uuid, String>,
    alike: HashMap<Uuid, Vec<(u32, Row)>>,
    /// Records of the alike ones that this reader may see: title and address.
    visible: HashMap<Uuid, LinkView>,
}

impl Beside {
    pub async fn read(cx: &Cx, rows: &[Row]) -> Result<Self, StoreError> {
        let live: Vec<_> = rows.iter().filter(|row| is_live(row)).cloned().collect();
        let alike = alike::repeated(&cx.app.store, &live).await?;
        let others: Vec<_> = alike.values().flatten().map(|(_, row)| row).collect();
        Ok(Self { visible: parents(cx, &others).await?, alike, ..Self::names(cx, rows).await? })
    }

    /// Only who added and who removed them.
    pub async fn names(cx: &Cx, rows: &[Row]) -> Result<Self, StoreError> {
        let mut accounts: Vec<_> = rows
            .iter()
            .flat_map(|row| ["uploaded_by", "removed_by"].map(|field| row.get(&ATTACHMENT, field).id()))
            .flatten()
            .collect();
        accounts.sort_unstable();
        accounts.dedup();
        let names = cx.app.store.find_many(&ACCOUNT, &accounts, &Scope::county()).await?;
        let names = names.into_iter().map(|(id, row)| (id, ACCOUNT.title_of(&row))).collect();
        Ok(Self { names, ..Self::default() })
    }
}

/// The records of some attachments, as far as they exist for this reader: one statement for each noun.
pub(super) async fn parents(cx: &Cx, rows: &[&Row]) -> Result<HashMap<Uuid, LinkView>, StoreError> {
    let mut wanted: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for row in rows {
        let noun = row.get(&ATTACHMENT, "noun").text().unwrap_or_default();
        wanted.entry(noun).or_default().extend(row.get(&ATTACHMENT, "record").id());
    }
    let mut found = HashMap::new();
    for (noun, ids) in wanted {
        let Some(kind) = cx.app.kind_of(noun).filter(|kind| cx.may(kind.noun.name, "read")) else { continue };
        let records = cx.app.store.find_many(kind.noun, &ids, cx.scope()).await?;
        found.extend(records.into_iter().map(|(id, row)| {
            let title = show::title(cx, kind.noun, &row);
            let label = if title.is_empty() { cx.word(kind.noun.name).to_owned() } else { title };
            (id, LinkView { label, href: format!("/{}/{id}", kind.noun.plural) })
        }));
    }
    Ok(found)
}

/// The section of a record's page; `None` where there is nothing to see and nothing to add.
pub(crate) async fn view(
    cx: &Cx,
    kind: &Kind,
    record: &Row,
    tried: Option<&Tried>,
) -> Result<Option<EvidenceView>, StoreError> {
    // A house without that room has nothing attached.
    if cx.app.kind_of(ATTACHMENT.name).is_none() {
        return Ok(None);
    }
    let adds = cx.app.files.is_some() && cx.may(kind.noun.name, "attach");
    let rows = of(&cx.app.store, kind.noun, record.id).await?;
    if rows.is_empty() && !adds {
        return Ok(None);
    }
    let beside = Beside::read(cx, &rows).await?;
    let base = format!("/{}/{}/files", kind.noun.plural, record.id);
    let role = |row: &Row| row.get(&ATTACHMENT, "role").text().unwrap_or_default().to_owned();
    let live: Vec<_> = rows.iter().filter(|row| is_live(row)).collect();
    let pieces = |wanted: &dyn Fn(&str) -> bool| -> Vec<PieceView> {
        live.iter().filter(|row| wanted(&role(row))).map(|row| piece(cx, kind, &base, row, &beside)).collect()
    };
    let side = |code: &str| SideView {
        heading: cx.word(&format!("attachment.role.{code}")).to_owned(),
        pieces: pieces(&|role| role == code),
    };
    Ok(Some(EvidenceView {
        sides: if kind.pairs { ["before", "after"].map(side).into() } else { Vec::new() },
        others: pieces(&|role| !kind.pairs || role == "other"),
        gone: rows.iter().filter(|row| !is_live(row)).map(|row| gone(cx, row, &beside)).collect(),
        attach: adds.then(|| attach(cx, kind, record, base.clone(), tried)),
    }))
}

fn when(row: &Row, field: &str) -> Option<String> {
    let at = row.get(&ATTACHMENT, field).int()?;
    Some(dates::shanghai_time(at).format("%Y-%m-%d %H:%M").to_string())
}

fn name(row: &Row) -> String {
    row.get(&ATTACHMENT, "name").text().unwrap_or_default().to_owned()
}

/// Enough of a hash to compare two by eye.
fn hash(row: &Row) -> String {
    row.get(&ATTACHMENT, "sha256").text().unwrap_or_default().chars().take(16).collect()
}

/// One attachment, at the address of the record that it belongs to.
pub(super) fn piece(cx: &Cx, kind: &Kind, base: &str, row: &Row, beside: &Beside) -> PieceView {
    let picture = row.get(&ATTACHMENT, "media").text().is_some_and(|media| media.starts_with("image/"));
    let href = format!("{base}/{}", row.id);
    let who = row.get(&ATTACHMENT, "uploaded_by").id().and_then(|id| beside.names.get(&id)).map_or("", String::as_str);
    let args = [
        ("who", who.to_owned()),
        ("when", when(row, "uploaded_at").unwrap_or_default()),
        ("size", show::size(row.get(&ATTACHMENT, "size").int().unwrap_or_default())),
    ];
    let key = if who.is_empty() { "evidence.added_by_nobody" } else { "evidence.added" };
    PieceView {
        name: name(row),
        sound: row.get(&ATTACHMENT, "media").text().is_some_and(|media| media.starts_with("audio/")),
        thumb: picture.then(|| format!("{href}/thumb")),
        added: cx.app.words.fill(cx.lang, key, &args),
        taken: if picture && kind.pairs { taken(cx, row) } else { String::new() },
        marks: if picture && kind.pairs { marks(cx, row) } else { Vec::new() },
        alike: alike_notes(cx, row, beside),
        remove: may_remove(cx, kind, row).is_ok().then(|| format!("{href}/remove")),
        id: row.id.to_string(),
        href,
    }
}

fn taken(cx: &Cx, row: &Row) -> String {
    let stated = row.get(&ATTACHMENT, "stated") == &kit::Cell::Bool(true);
    let key = if stated { "evidence.taken_stated" } else { "evidence.taken" };
    let at = when(row, "taken_at").map(|when| cx.app.words.fill(cx.lang, key, &[("when", when)]));
    let place = row.get(&ATTACHMENT, "place").text().map(ToOwned::to_owned);
    let position = match (row.get(&ATTACHMENT, "lat"), row.get(&ATTACHMENT, "lon")) {
        (kit::Cell::Real(lat), kit::Cell::Real(lon)) if cx.may(ATTACHMENT.name, "see") => {
            let args = [("lat", format!("{lat:.5}")), ("lon", format!("{lon:.5}"))];
            Some(cx.app.words.fill(cx.lang, "evidence.position", &args))
        }
        (kit::Cell::Real(_), _) => Some(cx.word("evidence.position_kept").to_owned()),
        _ => None,
    };
    [at, place, position].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What a photograph of this record type should say and does not.
fn marks(cx: &Cx, row: &Row) -> Vec<(String, Tone)> {
    let empty = |field| row.get(&ATTACHMENT, field).is_null();
    let no_time = empty("taken_at").then_some("evidence.no_time");
    let no_place = (empty("place") && empty("lat")).then_some("evidence.no_place");
    [no_time, no_place].into_iter().flatten().map(|key| (cx.word(key).to_owned(), Tone::Warn)).collect()
}

fn alike_notes(cx: &Cx, row: &Row, beside: &Beside) -> Vec<AlikeView> {
    let record = row.get(&ATTACHMENT, "record");
    let note = |(distance, other): &(u32, Row)| {
        let how = if *distance == 0 { "same" } else { "near" };
        let other_record = other.get(&ATTACHMENT, "record");
        let link = other_record.id().and_then(|id| beside.visible.get(&id)).filter(|_| other_record != record);
        let place = match link {
            _ if other_record == record => "here",
            Some(_) => "there",
            None => "elsewhere",
        };
        let text = cx.app.words.fill(cx.lang, &format!("evidence.{how}_{place}"), &[("n", name(other))]);
        AlikeView { text, link: link.cloned() }
    };
    let mut notes: Vec<_> = beside.alike.get(&row.id).into_iter().flatten().map(note).collect();
    // However many there are elsewhere, a reader learns no more than that there is one.
    notes.dedup_by(|left, right| left.link.is_none() && left.text == right.text);
    notes.truncate(NAMED);
    notes
}

/// Whoever added it, within a day; after that somebody whom the table names, for by then others have relied on it.
pub(super) fn may_remove(cx: &Cx, kind: &Kind, row: &Row) -> Result<(), &'static str> {
    let own = row.get(&ATTACHMENT, "uploaded_by").id() == Some(cx.actor.account);
    let age = cx.now - row.get(&ATTACHMENT, "uploaded_at").int().unwrap_or_default();
    match (cx.may(ATTACHMENT.name, "remove"), own && cx.may(kind.noun.name, "attach")) {
        (true, _) => Ok(()),
        (false, true) if age <= SECOND_THOUGHT => Ok(()),
        (false, true) => Err("files.settled"),
        (false, false) => Err("forbidden"),
    }
}

fn gone(cx: &Cx, row: &Row, beside: &Beside) -> GoneView {
    let who = row.get(&ATTACHMENT, "removed_by").id().and_then(|id| beside.names.get(&id)).cloned();
    let args = [
        ("who", who.unwrap_or_else(|| cx.word("ui.program").to_owned())),
        ("when", when(row, "removed_at").unwrap_or_default()),
        ("why", row.get(&ATTACHMENT, "removed_reason").text().unwrap_or_default().to_owned()),
    ];
    GoneView { name: name(row), why: cx.app.words.fill(cx.lang, "evidence.gone", &args), hash: hash(row) }
}

fn attach(cx: &Cx, kind: &Kind, record: &Row, action: String, tried: Option<&Tried>) -> AttachView {
    let files = cx.app.files.as_ref();
    let most = files.map_or(0, |files| files.limits.file / (1024 * 1024));
    let chosen = tried.map_or("other", |tried| tried.role.as_str());
    let role = |code: &&'static str| OptionView {
        value: (*code).to_owned(),
        label: cx.word(&format!("attachment.role.{code}")).to_owned(),
        selected: *code == chosen,
    };
    AttachView {
        action,
        request_id: cx.app.store.new_id(cx.now).to_string(),
        accept: real::ENDINGS,
        hint: cx.app.words.fill(cx.lang, "evidence.hint", &[("most", most.to_string())]),
        roles: if kind.pairs { ROLES.iter().map(role).collect() } else { Vec::new() },
        asks: kind.pairs,
        // What the record is called is, for one that has pairs, where it is.
        place: tried.map_or_else(|| show::title(cx, kind.noun, record), |tried| tried.place.clone()),
        taken_on: tried.map_or_else(String::new, |tried| tried.taken_on.clone()),
        refused: tried.map_or_else(Vec::new, |tried| tried.refused.clone()),
        open: tried.is_some(),
    }
}
