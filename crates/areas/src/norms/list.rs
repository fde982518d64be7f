//! `/norms`: a first page that counts the norms by chapter and topic, and the list of those that were asked for, a page at a time.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::Cx;
use engine::pages::{layout, words};
use engine::view::{LinkView, OptionView, PagerView};
use engine::web::{Asked, Reader, encode};
use kit::norms::{Norm, Norms};

use super::chapters::{self, topic};
use super::pages::{day, shown};
use super::view::{ChapterView, FiltersView, IndexPage, LineView, MarkView, NormsPage, TopicView};
use super::words as said;

/// Lines of one page of the list.
const PAGE: usize = 50;

/// What the address asks for.
#[derive(Default)]
struct Question {
    typed: String,
    /// A topic or a chapter: no code is both.
    about: String,
    /// A badge, by its code.
    mark: String,
    day: NaiveDate,
    page: usize,
}

impl Question {
    fn read(cx: &Cx, asked: &Asked) -> Self {
        let of = |name: &str| asked.get(name).unwrap_or_default().trim().to_owned();
        let page = asked.get("page").and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
        Self { typed: of("q"), about: of("topic"), mark: of("mark"), day: day(cx, asked), page }
    }

    /// Nothing is asked for but a day: the first page answers.
    fn bare(&self) -> bool {
        self.typed.is_empty() && self.about.is_empty() && self.mark.is_empty()
    }

    fn address(&self, cx: &Cx, page: usize) -> String {
        let day = if self.day == cx.today() { String::new() } else { self.day.to_string() };
        let page = if page > 1 { page.to_string() } else { String::new() };
        let pairs = [("q", &self.typed), ("topic", &self.about), ("mark", &self.mark), ("day", &day), ("page", &page)];
        let said = pairs.iter().filter(|(_, value)| !value.is_empty());
        let query = said.map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&");
        if query.is_empty() { "/norms".to_owned() } else { format!("/norms?{query}") }
    }

    /// The address of the same day with something else asked.
    fn other(&self, cx: &Cx, about: &str, mark: &str) -> String {
        Self { about: about.to_owned(), mark: mark.to_owned(), day: self.day, ..Self::default() }.address(cx, 1)
    }
}

/// One of the two pages.
pub enum Found {
    Index(Box<IndexPage>),
    Norms(Box<NormsPage>),
}

pub fn listed(reader: &Reader, asked: &Asked) -> Found {
    let cx = &reader.cx;
    let (norms, question) = (cx.app.norms(), Question::read(cx, asked));
    let all = all(&norms, question.day);
    if question.bare() {
        Found::Index(Box::new(index(reader, &question, &all)))
    } else {
        Found::Norms(Box::new(list(reader, &question, &all)))
    }
}

/// Every norm as it stands on a day, in the order of the chapters.
fn all(norms: &Norms, day: NaiveDate) -> Vec<&Norm> {
    let mut keys: Vec<&str> = norms.iter().map(|norm| norm.key.as_str()).collect();
    keys.sort_unstable_by_key(|key| (chapters::place(topic(key)), *key));
    keys.dedup();
    keys.into_iter().flat_map(|key| shown(norms, key, day)).collect()
}

fn index(reader: &Reader, question: &Question, all: &[&Norm]) -> IndexPage {
    let cx = &reader.cx;
    let mut found: Vec<(&str, Vec<TopicView>, usize)> = Vec::new();
    for of_topic in all.chunk_by(|one, next| topic(&one.key) == topic(&next.key)) {
        let name = topic(&of_topic[0].key);
        let pending = of_topic.iter().filter(|norm| said::code_of(norm, question.day) == "pending").count();
        let view =
            TopicView { href: question.other(cx, name, ""), label: named(cx, name), count: of_topic.len().to_string() };
        match found.last_mut().filter(|(chapter, ..)| *chapter == chapters::of(name)) {
            Some((_, topics, waiting)) => {
                topics.push(view);
                *waiting += pending;
            }
            None => found.push((chapters::of(name), vec![view], pending)),
        }
    }
    let chapter = |(code, topics, pending): (&str, Vec<TopicView>, usize)| ChapterView {
        href: question.other(cx, code, ""),
        name: named(cx, code),
        pending: (pending > 0).then(|| LinkView {
            label: cx.app.words.fill(cx.lang, "norms.pending", &[("n", pending.to_string())]),
            href: question.other(cx, code, "pending"),
        }),
        topics,
    };
    IndexPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "norms.all"),
        filters: filters(cx, question, all),
        marks: marks(cx, question, all),
        total: cx.app.words.fill(cx.lang, "norms.total", &[("n", all.len().to_string())]),
        chapters: found.into_iter().map(chapter).collect(),
    }
}

fn list(reader: &Reader, question: &Question, all: &[&Norm]) -> NormsPage {
    let cx = &reader.cx;
    let asked = |norm: &&&Norm| {
        let own = topic(&norm.key);
        (question.about.is_empty() || own == question.about || chapters::of(own) == question.about)
            && (question.mark.is_empty() || said::code_of(norm, question.day) == question.mark)
            && matches(cx, norm, &question.typed)
    };
    let found: Vec<&Norm> = all.iter().filter(asked).copied().collect();
    let pages = found.len().div_ceil(PAGE).max(1);
    let page = question.page.min(pages);
    let here: Vec<_> = found.iter().skip((page - 1) * PAGE).take(PAGE).copied().collect();
    // Which topic a line is of is said where there are several.
    let mixed = here.iter().any(|norm| topic(&norm.key) != topic(&here[0].key));
    let to = |page: usize, there: bool| there.then(|| question.address(cx, page));
    let from = if here.is_empty() { 0 } else { (page - 1) * PAGE + 1 };
    NormsPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "norms.all"),
        filters: filters(cx, question, all),
        marks: marks(cx, question, &here),
        chips: chips(cx, question),
        total: cx.app.words.fill(cx.lang, "norms.total", &[("n", found.len().to_string())]),
        lines: here.iter().map(|norm| line(cx, norm, question.day, mixed)).collect(),
        pager: (pages > 1).then(|| PagerView {
            range: format!("{from}–{} / {}", (page - 1) * PAGE + here.len(), found.len()),
            first: to(1, page > 2),
            previous: to(page - 1, page > 1),
            next: to(page + 1, page < pages),
        }),
    }
}

/// A chapter or topic by its name; one that a county's own files brought along by its code.
pub fn named(cx: &Cx, code: &str) -> String {
    let keys = [format!("norms.chapter.{code}"), format!("norms.topic.{code}")];
    keys.iter().find(|key| cx.app.words.has(key)).map_or_else(|| code.to_owned(), |key| cx.word(key).to_owned())
}

/// What was typed stands in its key, its name, its basis, its table or the name of its topic.
fn matches(cx: &Cx, norm: &Norm, typed: &str) -> bool {
    let typed = typed.to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&typed);
    [&norm.key, &norm.about, &norm.en, &norm.basis, &norm.source].into_iter().any(|text| holds(text))
        || holds(&named(cx, topic(&norm.key)))
        || said::table(cx, norm).iter().flatten().any(|cell| holds(cell))
}

fn line(cx: &Cx, norm: &Norm, day: NaiveDate, mixed: bool) -> LineView {
    let (mark, tone) = said::mark(cx, norm, day);
    let about = said::about(cx, norm);
    LineView {
        href: format!("/norms/{}?day={day}", norm.key),
        about: if about.is_empty() { norm.key.clone() } else { about },
        topic: if mixed { named(cx, topic(&norm.key)) } else { String::new() },
        applies: if norm.applies.everybody() { String::new() } else { said::applies(cx, norm) },
        value: said::short(cx, norm),
        table: said::table(cx, norm),
        mark,
        tone,
        basis: norm.basis.clone(),
    }
}

/// The badges that stand on the page, each with what it means and the way to all that bear it.
fn marks(cx: &Cx, question: &Question, norms: &[&Norm]) -> Vec<MarkView> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for norm in norms {
        *counts.entry(said::code_of(norm, question.day)).or_default() += 1;
    }
    let shown = said::CODES.iter().filter(|code| counts.contains_key(*code));
    let view = |code: &&str| MarkView {
        label: cx.word(&format!("norms.mark.{code}")).to_owned(),
        tone: said::tone_of(code),
        means: cx.word(&format!("norms.means.{code}")).to_owned(),
        href: question.other(cx, &question.about, code),
    };
    shown.map(view).collect()
}

/// What the list is narrowed by, each with the way to do without it.
fn chips(cx: &Cx, question: &Question) -> Vec<LinkView> {
    let Question { typed, about, mark, day, .. } = question;
    let without = |typed: &str, about: &str, mark: &str| {
        let (typed, about, mark) = (typed.to_owned(), about.to_owned(), mark.to_owned());
        Question { typed, about, mark, day: *day, page: 1 }.address(cx, 1)
    };
    let badge = cx.word(&format!("norms.mark.{mark}")).to_owned();
    let all = [
        (about, named(cx, about), without(typed, "", mark)),
        (mark, badge, without(typed, about, "")),
        (typed, typed.clone(), without("", about, mark)),
    ];
    all.into_iter().filter(|(value, ..)| !value.is_empty()).map(|(_, label, href)| LinkView { label, href }).collect()
}

fn filters(cx: &Cx, question: &Question, all: &[&Norm]) -> FiltersView {
    let option = |value: &str, label: String, chosen: &str| OptionView {
        value: value.to_owned(),
        label,
        selected: value == chosen,
    };
    let mut topics: Vec<(String, Vec<OptionView>)> = Vec::new();
    for of_topic in all.chunk_by(|one, next| topic(&one.key) == topic(&next.key)) {
        let name = topic(&of_topic[0].key);
        let chapter = chapters::of(name);
        let heading = named(cx, chapter);
        if topics.last().is_none_or(|(last, _)| *last != heading) {
            let whole = cx.app.words.fill(cx.lang, "norms.whole", &[("name", heading.clone())]);
            topics.push((heading, vec![option(chapter, whole, &question.about)]));
        }
        let options = topics.last_mut().map(|(_, options)| options);
        if let Some(options) = options {
            options.push(option(name, named(cx, name), &question.about));
        }
    }
    let mark = |code: &&str| option(code, cx.word(&format!("norms.mark.{code}")).to_owned(), &question.mark);
    FiltersView {
        typed: question.typed.clone(),
        topics,
        marks: said::CODES.iter().map(mark).collect(),
        day: question.day.to_string(),
    }
}
