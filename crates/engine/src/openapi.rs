//! The description of the interface, OpenAPI 3.1, from the same field tables that drive everything else.

mod asked;
mod beside;
mod errors;

use kit::{Field, Kind as FieldKind};
use serde_json::{Map, Value, json};

use crate::app::{App, Cx};
use crate::area::Kind;

/// The whole document.
pub fn document(app: &App) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for kind in app.kinds() {
        let noun = kind.noun;
        schemas.insert(noun.name.into(), schema(kind));
        schemas.insert(format!("{}_new", noun.name), body(kind, true));
        schemas.insert(format!("{}_change", noun.name), body(kind, false));
        paths.insert(format!("/api/v1/{}", noun.plural), json!({ "get": list(kind), "post": create(kind) }));
        paths.insert(format!("/api/v1/{}/{{id}}", noun.plural), json!({ "get": read(kind), "patch": edit(kind) }));
        paths.insert(format!("/api/v1/{}/{{id}}/timeline", noun.plural), json!({ "get": timeline(kind) }));
        paths.insert(format!("/api/v1/{}/{{id}}/versions", noun.plural), json!({ "get": versions(kind) }));
        paths.extend(beside::views(kind));
        let anybody = |may: &str| app.policy.lines().any(|(of, verb, _)| (of, verb) == (noun.name, may));
        if anybody("attach") {
            paths.extend(beside::files(kind));
        }
        if anybody("import") {
            paths.insert(format!("/api/v1/{}/import", noun.plural), json!({ "post": import(kind) }));
        }
        for spec in kind.life.iter().flat_map(|life| life.moves()) {
            paths.insert(format!("/api/v1/{}/{{id}}/{}", noun.plural, spec.name), json!({ "post": act(kind, spec) }));
        }
    }
    paths.extend(beside::figures());
    paths.insert("/api/v1/search".into(), json!({ "get": crate::search::described() }));
    // It says what there is and nothing of any county: whoever makes a client reads it without an account.
    let itself = json!({ "operationId": "openapi", "security": [], "responses": { "200": content(&json!({ "type": "object" })) } });
    paths.insert("/api/v1/openapi.json".into(), json!({ "get": itself }));
    paths.extend(app.areas.iter().filter_map(|area| area.described).flat_map(|described| described()));
    errors::add(&mut paths);
    schemas.insert(errors::NAME.into(), errors::schema());
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Anxiao", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" } },
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas,
        },
    })
}

/// A record as it is answered. With `?columns=` it has these alone, so only what is always there is required.
fn schema(kind: &Kind) -> Value {
    let mut properties = own(kind.noun.fields.iter().filter(|field| !field.hidden), answered);
    if kind.life.is_some() {
        let text = json!({ "type": "string" });
        let fields = json!({ "type": "array", "items": { "type": "object" } });
        let item = json!({ "type": "object", "properties": { "name": text, "label": text, "fields": fields }, "required": ["name", "label"] });
        properties.insert("moves".into(), json!({ "type": "array", "readOnly": true, "items": item }));
    }
    json!({ "type": "object", "properties": properties, "required": ["id", "version"] })
}

/// A record as it is sent: a new one, or what is to be changed in one.
fn body(kind: &Kind, new: bool) -> Value {
    let fields = || kind.noun.fields.iter().filter(|field| field.writable());
    let mut properties = own(fields(), type_of);
    if !new {
        let told = "the fields to change. A whole record may come back as it was given: what only the system or a move writes must be unchanged";
        return json!({ "type": "object", "description": told, "properties": properties, "required": ["version"] });
    }
    properties.shift_remove("version");
    let required: Vec<_> = fields().filter(|field| kind.demands(field, true)).map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// Id, version and these fields.
fn own(fields: impl Iterator<Item = &'static Field>, of: fn(&Field) -> Value) -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert("id".into(), json!({ "type": "string", "format": "uuid" }));
    properties.insert("version".into(), json!({ "type": "integer" }));
    properties.extend(fields.map(|field| (field.name.to_owned(), of(field))));
    properties
}

/// A field in an answer. What is masked for some readers is none of its choices then, and what was about an erased person is empty.
fn answered(field: &Field) -> Value {
    let mut value = type_of(&Field { required: field.required && field.mask.is_none(), ..*field });
    if let Some(map) = value.as_object_mut().filter(|_| field.mask.is_some()) {
        map.shift_remove("enum");
    }
    value
}

fn type_of(field: &Field) -> Value {
    let mut value = match field.kind {
        FieldKind::Text { max } | FieldKind::Long { max } => json!({ "type": "string", "maxLength": max }),
        // The label says yuan, because people type yuan.
        FieldKind::Int { min, max } if field.yuan => {
            json!({ "type": "integer", "minimum": min, "maximum": max, "description": "fen, hundredths of a yuan" })
        }
        FieldKind::Int { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        FieldKind::Moment => json!({ "type": "integer", "description": "milliseconds since 1970, UTC" }),
        FieldKind::Real { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
        FieldKind::Date => json!({ "type": "string", "format": "date" }),
        FieldKind::Bool => json!({ "type": "boolean" }),
        FieldKind::Choice(codes) => json!({ "type": "string", "enum": codes }),
        FieldKind::Ref(noun) => json!({ "type": "string", "format": "uuid", "description": noun }),
    };
    if let Some(map) = value.as_object_mut() {
        if !field.writable() {
            map.insert("readOnly".into(), true.into());
        }
        if !field.required {
            let kind = map.get("type").cloned();
            map.insert("type".into(), json!([kind, "null"]));
            if let Some(codes) = map.get_mut("enum").and_then(Value::as_array_mut) {
                codes.push(Value::Null);
            }
        }
    }
    value
}

/// A field for a program that draws a form: name, label in the asker's language, type, bounds.
pub fn field_json(cx: &Cx, noun: &str, spec: &str, field: &Field) -> Value {
    let mut value = type_of(field);
    if let Some(map) = value.as_object_mut() {
        map.insert("name".into(), field.name.into());
        map.insert("label".into(), cx.word(&format!("move.{noun}.{spec}.{}", field.name)).into());
        map.insert("required".into(), field.required.into());
    }
    value
}

fn list(kind: &Kind) -> Value {
    let page = json!({ "type": "object", "properties": {
        "items": { "type": "array", "items": reference(kind) }, "total": { "type": "integer" }, "next": { "type": ["string", "null"] } } });
    json!({ "operationId": format!("list_{}", kind.noun.plural), "parameters": asked::list(kind), "responses": { "200": content(&page) } })
}

fn read(kind: &Kind) -> Value {
    json!({ "operationId": format!("read_{}", kind.noun.name), "parameters": [id()], "responses": { "200": content(&reference(kind)) } })
}

fn create(kind: &Kind) -> Value {
    json!({
        "operationId": format!("create_{}", kind.noun.name),
        "parameters": [asked::key()],
        "requestBody": { "required": true, "content": { "application/json": { "schema": named(&format!("{}_new", kind.noun.name)) } } },
        "responses": { "201": content(&reference(kind)), "422": refused() },
    })
}

fn edit(kind: &Kind) -> Value {
    json!({
        "operationId": format!("edit_{}", kind.noun.name),
        "parameters": [id(), asked::key()],
        "requestBody": { "required": true, "content": { "application/json": { "schema": named(&format!("{}_change", kind.noun.name)) } } },
        "responses": { "200": content(&reference(kind)), "409": conflict(kind), "422": refused() },
    })
}

fn act(kind: &Kind, spec: &kit::MoveSpec) -> Value {
    let required: Vec<_> = spec.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let body = json!({ "type": "object", "properties": own(spec.fields.iter(), type_of), "required": required });
    json!({
        "operationId": format!("{}_{}", spec.name, kind.noun.name),
        "parameters": [id(), asked::key()],
        "requestBody": { "content": { "application/json": { "schema": body } } },
        "responses": { "200": content(&reference(kind)), "409": conflict(kind), "422": refused() },
    })
}

/// A sheet as the body: what it did or would do, or every fault.
fn import(kind: &Kind) -> Value {
    let number = json!({ "type": "integer" });
    let fault = json!({ "type": "object", "properties": { "row": number, "column": { "type": ["string", "null"] },
        "field": { "type": ["string", "null"] }, "code": { "type": "string" }, "message": { "type": "string" } } });
    let (text, id) = (json!({ "type": "string" }), json!({ "type": "string", "format": "uuid" }));
    let added = json!({ "type": "object", "properties": { "row": number, "record": text } });
    let changed = json!({ "type": "object", "properties": { "row": number, "id": id, "record": text, "field": text, "label": text,
        "old": { "type": "string", "description": "as this reader sees it; empty where there is nothing" }, "new": text } });
    let answer = json!({ "type": "object", "properties": {
        "dry_run": { "type": "boolean" }, "rows": number, "new": number, "changed": number, "unchanged": number,
        "added": { "type": "array", "items": added, "description": "of a dry run without faults: the first of the new records" },
        "changes": { "type": "array", "items": changed, "description": "of a dry run without faults: the first of the fields that would change" },
        "more_changes": { "type": "integer", "description": "fields that would change beside those in changes" },
        "missing": { "type": "array", "items": { "type": "string", "format": "uuid" } },
        "ignored": { "type": "array", "items": { "type": "string" } }, "faults": { "type": "array", "items": fault } } });
    json!({
        "operationId": format!("import_{}", kind.noun.plural),
        "parameters": asked::import(),
        "requestBody": { "required": true, "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } } },
        "responses": { "200": content(&answer), "422": content(&answer) },
    })
}

fn timeline(kind: &Kind) -> Value {
    let change =
        json!({ "type": "object", "properties": { "field": { "type": "string" }, "before": {}, "after": {} } });
    let event = json!({ "type": "object", "properties": {
        "seq": { "type": "integer" }, "at": { "type": "integer", "description": "milliseconds since 1970, UTC" },
        "actor": { "type": ["string", "null"], "format": "uuid" }, "verb": { "type": "string" }, "version": { "type": "integer" },
        "changes": { "type": "array", "items": change } } });
    let answer = json!({ "type": "object", "properties": { "items": { "type": "array", "items": event } } });
    json!({ "operationId": format!("timeline_of_{}", kind.noun.name), "parameters": [id()], "responses": { "200": content(&answer) } })
}

/// The answer that says what is wrong.
pub fn refused() -> Value {
    json!({ "description": "refused, each fault at its field" })
}

/// Someone else was faster.
fn conflict(kind: &Kind) -> Value {
    let error = json!({ "type": "object", "properties": {
        "code": { "const": "record.stale" }, "message": { "type": "string" }, "current": reference(kind),
        "changed": { "type": "array", "items": { "type": "string" } }, "by": { "type": ["object", "null"] }, "at": { "type": ["integer", "null"] } } });
    let mut value = content(&json!({ "type": "object", "properties": { "error": error } }));
    value["description"] = "someone else changed the record since the version that was sent".into();
    value
}

fn versions(kind: &Kind) -> Value {
    let version = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "integer" } });
    let change = json!({ "type": "object", "properties": { "field": { "type": "string" }, "from": {}, "to": {} } });
    let answer = json!({ "type": "object", "properties": {
        "from": { "type": "integer" }, "to": { "type": "integer" }, "changes": { "type": "array", "items": change },
        "versions": { "type": "array", "items": { "type": "object" } } } });
    json!({ "operationId": format!("versions_of_{}", kind.noun.name), "parameters": [id(), version("from"), version("to")], "responses": { "200": content(&answer) } })
}

fn view() -> Value {
    json!({ "type": "object", "properties": {
        "name": { "type": "string", "readOnly": true }, "label": { "type": "string", "maxLength": crate::views::LABEL }, "question": { "type": "object" },
        "columns": { "type": "array", "items": { "type": "string" } }, "shared": { "type": "string", "enum": crate::views::SHARED },
        "preferred": { "type": "boolean" } } })
}

/// A record's place in an address.
pub fn id() -> Value {
    within("id", &json!({ "type": "string", "format": "uuid" }))
}

/// A part of an address.
pub fn within(name: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn reference(kind: &Kind) -> Value {
    named(kind.noun.name)
}

/// A record type's own form, by its name.
pub fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// An answer of this form.
pub fn content(schema: &Value) -> Value {
    json!({ "description": "ok", "content": { "application/json": { "schema": schema } } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_says_in_which_unit_it_travels() {
        let money = type_of(&Field::money("money_fen", 100));
        assert_eq!(money["description"], "fen, hundredths of a yuan");
        assert_eq!(type_of(&Field::int("count", 0, 100)).get("description"), None);
    }
}
