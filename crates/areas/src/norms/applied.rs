//! The county's decisions laid over the norms of the files.

use std::collections::HashMap;
use std::sync::Arc;

use kit::norms::Decision;
use kit::norms::decide::Kind;
use kit::{Row, Rules};

use super::record::NORM_DECISION;

pub fn decision(row: &Row) -> Option<Decision> {
    let get = |field| row.get(&NORM_DECISION, field);
    let text = |field| get(field).text().map(str::to_owned);
    Some(Decision {
        id: row.id,
        kind: get("kind").text().and_then(Kind::read)?,
        key: text("key")?,
        stage: text("stage"),
        value: text("value").unwrap_or_default(),
        from: get("from_on").date()?,
        until: get("until_on").date(),
    })
}

/// The rules with what the county decided about the norms.
pub fn applied<S: std::hash::BuildHasher>(rules: &Rules, records: &HashMap<&'static str, Vec<Row>, S>) -> Rules {
    let rows = records.get(NORM_DECISION.name).map_or(&[][..], Vec::as_slice);
    let decisions: Vec<_> = rows.iter().filter_map(decision).collect();
    Rules { norms: Arc::new(rules.norms.decided(&decisions)), ..rules.clone() }
}
