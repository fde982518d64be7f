//! An answer by the signed link of a message: no account, no script. The answer is a call into the area that asked.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use engine::error::render;
use engine::messages::text;
use engine::pages;
use engine::save::{self, Refused, typed};
use engine::view::OptionView;
use engine::web::language;
use engine::{App, Cx};
use kit::{Lang, Scope, dates};
use store::outbox::Told;
use uuid::Uuid;

use super::answers::{self, Answer, Question};
use super::view::AnswerPage;

/// Characters that may be written besides.
const MOST: usize = 200;
/// Somebody else was writing the same record: tried so often.
const TRIES: usize = 3;

struct Asked {
    app: Arc<App>,
    lang: Lang,
    told: Told,
    question: &'static Question,
    /// The school that asks, by its name.
    from: String,
    action: String,
}

pub async fn page(State(app): State<Arc<App>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let lang = language(&headers, &CookieJar::from_headers(&headers));
    match asked(&app, lang, &token).await {
        Ok(Some(asked)) => {
            if let Err(error) = app.store.message_read(asked.told.id, app.clock.now()).await {
                tracing::warn!(%error, "that a message was read is not noted");
            }
            let note = if asked.told.answer.is_some() { "answer.given" } else { "" };
            asked.page(StatusCode::OK, note, &[], asked.told.answer.as_deref())
        }
        Ok(None) => nothing(&app, lang),
        Err(error) => broken(&error),
    }
}

pub async fn take(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(values): Form<Vec<(String, String)>>,
) -> Response {
    let lang = language(&headers, &CookieJar::from_headers(&headers));
    match asked(&app, lang, &token).await {
        Ok(Some(asked)) if asked.told.answer.is_some() => {
            asked.page(StatusCode::OK, "answer.given", &[], asked.told.answer.as_deref())
        }
        Ok(Some(asked)) => asked.take(&values).await,
        Ok(None) => nothing(&app, lang),
        Err(error) => broken(&error),
    }
}

/// The question behind a link; `None` where it was not signed here, or nobody asks it any more.
async fn asked(app: &Arc<App>, lang: Lang, token: &str) -> Result<Option<Asked>, store::StoreError> {
    let Some(id) = text::opened(&app.store, token) else { return Ok(None) };
    behind(app, lang, id, token).await
}

/// A touch on an answer, by whoever holds the message: the sample county plays guardians so, at the moment that its clock shows.
pub async fn answered(app: &Arc<App>, message: Uuid, choice: &str, now: i64) -> Result<(), Refused> {
    let asked = behind(app, Lang::Zh, message, "").await?.ok_or(Refused::Missing)?;
    if asked.told.answer.is_some() || !asked.question.choices.contains(&choice) {
        return Err(Refused::Missing);
    }
    asked.carry_out(choice, "", now).await
}

async fn behind(app: &Arc<App>, lang: Lang, id: Uuid, token: &str) -> Result<Option<Asked>, store::StoreError> {
    let Some(told) = app.store.told(id).await?.filter(|told| told.state != "withdrawn") else { return Ok(None) };
    let Some(question) = told.answers.as_deref().and_then(answers::question) else { return Ok(None) };
    let Some(kind) = app.kind_of(question.noun).filter(|kind| kind.noun.name == told.noun) else { return Ok(None) };
    let row = app.store.find(kind.noun, told.record, &Scope::county()).await?;
    let Some(row) = row.filter(|row| !(question.over)(row, dates::shanghai_date(app.clock.now()))) else {
        return Ok(None);
    };
    let from = (question.from)(&row).map(|school| app.tree().name(school).to_owned()).unwrap_or_default();
    Ok(Some(Asked { app: Arc::clone(app), lang, told, question, from, action: format!("/answer/{token}") }))
}

impl Asked {
    async fn take(&self, values: &[(String, String)]) -> Response {
        let choice = typed(values, "choice").unwrap_or_default();
        let words = typed(values, "words").unwrap_or_default().trim();
        if !self.question.choices.contains(&choice) || words.chars().count() > MOST {
            return self.page(StatusCode::UNPROCESSABLE_ENTITY, "", &[], None);
        }
        match self.carry_out(choice, words, self.app.clock.now()).await {
            Ok(()) => self.page(StatusCode::OK, "answer.thanks", &[], Some(choice)),
            Err(Refused::Faults(faults)) => {
                let reason = faults.first().map(|fault| self.app.text(self.lang, fault)).unwrap_or_default();
                self.page(StatusCode::UNPROCESSABLE_ENTITY, "answer.refused", &[("reason", reason)], None)
            }
            Err(Refused::Broken(error)) => broken(&error),
            Err(_) => self.page(StatusCode::CONFLICT, "answer.refused", &[("reason", String::new())], None),
        }
    }

    /// Two of a family may answer in the same moment, or one while the teacher moves the record: whoever comes second is heard on what it is then.
    async fn carry_out(&self, choice: &str, words: &str, now: i64) -> Result<(), Refused> {
        for _ in 1..TRIES {
            match self.once(choice, words, now).await {
                Err(Refused::Stale) => {}
                done => return done,
            }
        }
        self.once(choice, words, now).await
    }

    /// What the area makes of it; the message's id is the request's, so that an answer that was sent twice is carried out once.
    async fn once(&self, choice: &str, words: &str, now: i64) -> Result<(), Refused> {
        let app = &self.app;
        let cx = Cx { request: self.request(), ..Cx::program(app, now) };
        let kind =
            app.kind_of(self.question.noun).filter(|kind| kind.noun.name == self.told.noun).ok_or(Refused::Missing)?;
        let row = app.store.find(kind.noun, self.told.record, &Scope::county()).await?.ok_or(Refused::Missing)?;
        let facts = cx.facts(&[(kind.noun, &row)], &[]).await?;
        let answer = Answer { message: self.told.id, choice, words };
        let changes = (self.question.step)(&row, &answer, &facts)?;
        if !changes.is_empty() {
            save::commit(&cx, kind, changes, &facts).await?;
        }
        // What he wrote about a child stands with the record alone, where it is sealed in the history and goes when the child is erased.
        app.store.message_answered(self.told.id, choice, now).await?;
        Ok(())
    }

    fn request(&self) -> Uuid {
        Uuid::new_v5(&self.told.id, b"answer")
    }

    fn page(&self, status: StatusCode, note: &str, args: &[(&str, String)], given: Option<&str>) -> Response {
        let open = status != StatusCode::OK || note.is_empty();
        let word = |key: String| self.app.words.get(self.lang, &key).to_owned();
        let choice = |code: &&str| OptionView {
            value: (*code).to_owned(),
            label: word(format!("answer.{}.{code}", self.question.name)),
            selected: false,
        };
        let told = &self.told;
        let page = AnswerPage {
            said: text::body(&self.app.words, self.lang, &told.code, &told.status, &told.params),
            action: if open { self.action.clone() } else { String::new() },
            question: word(format!("answer.{}", self.question.name)),
            choices: self.question.choices.iter().map(choice).collect(),
            note: if note.is_empty() { String::new() } else { self.app.words.fill(self.lang, note, args) },
            given: given.map(|code| choice(&code).label).unwrap_or_default(),
            ..blank(&self.app, self.lang, &self.from)
        };
        dressed(status, &page)
    }
}

fn blank(app: &App, lang: Lang, from: &str) -> AnswerPage {
    let frame = pages::frame(app, lang, "/");
    let from = if from.is_empty() { &app.county_name } else { from };
    let lead = app.words.fill(lang, "answer.lead", &[("from", from.to_owned())]);
    AnswerPage {
        t: pages::words(app, lang),
        assets: frame.assets,
        county: app.county_name.clone(),
        sample: frame.sample_clock.is_some(),
        heading: lead,
        said: String::new(),
        action: String::new(),
        question: String::new(),
        choices: Vec::new(),
        note: String::new(),
        given: String::new(),
        most: MOST,
    }
}

fn nothing(app: &App, lang: Lang) -> Response {
    let note = app.words.get(lang, "answer.unknown").to_owned();
    dressed(StatusCode::NOT_FOUND, &AnswerPage { note, ..blank(app, lang, "") })
}

/// Kept nowhere: the telephone may be somebody else's.
fn dressed(status: StatusCode, page: &AnswerPage) -> Response {
    let mut response = (status, render(page)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn broken(error: &store::StoreError) -> Response {
    tracing::error!(%error, "an answer was not taken");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
