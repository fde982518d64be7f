//! How a request can fail, said once for every operation: what the interface answers then has one form.

use serde_json::{Map, Value, json};

use super::{content, named};

/// The form's name among the schemas; no record type has it.
pub const NAME: &str = "failure";

/// What any operation may answer.
const ALL: &[(&str, &str)] = &[
    ("400", "the request cannot be read"),
    ("401", "no token, or one that counts no more"),
    ("403", "this reader may not do that"),
    ("404", "there is no such record for this reader"),
    ("422", "refused, each fault at its field"),
];
/// And one to which something is sent.
const WITH_BODY: &[(&str, &str)] =
    &[("413", "more than is taken at once"), ("415", "the body is of another media type")];

/// Code and sentence of the first fault, and of a refusal each one with its field.
pub fn schema() -> Value {
    let text = json!({ "type": "string" });
    let field = json!({ "type": ["string", "null"] });
    let fault = json!({ "type": "object", "required": ["code", "message"],
        "properties": { "code": text, "field": field, "message": text } });
    let error = json!({ "type": "object", "required": ["code", "message"],
        "properties": { "code": text, "message": text, "faults": { "type": "array", "items": fault } } });
    json!({ "type": "object", "properties": { "error": error }, "required": ["error"] })
}

/// Adds to each operation what it does not say itself; one that asks for nobody's token fails in none of these ways.
pub fn add(paths: &mut Map<String, Value>) {
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(|methods| methods.values_mut());
    for operation in operations.filter_map(Value::as_object_mut) {
        if operation.contains_key("security") {
            continue;
        }
        let body: &[(&str, &str)] = if operation.contains_key("requestBody") { WITH_BODY } else { &[] };
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { continue };
        for (status, what) in ALL.iter().chain(body) {
            let answer = responses.entry(*status).or_insert_with(|| json!({ "description": what }));
            if answer.get("content").is_none() {
                answer["content"] = content(&named(NAME))["content"].take();
            }
        }
    }
}
