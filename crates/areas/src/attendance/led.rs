//! From a roll to the child of whom nobody knows: the check that began with it is the next thing to do, and the roll says so.

use std::collections::HashMap;

use engine::Cx;
use engine::view::LinkView;
use kit::{Cell, Row, Test};
use store::StoreError;
use uuid::Uuid;

use super::missing;
use super::record::{MARK, MISSING};
use crate::organisation::record::CLASS;

/// Where to go on for each pupil of these marks who is looked for.
pub async fn checks(cx: &Cx, marks: &[Row]) -> Result<HashMap<Uuid, String>, StoreError> {
    let unknown = marks.iter().filter(|mark| mark.get(&MARK, "state").text() == Some("unknown"));
    let pupils: Vec<_> = unknown.map(|mark| mark.get(&MARK, "pupil").clone()).collect();
    if pupils.is_empty() || !cx.may(MISSING.name, "read") {
        return Ok(HashMap::new());
    }
    let open = missing::open().filter("pupil", Test::OneOf(pupils));
    let open = cx.app.store.all(&MISSING, &open, cx.scope()).await?;
    let link = |check: &Row| Some((check.get(&MISSING, "pupil").id()?, format!("/missing/{}", check.id)));
    Ok(open.iter().filter_map(link).collect())
}

/// How many children of each class are looked for, with the board where they stand.
pub async fn of_classes(cx: &Cx, classes: &[Row]) -> Result<HashMap<Uuid, LinkView>, StoreError> {
    if classes.is_empty() || !cx.may(MISSING.name, "read") {
        return Ok(HashMap::new());
    }
    let own = classes.iter().map(|class| Cell::Id(class.id)).collect();
    let open = missing::open().filter(CLASS.name, Test::OneOf(own));
    let mut counts: HashMap<Uuid, usize> = HashMap::new();
    for check in cx.app.store.all(&MISSING, &open, cx.scope()).await? {
        *counts.entry(check.get(&MISSING, CLASS.name).id().unwrap_or_default()).or_default() += 1;
    }
    let link = |n: usize| LinkView {
        label: cx.app.words.fill(cx.lang, "rollcall.unknown", &[("n", n.to_string())]),
        href: "/rollcall/missing".into(),
    };
    Ok(counts.into_iter().map(|(class, n)| (class, link(n))).collect())
}
