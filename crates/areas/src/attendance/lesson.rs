//! Lessons of a school's own timetable as the roll shows them: to be called where somebody wants to, and with whom a child should be.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};
use engine::Cx;
use engine::save::Refused;
use engine::web::labels;
use kit::{Row, dates};
use store::StoreError;
use uuid::Uuid;

use super::record::SHEET;
use super::session::{Slot, Standing, code, standing};
use super::view::LessonView;
use crate::lessons::day::{Lesson, at, of_classes};

/// The lessons of a class of today that nobody has called: those that have begun, or nearly, can be.
pub async fn offered(cx: &Cx, class: &Row, lessons: &[Lesson], sheets: &[Row]) -> Result<Vec<LessonView>, Refused> {
    let called = |session: &str| {
        let this = |row: &&Row| row.get(&SHEET, "class").id() == Some(class.id);
        sheets.iter().filter(this).any(|row| row.get(&SHEET, "session").text() == Some(session))
    };
    let names = teachers(cx, lessons).await?;
    let mut views = Vec::with_capacity(lessons.len());
    for lesson in lessons.iter().filter(|lesson| !called(&lesson.session())) {
        let slot = code(&lesson.session()).map(|session| Slot { session, at: lesson.from });
        let open = match &slot {
            Some(slot) => standing(slot, cx.today(), cx.now, &cx.app.norms())? != Standing::Later,
            None => false,
        };
        let href = if open { format!("/rollcall/{}/{}", class.id, lesson.session()) } else { String::new() };
        views.push(LessonView { href, ..view(cx, lesson, &names) });
    }
    Ok(views)
}

/// The lessons of a class on a day, and the sentence that says with whom it should be now.
pub async fn of_day(
    cx: &Cx,
    (school, class): (Uuid, Uuid),
    day: NaiveDate,
) -> Result<(Option<String>, Vec<LessonView>), StoreError> {
    let lessons = of_classes(cx, school, &[class], day, &super::door::facts(cx)).await?;
    let Some(lessons) = lessons.get(&class).filter(|lessons| !lessons.is_empty()) else {
        return Ok((None, Vec::new()));
    };
    let names = teachers(cx, lessons).await?;
    let should = (day == cx.today()).then(|| should(cx, lessons, &names));
    Ok((
        should,
        lessons
            .iter()
            .map(|lesson| LessonView { now: day == cx.today() && goes_on(cx, lesson), ..view(cx, lesson, &names) })
            .collect(),
    ))
}

fn clock(cx: &Cx) -> NaiveTime {
    dates::shanghai_time(cx.now).time()
}

fn goes_on(cx: &Cx, lesson: &Lesson) -> bool {
    at(std::slice::from_ref(lesson), clock(cx)).is_some()
}

fn should(cx: &Cx, lessons: &[Lesson], names: &HashMap<Uuid, String>) -> String {
    let hm = |time: NaiveTime| time.format("%H:%M").to_string();
    let now = ("time", hm(clock(cx)));
    let Some(lesson) = at(lessons, clock(cx)) else { return cx.app.words.fill(cx.lang, "lesson.none_now", &[now]) };
    let teacher = lesson.teacher.and_then(|id| names.get(&id));
    let key = if teacher.is_some() { "lesson.now_with" } else { "lesson.now" };
    let args = [
        now,
        ("n", lesson.number.to_string()),
        ("subject", lesson.subject.clone()),
        ("from", hm(lesson.from)),
        ("until", hm(lesson.until)),
        ("teacher", teacher.cloned().unwrap_or_default()),
    ];
    cx.app.words.fill(cx.lang, key, &args)
}

async fn teachers(cx: &Cx, lessons: &[Lesson]) -> Result<HashMap<Uuid, String>, StoreError> {
    let ids: Vec<_> = lessons.iter().filter_map(|lesson| lesson.teacher).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    labels(cx, HashMap::from([("staff", ids)])).await
}

fn view(cx: &Cx, lesson: &Lesson, names: &HashMap<Uuid, String>) -> LessonView {
    LessonView {
        label: cx.app.words.fill(cx.lang, "lesson.line", &[("n", lesson.number.to_string())]),
        when: format!("{}–{}", lesson.from.format("%H:%M"), lesson.until.format("%H:%M")),
        subject: lesson.subject.clone(),
        href: String::new(),
        teacher: lesson.teacher.and_then(|id| names.get(&id).cloned()).unwrap_or_default(),
        now: false,
    }
}
