//! A roll that somebody else had called already: what was sent and is not it stands beside it, and each name that it lacks is one touch away.

use engine::Cx;
use engine::save::Refused;
use engine::view::LinkView;
use kit::Row;
use uuid::Uuid;

use super::call::Missed;
use super::record::MARK;
use super::{door, roll};

/// In the words of the roll that is saved. Whoever is not of the class has no name here; who is marked on that roll, too, leads nowhere. `there`: its marks,
/// and where a mark is added to it.
pub async fn lines(
    cx: &Cx,
    roll: &[Uuid],
    missed: &[Missed],
    there: (&[Row], Option<&str>),
) -> Result<Vec<LinkView>, Refused> {
    let names = door::names(cx, roll).await?;
    let line = |missed: &Missed| {
        let name = names.get(&missed.pupil).map_or("?", String::as_str);
        let symptom = missed.symptom.map(|code| format!(" · {}", cx.word(&format!("mark.symptom.{code}"))));
        let label =
            format!("{name} · {}{}", cx.word(&format!("mark.kind.{}", missed.kind)), symptom.unwrap_or_default());
        LinkView { label, href: added(missed, there).filter(|_| name != "?").unwrap_or_default() }
    };
    Ok(missed.iter().map(line).collect())
}

/// The form that adds it, filled in.
fn added(missed: &Missed, (marks, add): (&[Row], Option<&str>)) -> Option<String> {
    let stands = |mark: &Row| mark.get(&MARK, "pupil").id() == Some(missed.pupil) && roll::counts(mark);
    let symptom = missed.symptom.map(|code| format!("&symptom={code}")).unwrap_or_default();
    add.filter(|_| !marks.iter().any(stands))
        .map(|add| format!("{add}&pupil={}&kind={}{symptom}", missed.pupil, missed.kind))
}
