//! What a program sends as JSON, read before anything is done with it. A member that nobody reads is refused: whoever misspells a name, or writes
//! what only a move may write, must not be told that it was done.

use kit::{Field, Kind as FieldKind, Refusal, Row};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::api::whole;
use crate::app::Cx;
use crate::area::Kind;
use crate::save::{self, Refused};

/// A body, taken apart.
pub(crate) struct Sent<'a> {
    pub id: Option<Uuid>,
    /// The version that the sender saw.
    pub version: Option<i64>,
    /// Typed text by field name: the same reader serves forms and programs. Null empties a field; money comes in 分.
    pub values: Vec<(String, String)>,
    /// Members that are no field to be written here.
    rest: Vec<(&'a String, &'a Value)>,
    faults: Vec<Refusal>,
}

impl<'a> Sent<'a> {
    fn read(kind: &Kind, body: &'a Map<String, Value>, fields: &[&'static Field]) -> Self {
        let mut sent = Self { id: None, version: None, values: Vec::new(), rest: Vec::new(), faults: Vec::new() };
        for (name, value) in body {
            let field = fields.iter().find(|field| field.name == name);
            match (name.as_str(), field, value) {
                (_, Some(field), value) if let Some(fault) = beyond(kind, field, value) => sent.faults.push(fault),
                (_, Some(field), value) => match text(kind, field, value) {
                    Some(text) => sent.values.push((name.clone(), text)),
                    None => sent.faults.push(Refusal::at("member.value", field.name)),
                },
                ("id" | "version", None, Value::Null) => {}
                ("id", None, value) => match value.as_str().and_then(|text| text.parse().ok()) {
                    Some(id) => sent.id = Some(id),
                    None => sent.faults.push(Refusal::at("member.id", "id")),
                },
                ("version", None, value) => match value.as_i64() {
                    Some(version) => sent.version = Some(version),
                    None => sent.faults.push(Refusal::at("member.version", "version")),
                },
                _ => sent.rest.push((name, value)),
            }
        }
        sent
    }

    /// A new record. An empty member is nothing, whoever may write it.
    pub fn create(cx: &Cx, kind: &Kind, body: &'a Map<String, Value>) -> Result<Self, Refused> {
        let mut sent = Self::read(kind, body, &writable(kind));
        let strange = |(name, value): &(&String, &Value)| !(value.is_null() && shown(kind, name));
        sent.faults.extend(sent.rest.iter().filter(|member| strange(member)).map(|(name, _)| stranger(kind, name)));
        sent.faults.extend(sent.version.map(|_| stranger(kind, "version")));
        if sent.faults.is_empty() || cx.may(kind.noun.name, "create") {
            sent.settled()
        } else {
            Err(Refused::Forbidden)
        }
    }

    /// Changes of a record. It may come whole, as it was given, with what was changed in it.
    pub async fn edit(cx: &Cx, kind: &Kind, id: Uuid, body: &'a Map<String, Value>) -> Result<Self, Refused> {
        let mut sent = Self::read(kind, body, &writable(kind));
        sent.same(id);
        let versioned = sent.version.is_some();
        if sent.rest.is_empty() && sent.faults.is_empty() && versioned {
            return Ok(sent);
        }
        let row = save::find(cx, kind, id).await?;
        if !cx.may(kind.noun.name, "edit") {
            return Err(Refused::Forbidden);
        }
        let strange = sent.strangers(cx, kind, &row).await?;
        sent.faults.extend(strange);
        // Without it nobody could tell whether somebody else was faster.
        if !versioned && sent.faults.iter().all(|fault| fault.field != Some("version")) {
            sent.faults.push(Refusal::at("request.version_missing", "version"));
        }
        sent.settled()
    }

    /// A move with its fields. One that there is not is refused by whoever makes it.
    pub async fn act(
        cx: &Cx,
        kind: &Kind,
        (id, name): (Uuid, &str),
        body: &'a Map<String, Value>,
    ) -> Result<Self, Refused> {
        let spec = kind.life.and_then(|life| life.moves().iter().find(|spec| spec.name == name));
        let Some(spec) = spec else { return Ok(Self::read(kind, body, &[])) };
        let mut sent = Self::read(kind, body, &spec.fields.iter().collect::<Vec<_>>());
        sent.same(id);
        sent.faults.extend(sent.rest.iter().map(|(name, _)| unknown(name)));
        if !sent.faults.is_empty() {
            save::find(cx, kind, id).await?;
            if !cx.may(kind.noun.name, spec.name) {
                return Err(Refused::Forbidden);
            }
        }
        sent.settled()
    }

    fn same(&mut self, id: Uuid) {
        if self.id.is_some_and(|own| own != id) {
            self.faults.push(Refusal::at("member.id", "id"));
        }
    }

    /// What stands in the body and is neither written nor as it was given. Of an older version nobody knows how it was given: the sender will hear
    /// that somebody else was faster.
    async fn strangers(&self, cx: &Cx, kind: &Kind, row: &Row) -> Result<Vec<Refusal>, Refused> {
        let seen = if self.version == Some(row.version) { Some(whole(cx, kind, row).await?) } else { None };
        let as_given = |name: &str, value: &Value| match &seen {
            // What may be done next is no value, and its words are those of the asker's language.
            _ if name == "moves" && kind.life.is_some() => true,
            Some(seen) => seen.get(name) == Some(value),
            None => shown(kind, name),
        };
        let strange = self.rest.iter().filter(|(name, value)| !as_given(name, value));
        Ok(strange.map(|(name, _)| stranger(kind, name)).collect())
    }

    fn settled(self) -> Result<Self, Refused> {
        if self.faults.is_empty() { Ok(self) } else { Err(Refused::Faults(self.faults)) }
    }
}

fn writable(kind: &Kind) -> Vec<&'static Field> {
    kind.noun.fields.iter().filter(|field| field.writable()).collect()
}

fn shown(kind: &Kind, name: &str) -> bool {
    kind.noun.field(name).is_some_and(|field| !field.hidden)
}

fn text(kind: &Kind, field: &Field, value: &Value) -> Option<String> {
    let money = field.yuan || kind.noun.field(field.name).is_some_and(|own| own.yuan);
    Some(match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(fen) if money => crate::parse::yuan(whole_fen(fen)?),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => return None,
    })
}

/// Money that comes as a number comes in 分 and is told its bounds in 分; typed as text it is yuan, as in a form.
fn beyond(kind: &Kind, field: &Field, value: &Value) -> Option<Refusal> {
    let own = if field.yuan { field } else { kind.noun.field(field.name).filter(|own| own.yuan)? };
    let (FieldKind::Int { min, max }, Value::Number(number)) = (own.kind, value) else { return None };
    let fen = whole_fen(number)?;
    let fits = (min..=max).contains(&fen);
    (!fits).then(|| Refusal::at("value.fen", field.name).with("min", min).with("max", max))
}

/// Fen are whole, however they are written (1234.0, 1e3): half of one is refused, and never taken for yuan.
fn whole_fen(number: &serde_json::Number) -> Option<i64> {
    let text = number.to_string();
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

fn stranger(kind: &Kind, name: &str) -> Refusal {
    match kind.noun.field(name).filter(|field| !field.hidden) {
        Some(field) => Refusal::at("member.fixed", field.name),
        None => unknown(name),
    }
}

/// A name that nobody knows here, quoted back as far as it can be recognised.
pub(crate) fn unknown(name: &str) -> Refusal {
    Refusal::new("member.unknown").with("name", name.chars().take(40).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::whole_fen;

    #[test]
    fn fen_are_whole_however_they_are_written() {
        for (text, fen) in [
            ("1234", Some(1234)),
            ("1234.0", Some(1234)),
            ("1e3", Some(1000)),
            ("-1", Some(-1)),
            ("1.5", None),
            ("1e300", None),
            ("18446744073709551615", None),
        ] {
            assert_eq!(serde_json::from_str(text).map(|number| whole_fen(&number)).ok(), Some(fen), "{text}");
        }
    }
}
