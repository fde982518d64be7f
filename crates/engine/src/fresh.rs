//! "Nothing is new" in one statement (RFC 9110, 8.8.3 and 13.1.2): a list or a page of figures carries a tag, and whoever sends it
//! back is told that what he has is right, without anything being read or rendered again.
//!
//! The tag is made before the page, of all that can change it: the files of `rules/`, the head of the county's history, the reader with his session,
//! language, theme, size and menu, the day, and this run of the program. Rejected: a tag made of the finished page, which saves the line but
//! not the work.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kit::{Field, Kind, Noun};
use sha2::{Digest, Sha256};
use store::StoreError;

use crate::app::{App, Cx};
use crate::web::Reader;

/// The tag of an answer that has not been made yet.
pub struct Fresh {
    tag: Option<String>,
    /// What the asker has, as he says.
    sent: Option<String>,
}

impl Fresh {
    /// For a page. One that has something to say once has no tag: it must not be taken for the page without it.
    pub async fn page(reader: &Reader) -> Result<Self, StoreError> {
        if reader.flash.is_some() {
            return Ok(Self { tag: None, sent: None });
        }
        // The page of a sample county shows its clock.
        let minute = reader.cx.app.clock.is_own().then_some(reader.cx.now / 60_000);
        let theme = reader.theme.as_deref().unwrap_or("");
        let own = format!(
            "{} {} {theme} {:?} {:?} {minute:?}",
            reader.session.id, reader.session.csrf, reader.large, reader.menu
        );
        Ok(Self { tag: Some(tag(&reader.cx, &own).await?), sent: reader.known.clone() })
    }

    /// For an answer of the interface.
    pub async fn client(cx: &Cx, headers: &HeaderMap) -> Result<Self, StoreError> {
        Ok(Self { tag: Some(tag(cx, "").await?), sent: sent(headers) })
    }

    /// For an answer about these records: one about messages has no tag, because what becomes of them follows no history.
    pub fn about(self, noun: &Noun) -> Self {
        if noun.name == crate::messages::MESSAGE.name { Self { tag: None, sent: None } } else { self }
    }

    /// The whole answer, when the asker has it already.
    pub fn known(&self) -> Option<Response> {
        let (tag, sent) = (self.tag.as_ref()?, self.sent.as_ref()?);
        let mine = sent.split(',').any(|one| one.trim() == tag || one.trim() == "*");
        mine.then(|| self.mark(StatusCode::NOT_MODIFIED.into_response()))
    }

    /// Writes the tag on an answer, unless nobody may keep it or it is no answer.
    pub fn mark(&self, mut response: Response) -> Response {
        let kept = response.headers().get(header::CACHE_CONTROL).is_none_or(|value| value != "no-store");
        let good = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
        if let Some(Ok(tag)) = self.tag.as_deref().filter(|_| kept && good).map(HeaderValue::from_str) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// Whether answers about this noun may be kept by a browser at all: what is about a person (a child's illness, where it sleeps) is kept nowhere, even
/// masked, because the next at a school's computer goes back to it; nor what names a child, as an enrolment does; and what becomes of a message changes
/// without the history.
pub fn may_be_kept(app: &App, noun: &Noun) -> bool {
    noun.name != crate::messages::MESSAGE.name
        && noun.subject.is_none()
        && noun.fields.iter().all(|field| !field.about_person() && !names_child(app, field))
}

/// Whether what stands in this field is a child, or a record of one.
pub fn names_child(app: &App, field: &Field) -> bool {
    match field.kind {
        Kind::Ref(other) => app.kind_of(other).is_some_and(|other| of_children(other.noun)),
        _ => false,
    }
}

/// Whether this noun's records are about children: personal, and reached by class. Whoever answers for a hazard is a person, too, but his name stands on
/// the notice board.
fn of_children(noun: &Noun) -> bool {
    !noun.scope.classes.is_empty() && noun.fields.iter().any(Field::about_person)
}

/// What an asker says that he has.
pub fn sent(headers: &HeaderMap) -> Option<String> {
    headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Weak, because the answer is compressed on its way.
async fn tag(cx: &Cx, own: &str) -> Result<String, StoreError> {
    let (head, actor) = (cx.app.store.head().await?, &cx.actor);
    let who = format!("{} {} {:?} {:?}", actor.account, actor.role, actor.unit, actor.scope);
    let all = format!("{head} {} {} {} {} {who} {own}", cx.app.run, cx.app.edition(), cx.lang.code(), cx.today());
    Ok(format!("W/\"{}\"", hex::encode(&Sha256::digest(all.as_bytes())[..12])))
}
