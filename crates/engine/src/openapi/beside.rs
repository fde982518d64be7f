//! What a program finds beside lists and records: files that are attached, one saved view, the figures.

use serde_json::{Value, json};

use super::asked::query;
use super::{content, id, named, refused, view, within};
use crate::area::{Described, Kind};

fn text() -> Value {
    json!({ "type": "string" })
}

fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn items(of: &Value) -> Value {
    json!({ "type": "object", "properties": { "total": { "type": "integer" }, "items": { "type": "array", "items": of } } })
}

/// What is attached to a record, and adding to it: the body is the file.
pub fn files(kind: &Kind) -> [Described; 4] {
    let (noun, at) = (kind.noun.name, format!("/api/v1/{}/{{id}}/files", kind.noun.plural));
    let bytes = json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
    let (one, file) = (named("attachment"), within("file", &uuid()));
    let add = json!({
        "operationId": format!("attach_{noun}"),
        "parameters": [id(), query("name", &text()), query("role", &text()), query("place", &text()), query("taken_on", &text())],
        "requestBody": { "content": bytes },
        "responses": { "200": content(&items(&one)), "201": content(&items(&one)), "422": { "description": "refused: the field is file or role" } },
    });
    let list = json!({ "operationId": format!("files_{noun}"), "parameters": [id()], "responses": { "200": content(&items(&one)) } });
    let read = |operation: &str| {
        json!({ "get": { "operationId": format!("{operation}_{noun}"), "parameters": [id(), file],
            "responses": { "200": { "description": "the file itself", "content": { "*/*": {} } } } } })
    };
    let reason = json!({ "type": "object", "properties": { "reason": text() }, "required": ["reason"] });
    let remove = json!({
        "operationId": format!("remove_file_of_{noun}"),
        "parameters": [id(), file],
        "requestBody": { "required": true, "content": { "application/json": { "schema": reason } } },
        "responses": { "200": content(&one), "422": refused() },
    });
    [
        (at.clone(), json!({ "get": list, "post": add })),
        (format!("{at}/{{file}}"), read("file_of")),
        (format!("{at}/{{file}}/thumb"), read("thumb_of")),
        (format!("{at}/{{file}}/remove"), json!({ "post": remove })),
    ]
}

/// Kept views of a list, and one of them.
pub fn views(kind: &Kind) -> [Described; 2] {
    let (noun, at) = (kind.noun.plural, format!("/api/v1/{}/views", kind.noun.plural));
    let body = json!({ "content": { "application/json": { "schema": view() } } });
    let answers = json!({ "200": content(&view()), "422": refused() });
    let list = json!({ "operationId": format!("views_of_{noun}"), "responses": { "200": content(&items(&view())) } });
    let keep = json!({ "operationId": format!("keep_view_of_{noun}"), "requestBody": body, "responses": { "201": content(&view()), "422": refused() } });
    let read = json!({ "operationId": format!("read_view_of_{noun}"), "parameters": [id()], "responses": { "200": content(&view()) } });
    let change = json!({ "operationId": format!("change_view_of_{noun}"), "parameters": [id()], "requestBody": body, "responses": answers });
    let remove = json!({ "operationId": format!("remove_view_of_{noun}"), "parameters": [id()], "responses": { "204": { "description": "removed" } } });
    [
        (at.clone(), json!({ "get": list, "post": keep })),
        (format!("{at}/{{id}}"), json!({ "get": read, "patch": change, "delete": remove })),
    ]
}

/// What a figure means, and its value for a period, a cut-off and a place.
pub fn figures() -> [Described; 2] {
    let (integer, perhaps) = (json!({ "type": "integer" }), |kind: &str| json!({ "type": [kind, "null"] }));
    let mut properties = json!({
        "id": text(), "name": text(), "definition": text(), "formula": integer, "unit": text(), "of": perhaps("string"), "noun": text(),
    });
    let meaning = json!({ "type": "object", "properties": properties, "required": ["id", "name", "unit"] });
    let coverage = json!({ "type": ["object", "null"], "properties": { "returned": integer, "all": integer, "missing": perhaps("string") } });
    let told = "empty where a small group is kept back, and where nothing can be said";
    let value = json!({
        "value": { "type": ["integer", "null"], "description": told }, "small": { "type": "boolean" }, "denominator": perhaps("integer"),
        "share": perhaps("number"), "period": text(), "from": text(), "to": text(), "cutoff": text(), "place": perhaps("string"),
        "coverage": coverage, "rows": { "type": ["string", "null"], "description": "address of the list of the rows behind it" },
    });
    if let (Some(known), Value::Object(more)) = (properties.as_object_mut(), value) {
        known.extend(more);
    }
    let figure = json!({ "type": "object", "properties": properties, "required": ["id", "value", "period", "cutoff"] });
    let list = json!({ "operationId": "list_figures", "responses": { "200": content(&items(&meaning)) } });
    let day = json!({ "type": "string", "format": "date" });
    let show = json!({
        "operationId": "read_figure",
        "parameters": [within("id", &text()), query("period", &text()), query("cutoff", &day), query("unit", &uuid())],
        "responses": { "200": content(&figure), "422": refused() },
    });
    [("/api/v1/figures".into(), json!({ "get": list })), ("/api/v1/figures/{id}".into(), json!({ "get": show }))]
}
