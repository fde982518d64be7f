//! 保存的视图: a question about one list, with its columns, under a name.

use kit::{Actor, Cell, Field, Noun, Row, ScopeBy};
use uuid::Uuid;

/// Most characters of a label.
pub const LABEL: usize = 60;
/// Most characters of a question, as an address, and of the columns.
pub const QUESTION: usize = 4_000;

/// With whom a view is shared: 仅自己, 本单位, 全县.
pub const SHARED: &[&str] = &["own", "unit", "county"];

/// A saved view. It is its owner's; what it shows is decided by who looks: a view is a question, and the answer is within the scope
/// and under the masks of the one who asks. The record itself is read only in this module, which decides by [`View::visible`].
pub static SAVED_VIEW: Noun = Noun {
    name: "saved_view",
    plural: "saved_views",
    fields: &[
        Field::refer("account", "account").required(),
        // The plural of the record type.
        Field::text("list", 60).required(),
        Field::text("name", LABEL).required(),
        Field::text("label", LABEL).required(),
        Field::long("question", QUESTION),
        Field::long("columns", QUESTION),
        Field::choice("shared", SHARED).required(),
        Field::refer("unit", "unit"),
        Field::bool("preferred").required(),
        Field::date("ended_on"),
    ],
    scope: ScopeBy::NOBODY,
    title: &["label"],
    subject: None,
    order: "name",
    tallies: &[],
};

pub const MIGRATION: store::Migration = store::Migration {
    name: "0011_saved_views",
    sql: "
create table saved_view (
  id uuid primary key, version bigint not null, account uuid not null, list text not null, name text not null, label text not null, question text,
  columns text, shared text not null, unit uuid, preferred boolean not null, ended_on date);
create unique index saved_view_name_key on saved_view (account, list, name) where ended_on is null;
create index saved_view_shared on saved_view (list, shared, unit)",
};

/// A view that has not ended.
#[derive(Clone, Debug)]
pub struct View {
    pub row: Row,
    pub name: String,
    pub label: String,
    /// Parameters of an address.
    pub question: Vec<(String, String)>,
    pub columns: Vec<String>,
    pub shared: String,
    pub preferred: bool,
    account: Option<Uuid>,
    unit: Option<Uuid>,
}

impl View {
    pub fn of(row: Row) -> Self {
        let text = |field| row.get(&SAVED_VIEW, field).text().unwrap_or_default().to_owned();
        Self {
            name: text("name"),
            label: text("label"),
            question: parameters(&text("question")),
            columns: text("columns").split(',').filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect(),
            shared: text("shared"),
            preferred: row.get(&SAVED_VIEW, "preferred") == &Cell::Bool(true),
            account: row.get(&SAVED_VIEW, "account").id(),
            unit: row.get(&SAVED_VIEW, "unit").id(),
            row,
        }
    }

    pub fn is_own(&self, actor: &Actor) -> bool {
        self.account == Some(actor.account)
    }

    /// Whether it exists for someone who may read its list.
    pub fn visible(&self, actor: &Actor) -> bool {
        let shared = match self.shared.as_str() {
            "county" => true,
            "unit" => self.unit.is_some() && self.unit == actor.unit,
            _ => false,
        };
        shared || self.is_own(actor)
    }

    /// Among views of the same name one's own comes first, then the unit's, then the county's.
    pub fn nearness(&self, actor: &Actor) -> u8 {
        match self.shared.as_str() {
            _ if self.is_own(actor) => 0,
            "unit" => 1,
            _ => 2,
        }
    }

    /// Everything that it says, as parameters of an address.
    pub fn says(&self) -> Vec<(String, String)> {
        let columns = (!self.columns.is_empty()).then(|| ("columns".to_owned(), self.columns.join(",")));
        self.question.iter().cloned().chain(columns).collect()
    }
}

/// The parameters that a question holds.
pub fn parameters(question: &str) -> Vec<(String, String)> {
    let address: Option<axum::http::Uri> = format!("/?{question}").parse().ok();
    let query = address.and_then(|address| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&address).ok());
    query.map(|query| query.0).unwrap_or_default()
}

/// The name of a view in addresses: the letters and digits of its label, in any script.
pub fn slug(label: &str) -> String {
    let mut name = String::new();
    for letter in label.to_lowercase().chars() {
        if letter.is_alphanumeric() {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.trim_end_matches('-').chars().take(LABEL).collect()
}

#[cfg(test)]
mod tests {
    use kit::{Role, Scope};

    use super::*;

    #[test]
    fn a_label_becomes_a_name_for_addresses() {
        for (label, name) in [
            ("逾期的消防隐患", "逾期的消防隐患"),
            ("  Fire / late  ", "fire-late"),
            ("a/../b?c=d&e#f", "a-b-c-d-e-f"),
            ("🔥🔥", ""),
            ("🔥 2021", "2021"),
            ("---", ""),
            ("", ""),
        ] {
            assert_eq!(slug(label), name, "{label}");
        }
        assert_eq!(slug(&"长".repeat(200)).chars().count(), LABEL);
    }

    #[test]
    fn a_question_is_read_as_an_address_and_nonsense_is_none() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parameters("state=a,b&q=%E6%B6%88"), [pair("state", "a,b"), pair("q", "消")]);
        assert_eq!(parameters(""), []);
        assert_eq!(parameters("a b"), []);
    }

    fn actor(account: u128, unit: Option<u128>) -> Actor {
        Actor {
            account: Uuid::from_u128(account),
            login: String::new(),
            name: String::new(),
            role: Role::School,
            unit: unit.map(Uuid::from_u128),
            scope: Scope::default(),
        }
    }

    #[test]
    fn a_view_exists_for_those_with_whom_it_is_shared() {
        let view = |shared: &str, unit: Option<u128>| {
            let row = Row::blank(&SAVED_VIEW, Uuid::from_u128(9))
                .with(&SAVED_VIEW, "account", Cell::Id(Uuid::from_u128(1)))
                .with(&SAVED_VIEW, "shared", Cell::Text(shared.into()))
                .with(&SAVED_VIEW, "unit", unit.map_or(Cell::Null, |unit| Cell::Id(Uuid::from_u128(unit))));
            View::of(row)
        };
        let (owner, colleague, stranger, nobody) =
            (actor(1, Some(5)), actor(2, Some(5)), actor(3, Some(6)), actor(4, None));
        for (shared, unit, seen) in [
            ("own", None, [true, false, false, false]),
            ("unit", Some(5), [true, true, false, false]),
            // Somebody without a unit shares with nobody, not with all the others who have none.
            ("unit", None, [true, false, false, false]),
            ("county", None, [true, true, true, true]),
        ] {
            let view = view(shared, unit);
            assert_eq!([&owner, &colleague, &stranger, &nobody].map(|who| view.visible(who)), seen, "{shared}");
        }
    }
}
