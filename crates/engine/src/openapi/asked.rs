//! What may be asked of a list, and what goes with a request: the parameters of the description.

use kit::{Field, Kind as FieldKind};
use serde_json::{Value, json};

use crate::area::Kind;
use crate::ask::MOST;

/// A parameter of a question.
pub fn query(name: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "schema": schema })
}

/// Names a request that changes something: sent again, it is not done twice, and something else under its name is refused.
pub fn key() -> Value {
    let about = "Sent again under the same key, a request is not done twice; something else under it is refused (422, request.other).";
    json!({ "name": "Idempotency-Key", "in": "header", "description": about, "schema": { "type": "string", "format": "uuid" } })
}

/// Of a list: words, order, place, and each field with its endings.
pub fn list(kind: &Kind) -> Vec<Value> {
    let text = json!({ "type": "string" });
    let mut parameters: Vec<_> =
        ["q", "sort", "after", "before", "view", "columns"].iter().map(|name| query(name, &text)).collect();
    if kind.noun.fields.iter().any(|field| field.past) {
        parameters.push(query("as_of", &json!({ "type": "string", "format": "date" })));
    }
    parameters.push(query("limit", &json!({ "type": "integer", "minimum": 1, "maximum": MOST })));
    let fields = kind.noun.fields.iter().filter(|field| !field.hidden && field.sealed.is_none());
    parameters.extend(fields.flat_map(filters));
    parameters
}

/// A field as a filter: one of the values, with commas between, `-` for none; and compared otherwise by an ending.
fn filters(field: &Field) -> Vec<Value> {
    let text = json!({ "type": "string" });
    let ending = |ending: &str, schema: &Value| query(&format!("{}.{ending}", field.name), schema);
    let mut parameters = vec![query(field.name, &text), ending("not", &text), ending("not_or_empty", &text)];
    parameters.push(ending("present", &json!({ "type": "string", "enum": ["1"] })));
    let bound = match field.kind {
        FieldKind::Date => json!({ "type": "string", "format": "date" }),
        FieldKind::Int { .. } | FieldKind::Moment => json!({ "type": "integer" }),
        FieldKind::Real { .. } => json!({ "type": "number" }),
        _ => return parameters,
    };
    parameters.extend(["from", "to", "from_or_empty", "to_or_empty"].iter().map(|end| ending(end, &bound)));
    // The name of another field of the same kind.
    parameters.extend(["later_than", "not_later_than"].iter().map(|end| ending(end, &text)));
    parameters
}

/// Of an import: whether it is only to be checked.
pub fn import() -> Vec<Value> {
    vec![query("dry_run", &json!({ "type": "string", "enum": ["0", "1"] })), key()]
}
