//! Tips of the sample county to be followed by whoever tries it out: their reporters are nobody, so nobody else has their codes.

use engine::Cx;
use kit::{Query, Row, Scope};
use store::StoreError;

use super::record::{TIP, said};
use super::{code, due, follow_code};

/// Codes in groups of four, as they are printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples {
    /// Its page asks whether it is really fixed; the latest that was closed.
    pub asked: Option<String>,
    pub waiting: Option<String>,
    pub answered: Option<String>,
}

pub async fn find(cx: &Cx) -> Result<Examples, StoreError> {
    let store = &cx.app.store;
    let all = store.all(&TIP, &Query::new(), &Scope::county()).await?;
    let grouped = |row: &Row| follow_code(store, row.id).map(|code| code::grouped(&code));
    let last = |state| all.iter().filter(|row| said(row, "state") == state).max_by_key(|row| row.id);
    Ok(Examples {
        asked: asked(cx, &all).await?.map(grouped).transpose()?,
        waiting: last("received").map(grouped).transpose()?,
        answered: last("answered").map(grouped).transpose()?,
    })
}

async fn asked<'a>(cx: &Cx, all: &'a [Row]) -> Result<Option<&'a Row>, StoreError> {
    let triaged: Vec<_> = all.iter().filter(|row| said(row, "state") == "triaged").map(|row| (&TIP, row)).collect();
    let facts = cx.facts(&triaged, &[]).await?;
    let since = |row: &Row| {
        let hazard = facts.known.get(&row.get(&TIP, "hazard").id()?)?;
        due::ask(hazard, &facts).ok()?.filter(|day| *day <= facts.today)
    };
    let open = triaged.into_iter().filter_map(|(_, row)| Some((since(row)?, row)));
    Ok(open.max_by_key(|(day, _)| *day).map(|(_, row)| row))
}
