//! Fields as people fill them in: the control for each, what it holds, and what was wrong with it.

use std::collections::HashMap;
use std::sync::Arc;

use kit::{Cell, Field, Kind as FieldType, Query, Refusal, Row, Scope, tidy};
use store::StoreError;
use uuid::Uuid;

use super::rows;
use crate::app::Cx;
use crate::area::Kind;
use crate::save::{Typed, typed};
use crate::show;
use crate::view::{ErrorLine, FieldKind, FieldView, OptionView};

/// More than this a select cannot hold; beyond it, a record is named by typing.
const MOST: u64 = 500;

/// Records with what they are called.
type Named = Arc<Vec<(Uuid, String)>>;

/// Records to choose from, read once for each noun of a page.
#[derive(Default)]
pub(super) struct Choices(HashMap<&'static str, Option<Named>>);

impl Choices {
    /// The records of a noun within the reader's scope, in its order; `None` when there are too many. A field named like a kind of node
    /// of the tree (`township`) offers only such nodes.
    pub async fn of(&mut self, cx: &Cx, target: &'static str, field: &str) -> Result<Option<Named>, StoreError> {
        if !self.0.contains_key(target) {
            let read = read(cx, target, Query::new(), cx.scope()).await?;
            self.0.insert(target, read);
        }
        let Some(all) = self.0.get(target).cloned().flatten() else { return Ok(None) };
        let tree = cx.app.tree();
        let some: Vec<_> = all.iter().filter(|(id, _)| tree.kind(*id) == field).cloned().collect();
        Ok(Some(if some.is_empty() { all } else { Arc::new(some) }))
    }
}

async fn read(cx: &Cx, target: &str, query: Query, scope: &Scope) -> Result<Option<Named>, StoreError> {
    let Some(kind) = cx.app.kind_of(target).filter(|kind| cx.may(kind.noun.name, "read")) else { return Ok(None) };
    let page = cx.app.store.list(kind.noun, &query.limit(MOST), scope).await?;
    if page.next.is_some() {
        return Ok(None);
    }
    // Two classes are called on the same morning: what is called by another record's name is told apart by it.
    let labels = if rows::named_after(kind).next().is_some() {
        rows::named(cx, kind, &page.rows).await?
    } else {
        let about = about(cx, kind, &page.rows).await?;
        let label = |(row, about): (&Row, String)| format!("{}{about}", rows::title(cx, kind, row));
        page.rows.iter().zip(about).map(label).collect()
    };
    Ok(Some(Arc::new(page.rows.iter().map(|row| row.id).zip(labels).collect())))
}

/// Whose record each is, where its kind is about persons: a guardian's name says little without the child's. A person is told apart from others.
async fn about(cx: &Cx, kind: &Kind, rows: &[Row]) -> Result<Vec<String>, StoreError> {
    let subject = kind.noun.subject.and_then(|name| kind.noun.fields.iter().find(|field| field.name == name));
    let Some((field, FieldType::Ref(target))) = subject.map(|field| (field.name, field.kind)) else {
        let people: Vec<_> = rows.iter().map(|row| person(cx, kind, row)).collect();
        let told = told_apart(&people).into_iter();
        let put = |said: String| {
            if said.is_empty() { said } else { cx.app.words.fill(cx.lang, "ui.of_person", &[("name", said)]) }
        };
        return Ok(told.map(put).collect());
    };
    let ids = |row: &Row| row.get(kind.noun, field).id();
    let names = crate::web::labels(cx, HashMap::from([(target, rows.iter().filter_map(ids).collect())])).await?;
    let said = |row: &Row| ids(row).and_then(|id| names.get(&id));
    let put = |name: &String| cx.app.words.fill(cx.lang, "ui.of_person", &[("name", name.clone())]);
    Ok(rows.iter().map(|row| said(row).map(put).unwrap_or_default()).collect())
}

/// A person's name, where he belongs, and his number, as far as it may be read; of what is no person nothing.
fn person(cx: &Cx, kind: &Kind, row: &Row) -> [String; 3] {
    if kind.noun.subject != Some("id") {
        return [const { String::new() }; 3];
    }
    let at = |field: &Field| matches!(field.kind, FieldType::Ref(target) if ["unit", "school"].contains(&target));
    let place = row.pairs(kind.noun).filter(|(field, _)| at(field)).find_map(|(_, cell)| cell.id());
    let open = |field: &Field| field.key && field.sealed.is_none() && cx.sees(kind.noun, field);
    let number = row.pairs(kind.noun).filter(|(field, _)| open(field)).find_map(|(_, cell)| cell.text());
    let place = place.map(|place| cx.app.tree().name(place).to_owned()).unwrap_or_default();
    [rows::title(cx, kind, row), place, number.unwrap_or_default().to_owned()]
}

/// What stands beside each name: the place where there are several, and the number where two would read alike.
fn told_apart(people: &[[String; 3]]) -> Vec<String> {
    let several = people.iter().any(|[_, place, _]| people.first().is_some_and(|[_, first, _]| first != place));
    let mut alike: HashMap<[&str; 2], usize> = HashMap::new();
    for [name, place, _] in people {
        *alike.entry([name.as_str(), place.as_str()]).or_default() += 1;
    }
    let said = |[name, place, number]: &[String; 3]| {
        let twice = alike.get(&[name.as_str(), place.as_str()]).is_some_and(|count| *count > 1);
        let parts = [(several, place), (twice, number)].into_iter().filter(|(said, text)| *said && !text.is_empty());
        parts.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ")
    };
    people.iter().map(said).collect()
}

/// Options of a select, with what is chosen now.
pub(super) fn options(records: &[(Uuid, String)], now: &str) -> Vec<OptionView> {
    let option = |(id, label): &(Uuid, String)| {
        let value = id.to_string();
        OptionView { selected: value == now, value, label: label.clone() }
    };
    records.iter().map(option).collect()
}

/// Yes and no.
pub(super) fn flags(cx: &Cx, now: &str) -> Vec<OptionView> {
    let option = |value: &str, word| OptionView {
        value: value.to_owned(),
        label: cx.word(word).to_owned(),
        selected: now == value,
    };
    vec![option("1", "ui.yes"), option("0", "ui.no")]
}

/// What a form asks for, and what is known about the answers.
pub(super) struct Asking<'a> {
    pub kind: &'a Kind,
    /// A move asks with words of its own.
    pub step: Option<&'static str>,
    pub fields: Vec<&'static Field>,
    /// What the form is filled with.
    pub row: Option<&'a Row>,
    /// The record that it is about; a move asks about one and is filled with nothing of it.
    pub about: Option<&'a Row>,
    pub typed: &'a Typed,
    pub faults: &'a [Refusal],
    /// Before the element ids, where a page holds several forms.
    pub prefix: String,
}

impl Asking<'_> {
    fn words(&self, field: &Field) -> String {
        match self.step {
            Some(step) => format!("move.{}.{step}.{}", self.kind.noun.name, field.name),
            None => format!("{}.{}", self.kind.noun.name, field.name),
        }
    }

    pub async fn views(&self, cx: &Cx, choices: &mut Choices) -> Result<Vec<FieldView>, StoreError> {
        let mut views = Vec::with_capacity(self.fields.len());
        // What the form knows is the same for all of its fields, and read once.
        let refers = || self.fields.iter().any(|field| matches!(field.kind, FieldType::Ref(_)));
        let draft = match (self.about, self.kind.among) {
            (None, Some(_)) if refers() => Some(self.draft(cx).await?),
            _ => None,
        };
        let about = self.about.or(draft.as_ref());
        for field in &self.fields {
            // A field that holds something is shown to whoever may change it.
            if self.offered(cx, field, "") || !self.value(cx, field).is_empty() {
                views.push(self.view(cx, field, about, choices).await?);
            }
        }
        Ok(views)
    }

    fn offered(&self, cx: &Cx, field: &Field, code: &str) -> bool {
        self.kind.offers.is_none_or(|offers| offers(cx, field.name, code))
    }

    async fn view(
        &self,
        cx: &Cx,
        field: &'static Field,
        about: Option<&Row>,
        choices: &mut Choices,
    ) -> Result<FieldView, StoreError> {
        let words = self.words(field);
        let fault = self.faults.iter().find(|fault| fault.field == Some(field.name));
        let mut view = FieldView {
            name: field.name.to_owned(),
            label: cx.word(&words).to_owned(),
            value: self.value(cx, field),
            hint: super::list::optional(cx, &format!("{words}.hint")),
            error: fault.map(|fault| cx.app.text(cx.lang, fault)),
            required: self.kind.demands(field, self.step.is_none() && self.row.is_none_or(|row| row.version == 0)),
            prefix: self.prefix.clone(),
            ..FieldView::default()
        };
        if field.sealed.is_some() && self.row.is_some_and(|row| !row.get(self.kind.noun, field.name).is_null()) {
            cx.word("ui.sealed_keep").clone_into(&mut view.hint);
            view.required = false;
        }
        match field.kind {
            FieldType::Ref(target) => self.refer(cx, target, about, &mut view, choices).await?,
            _ => view.kind = self.control(cx, field, &view.value),
        }
        Ok(view)
    }

    /// What was typed, else what the record says; a masked value stays masked, a sealed one stays away.
    fn value(&self, cx: &Cx, field: &Field) -> String {
        if let Some(text) = typed(self.typed, field.name) {
            return text.to_owned();
        }
        let Some(row) = self.row else { return String::new() };
        match row.get(self.kind.noun, field.name) {
            _ if field.sealed.is_some() => String::new(),
            Cell::Bool(flag) => if *flag { "1" } else { "0" }.to_owned(),
            Cell::Text(text) if cx.sees(self.kind.noun, field) => text.clone(),
            Cell::Text(text) => show::mask(field, text),
            cell => show::plain(cx, self.kind.noun, field, cell),
        }
    }

    fn control(&self, cx: &Cx, field: &Field, now: &str) -> FieldKind {
        match field.kind {
            FieldType::Long { .. } => FieldKind::Textarea,
            FieldType::Int { min, max } if field.yuan => {
                FieldKind::Number { min: (min / 100).to_string(), max: (max / 100).to_string(), step: "0.01".into() }
            }
            FieldType::Int { min, max } => {
                FieldKind::Number { min: min.to_string(), max: max.to_string(), step: "1".into() }
            }
            FieldType::Real { min, max } => {
                FieldKind::Number { min: min.to_string(), max: max.to_string(), step: "any".into() }
            }
            FieldType::Date => FieldKind::Date,
            FieldType::Bool => FieldKind::Radio(flags(cx, now)),
            FieldType::Choice(codes) => {
                let word = |code: &str| cx.word(&format!("{}.{}.{code}", self.kind.noun.name, field.name)).to_owned();
                let option =
                    |code: &&str| OptionView { value: (*code).to_owned(), label: word(code), selected: *code == now };
                let offered = |code: &&&str| **code == now || self.offered(cx, field, code);
                let all: Vec<_> = codes.iter().filter(offered).map(option).collect();
                if field.required && codes.len() <= 4 {
                    FieldKind::Radio(all)
                } else {
                    FieldKind::Select(with_none(cx, all))
                }
            }
            FieldType::Text { .. } if let Some(under) = field.worded => {
                FieldKind::Select(with_none(cx, super::filters::worded(cx, under, now)))
            }
            _ => FieldKind::Text,
        }
    }

    /// A select while the records are few; else the record is named by typing, see [`resolve`].
    async fn refer(
        &self,
        cx: &Cx,
        target: &'static str,
        about: Option<&Row>,
        view: &mut FieldView,
        choices: &mut Choices,
    ) -> Result<(), StoreError> {
        let now: Option<Uuid> = view.value.parse().ok();
        let records = self.among(cx, target, &view.name, about, choices).await?;
        let known = records.as_ref().is_some_and(|records| records.iter().any(|(id, _)| Some(*id) == now));
        let label = match now.filter(|_| !known) {
            Some(id) => crate::web::labels(cx, HashMap::from([(target, vec![id])])).await?.remove(&id),
            None => None,
        };
        if let Some(records) = records {
            let mut all = options(&records, &view.value);
            all.extend(label.map(|label| OptionView { value: view.value.clone(), label, selected: true }));
            view.kind = FieldKind::Select(with_none(cx, all));
        } else {
            view.value = label.unwrap_or_else(|| view.value.clone());
            view.kind = FieldKind::Picker(Vec::new());
            if view.hint.is_empty() {
                cx.word("ui.picker_hint").clone_into(&mut view.hint);
            }
        }
        Ok(())
    }

    /// What a field chooses from: what the kind says, else everything, but for the record itself.
    async fn among(
        &self,
        cx: &Cx,
        target: &'static str,
        field: &str,
        about: Option<&Row>,
        choices: &mut Choices,
    ) -> Result<Option<Named>, StoreError> {
        if self.kind.names.is_some_and(|names| names(&cx.actor, field)) {
            return read(cx, target, Query::new(), &Scope::county()).await;
        }
        let Some(about) = about else { return choices.of(cx, target, field).await };
        let records = match self.kind.among.and_then(|among| among(about, field, cx.today())) {
            Some(query) => read(cx, target, query, cx.scope()).await?,
            None => choices.of(cx, target, field).await?,
        };
        let others = |records: Named| Arc::new(records.iter().filter(|(id, _)| *id != about.id).cloned().collect());
        Ok(if target == self.kind.noun.name { records.map(others) } else { records })
    }

    /// A record that is not there yet, as far as the form knows it: what it names, and what that says of the same (a mark is of its sheet's class and day).
    async fn draft(&self, cx: &Cx) -> Result<Row, StoreError> {
        let noun = self.kind.noun;
        let mut row = Row::blank(noun, Uuid::nil());
        for field in noun.fields.iter().filter(|field| field.writable()) {
            let FieldType::Ref(target) = field.kind else { continue };
            let id: Option<Uuid> = typed(self.typed, field.name).and_then(|text| text.parse().ok());
            let (Some(id), Some(kind)) = (id, cx.app.kind_of(target)) else { continue };
            row.set(noun, field.name, Cell::Id(id));
            let Some(named) = cx.app.store.find(kind.noun, id, cx.scope()).await? else { continue };
            for own in noun.fields.iter().filter(|own| own.fixed && kind.noun.field(own.name).is_some()) {
                row.set(noun, own.name, named.get(kind.noun, own.name).clone());
            }
        }
        Ok(row)
    }

    /// The summary above a refused form. What follows from a field that was left empty (a class's school, its day) is empty with it: nobody can
    /// fill that in, so it is said only where nothing else is.
    pub fn lines(&self, cx: &Cx) -> Vec<ErrorLine> {
        let asked = |fault: &Refusal| fault.field.and_then(|name| self.fields.iter().find(|field| field.name == name));
        let mendable = self.faults.iter().any(|fault| asked(fault).is_some());
        let follows = |fault: &Refusal| fault.code == "value.required" && asked(fault).is_none();
        let line = |fault: &Refusal| {
            let text = cx.app.text(cx.lang, fault);
            match asked(fault) {
                Some(field) => {
                    let label = cx.word(&self.words(field)).to_owned();
                    let text = cx.app.words.fill(cx.lang, "ui.chip_is", &[("field", label), ("value", text)]);
                    ErrorLine { field_id: format!("{}f-{}", self.prefix, field.name), text }
                }
                None => ErrorLine { field_id: String::new(), text },
            }
        };
        self.faults.iter().filter(|fault| !(mendable && follows(fault))).map(line).collect()
    }
}

fn with_none(cx: &Cx, options: Vec<OptionView>) -> Vec<OptionView> {
    let none = OptionView { value: String::new(), label: cx.word("ui.choose").to_owned(), selected: false };
    std::iter::once(none).chain(options).collect()
}

/// Names that were typed for records, as ids: by name or number, within the reader's scope, and narrowed by what else the form says (a
/// class by its school). Where a select would offer any (`Kind::names`) any can be typed. What is not found, or not alone, stays as it was typed and is refused
/// at its field.
pub(super) async fn resolve(
    cx: &Cx,
    own: &Kind,
    fields: &[&'static Field],
    sent: &Typed,
    held: Option<&Row>,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut values = sent.to_vec();
    for field in fields {
        let FieldType::Ref(target) = field.kind else { continue };
        let text = tidy::tidy_text(typed(&values, field.name).unwrap_or_default());
        if text.is_empty() || text.parse::<Uuid>().is_ok() {
            continue;
        }
        let Some(kind) = cx.app.kind_of(target) else { continue };
        let before = held.and_then(|row| row.get(own.noun, field.name).id());
        let county = Scope::county();
        let any = own.names.is_some_and(|names| names(&cx.actor, field.name));
        if let Some(id) = one(cx, kind, &text, &values, before, if any { &county } else { cx.scope() }).await? {
            values.push((field.name.to_owned(), id.to_string()));
        }
    }
    Ok(values)
}

async fn one(
    cx: &Cx,
    kind: &Kind,
    text: &str,
    values: &Typed,
    before: Option<Uuid>,
    scope: &Scope,
) -> Result<Option<Uuid>, StoreError> {
    if let Some(id) = before {
        let label = crate::web::labels(cx, HashMap::from([(kind.noun.name, vec![id])])).await?.remove(&id);
        if label.as_deref() == Some(text) {
            return Ok(Some(id));
        }
    }
    let mut found: HashMap<Uuid, Row> = HashMap::new();
    let named = |field: &&Field| kind.noun.title.contains(&field.name) || field.key || field.searched;
    let open = |field: &&Field| {
        matches!(field.kind, FieldType::Text { .. }) && field.sealed.is_none() && cx.sees(kind.noun, field)
    };
    for field in kind.noun.fields.iter().filter(named).filter(open) {
        let rows = cx.app.store.find_by(kind.noun, field.name, &[Cell::Text(text.to_owned())], scope).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    found.retain(|_, row| agrees(kind, row, values));
    Ok(if found.len() == 1 { found.into_keys().next() } else { None })
}

/// Whether a record fits the rest of the form, where both name the same reference.
fn agrees(kind: &Kind, row: &Row, values: &Typed) -> bool {
    row.pairs(kind.noun).all(|(field, cell)| {
        let said = typed(values, field.name).and_then(|text| text.parse::<Uuid>().ok());
        !matches!(field.kind, FieldType::Ref(_)) || said.is_none() || cell.id() == said
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_of_several_places_say_theirs_and_namesakes_their_number() {
        let said = |people: &[[&str; 3]]| {
            let people: Vec<_> = people.iter().map(|person| person.map(str::to_owned)).collect();
            told_apart(&people)
        };
        assert_eq!(said(&[["李勇", "东校", "1"], ["王芳", "东校", "2"]]), ["", ""]);
        assert_eq!(said(&[["李勇", "东校", "1"], ["李勇", "东校", "2"], ["王芳", "东校", "3"]]), ["1", "2", ""]);
        assert_eq!(said(&[["李勇", "东校", "1"], ["李勇", "西校", "2"]]), ["东校", "西校"]);
        let some = [["李勇", "东校", "1"], ["李勇", "东校", "2"], ["李勇", "西校", "3"], ["王芳", "", ""]];
        assert_eq!(said(&some), ["东校 1", "东校 2", "西校", ""]);
        assert_eq!(said(&[["", "", ""], ["", "", ""]]), ["", ""], "no persons");
    }
}
