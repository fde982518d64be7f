//! The description of the interface, OpenAPI 3.1, from the same field tables that drive everything else.

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
        paths.insert(format!("/api/v1/{}", noun.plural), json!({ "get": list(kind), "post": write(kind, "create") }));
        paths.insert(
            format!("/api/v1/{}/{{id}}", noun.plural),
            json!({ "get": read(kind), "patch": write(kind, "edit") }),
        );
        paths.insert(format!("/api/v1/{}/{{id}}/versions", noun.plural), json!({ "get": versions(kind) }));
        paths.insert(format!("/api/v1/{}/views", noun.plural), json!({ "get": views(kind), "post": keep(kind) }));
        if app.policy.lines().any(|(of, verb, _)| (of, verb) == (noun.name, "attach")) {
            paths.extend(files(kind));
        }
        for spec in kind.life.iter().flat_map(|life| life.moves()) {
            paths.insert(format!("/api/v1/{}/{{id}}/{}", noun.plural, spec.name), json!({ "post": act(kind, spec) }));
        }
    }
    paths.insert("/api/v1/search".into(), json!({ "get": crate::search::described() }));
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

/// What is attached to a record, and adding to it: the body is the file.
fn files(kind: &Kind) -> [(String, Value); 1] {
    let plural = kind.noun.plural;
    let parameter = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    let items = json!({ "type": "object", "properties": { "items": { "type": "array", "items": { "$ref": "#/components/schemas/attachment" } } } });
    let add = json!({
        "operationId": format!("attach_{}", kind.noun.name),
        "parameters": [id(), parameter("name"), parameter("role"), parameter("place"), parameter("taken_on")],
        "requestBody": { "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } } },
        "responses": { "201": content(&items), "422": { "description": "refused: the field is file or role" } },
    });
    let list = json!({ "operationId": format!("files_{}", kind.noun.name), "parameters": [id()], "responses": { "200": content(&items) } });
    [(format!("/api/v1/{plural}/{{id}}/files"), json!({ "get": list, "post": add }))]
}

fn schema(kind: &Kind) -> Value {
    let mut properties = Map::new();
    properties.insert("id".into(), json!({ "type": "string", "format": "uuid" }));
    properties.insert("version".into(), json!({ "type": "integer" }));
    let shown = kind.noun.fields.iter().filter(|field| !field.hidden);
    properties.extend(shown.map(|field| (field.name.to_owned(), type_of(field))));
    let required: Vec<_> =
        kind.noun.fields.iter().filter(|field| field.required && field.writable()).map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn type_of(field: &Field) -> Value {
    let mut value = match field.kind {
        FieldKind::Text { max } | FieldKind::Long { max } => json!({ "type": "string", "maxLength": max }),
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
        if !field.required
            && let Some(kind) = map.get("type").cloned()
        {
            map.insert("type".into(), json!([kind, "null"]));
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
    let mut parameters: Vec<_> = ["q", "sort", "after", "limit", "view", "columns"]
        .iter()
        .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } }))
        .collect();
    let filters = kind.noun.fields.iter().filter(|field| !field.hidden && field.sealed.is_none());
    parameters
        .extend(filters.map(|field| json!({ "name": field.name, "in": "query", "schema": { "type": "string" } })));
    let page = json!({ "type": "object", "properties": {
        "items": { "type": "array", "items": reference(kind) }, "total": { "type": "integer" }, "next": { "type": ["string", "null"] } } });
    json!({ "operationId": format!("list_{}", kind.noun.plural), "parameters": parameters, "responses": { "200": content(&page) } })
}

fn read(kind: &Kind) -> Value {
    json!({ "operationId": format!("read_{}", kind.noun.name), "parameters": [id()], "responses": { "200": content(&reference(kind)) } })
}

fn write(kind: &Kind, verb: &str) -> Value {
    let mut value = json!({
        "operationId": format!("{verb}_{}", kind.noun.name),
        "requestBody": { "content": { "application/json": { "schema": reference(kind) } } },
        "responses": { "200": content(&reference(kind)), "422": { "description": "refused, each fault at its field" } },
    });
    if verb == "edit"
        && let Some(map) = value.as_object_mut()
    {
        map.insert("parameters".into(), json!([id()]));
        map["responses"]["409"] = conflict(kind);
    }
    value
}

fn act(kind: &Kind, spec: &kit::MoveSpec) -> Value {
    let properties: Map<_, _> = spec.fields.iter().map(|field| (field.name.to_owned(), type_of(field))).collect();
    let required: Vec<_> = spec.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let body = json!({ "type": "object", "properties": properties, "required": required });
    json!({
        "operationId": format!("{}_{}", spec.name, kind.noun.name),
        "parameters": [id()],
        "requestBody": { "content": { "application/json": { "schema": body } } },
        "responses": { "200": content(&reference(kind)), "409": conflict(kind), "422": { "description": "refused, each fault at its field" } },
    })
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

fn views(kind: &Kind) -> Value {
    let page = json!({ "type": "object", "properties": { "items": { "type": "array", "items": view() }, "total": { "type": "integer" } } });
    json!({ "operationId": format!("views_of_{}", kind.noun.plural), "responses": { "200": content(&page) } })
}

fn keep(kind: &Kind) -> Value {
    json!({
        "operationId": format!("keep_view_of_{}", kind.noun.plural),
        "requestBody": { "content": { "application/json": { "schema": view() } } },
        "responses": { "201": content(&view()), "422": { "description": "refused, each fault at its field" } },
    })
}

fn id() -> Value {
    json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } })
}

fn reference(kind: &Kind) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", kind.noun.name) })
}

fn content(schema: &Value) -> Value {
    json!({ "description": "ok", "content": { "application/json": { "schema": schema } } })
}
