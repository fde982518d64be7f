//! The import for programs: the file as the body, the answer as JSON.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use serde_json::{Value, json};

use super::changes::{Changed, Preview, preview};
use super::import::{carry_out, message, read_and_plan};
use super::pages::SHOWN;
use super::plan::{Fault, Plan};
use super::quiet;
use super::refs::short;
use crate::app::{App, Cx};
use crate::area::Kind;
use crate::error::refused_json;
use crate::save::Refused;
use crate::web::{Asked, Client};

/// Whether nothing is to be written. A parameter that is misspelt is refused: whoever wanted a dry run must not get an import.
fn dry(asked: &[(String, String)]) -> Result<bool, Vec<Refusal>> {
    let (mut dry, mut faults) = (false, Vec::new());
    for (name, value) in asked {
        match (name.as_str(), crate::parse::flag(value)) {
            ("dry_run", Some(flag)) => dry |= flag,
            ("dry_run", None) => {
                faults.push(Refusal::at("value.flag", "dry_run").with("value", short(value)));
            }
            _ => faults.push(crate::sent::unknown(name)),
        }
    }
    if faults.is_empty() { Ok(dry) } else { Err(faults) }
}

/// `POST /api/v1/<plural>/import?dry_run=1` with the file as the body: what it would do, and every fault.
pub async fn import(
    Client(cx): Client,
    State(app): State<Arc<App>>,
    Path(plural): Path<String>,
    Asked(asked): Asked,
    body: Bytes,
) -> Response {
    let Some(kind) = app.kind(&plural) else { return refused_json(&cx, &Refused::Missing) };
    let dry = match dry(&asked) {
        Ok(dry) => dry,
        Err(faults) => return refused_json(&cx, &Refused::Faults(faults)),
    };
    let mut plan = match read_and_plan(&cx, kind, "", body, &quiet).await {
        Ok(plan) => plan,
        Err(stopped) => return refused_json(&cx, &stopped.refused()),
    };
    // Before it is done: whoever only asks is told what would change.
    let would = if dry { preview(&cx, kind, &plan, SHOWN).await } else { Ok(Preview::default()) };
    let would = match would {
        Ok(would) => would,
        Err(error) => return refused_json(&cx, &Refused::Broken(error)),
    };
    if !dry
        && plan.faults.is_empty()
        && let Err(refused) = carry_out(&cx, kind, &mut plan, &quiet).await
        && plan.faults.is_empty()
    {
        return refused_json(&cx, &refused);
    }
    let status = if plan.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    (status, Json(answer(&cx, kind, &plan, &would, dry))).into_response()
}

fn answer(cx: &Cx, kind: &Kind, plan: &Plan, would: &Preview, dry: bool) -> Value {
    let fault = |fault: &Fault| {
        let heading = fault.column.and_then(|column| plan.table.headings.get(column));
        json!({ "row": fault.row, "column": heading, "field": fault.refusal.field, "code": fault.refusal.code, "message": message(&cx.app, cx.lang, kind, fault) })
    };
    let added = would.added.iter().map(|line| json!({ "row": line.row, "record": line.record }));
    let changed = |line: &Changed| json!({ "row": line.row, "id": line.id, "record": line.record, "field": line.field, "label": line.label, "old": line.old, "new": line.new });
    json!({
        "dry_run": dry, "rows": plan.table.rows.len(), "new": plan.new, "changed": plan.changed, "unchanged": plan.unchanged,
        "added": added.collect::<Vec<_>>(), "changes": would.changes.iter().map(changed).collect::<Vec<_>>(), "more_changes": would.more,
        "missing": plan.missing.iter().map(|row| row.id).collect::<Vec<_>>(), "ignored": plan.left_out(cx),
        "faults": plan.faults.iter().map(fault).collect::<Vec<_>>(),
    })
}
