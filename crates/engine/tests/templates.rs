//! Every page, rendered with a believable county in three languages: nothing inline, no word missing.
//! With `ANXIAO_PREVIEW=DIR` the Chinese pages are written there as files, for looking at them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::too_many_lines, reason = "a sample page is one long literal, easiest read as one")]

#[path = "templates/samples.rs"]
mod samples;
#[path = "templates/samples_evidence.rs"]
mod samples_evidence;
#[path = "templates/samples_hazard.rs"]
mod samples_hazard;
#[path = "templates/samples_help.rs"]
mod samples_help;
#[path = "templates/samples_together.rs"]
mod samples_together;

use std::collections::BTreeMap;

use askama::Template;
use engine::view::Words;

fn text() -> toml::Table {
    engine::WORDS.iter().flat_map(|(_, text)| text.parse::<toml::Table>().unwrap()).collect()
}

fn words(lang: &str, column: &'static str) -> Words {
    let text = text();
    Words::new(lang, move |key| {
        text.get(key)
            .and_then(|line| line.get(column))
            .and_then(toml::Value::as_str)
            .map_or_else(|| format!("?{key}?"), String::from)
    })
}

fn pages(t: &Words) -> BTreeMap<&'static str, String> {
    let mut pages = BTreeMap::new();
    pages.insert("login", samples::login(t).render().unwrap());
    pages.insert("password", samples::password(t).render().unwrap());
    pages.insert("sessions", samples::sessions(t).render().unwrap());
    pages.insert("error", samples::error(t).render().unwrap());
    pages.insert("today", samples::today(t).render().unwrap());
    pages.insert("today-teacher", samples::today_teacher(t).render().unwrap());
    pages.insert("figure", samples::figure(t).render().unwrap());
    pages.insert("report", samples::report(t).render().unwrap());
    pages.insert("verify", samples::verify(t, true).render().unwrap());
    pages.insert("verify-broken", samples::verify(t, false).render().unwrap());
    pages.insert("import", samples::import(t, false).render().unwrap());
    pages.insert("import-preview", samples::import(t, true).render().unwrap());
    pages.insert("list", samples_hazard::list(t).render().unwrap());
    pages.insert("list-empty", samples_hazard::list_empty(t).render().unwrap());
    pages.insert("find", samples_hazard::find(t).render().unwrap());
    pages.insert("show", samples_hazard::show(t, false).render().unwrap());
    pages.insert("show-refused", samples_hazard::show(t, true).render().unwrap());
    pages.insert("alike", samples_evidence::alike(t).render().unwrap());
    pages.insert("form", samples_hazard::form(t).render().unwrap());
    pages.insert("views", samples_together::views(t).render().unwrap());
    pages.insert("merge", samples_together::merge(t, false).render().unwrap());
    pages.insert("merge-gone", samples_together::merge(t, true).render().unwrap());
    pages.insert("versions", samples_together::versions(t).render().unwrap());
    pages.insert("help", samples_help::help(t).render().unwrap());
    pages
}

#[test]
fn nothing_is_inline() {
    for (name, html) in pages(&words("zh-Hans", "zh")) {
        for (at, _) in html.match_indices("<script") {
            let tag = html.get(at..).and_then(|rest| rest.split_once("</script>")).map(|(tag, _)| tag).unwrap();
            assert!(tag.ends_with('>') && tag.contains(" src="), "{name}: inline script {tag}");
        }
        for forbidden in ["<style", " style=", "javascript:", " hx-on", " hx-vals=\"js:"] {
            assert!(!html.contains(forbidden), "{name}: {forbidden}");
        }
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            assert!(
                !tag.split_whitespace().any(|word| word.starts_with("on") && word.contains("=\"")),
                "{name}: event attribute in <{tag}>"
            );
        }
    }
}

#[test]
fn every_word_is_there_in_three_languages() {
    for (lang, column) in [("zh-Hans", "zh"), ("zh-Hant", "tw"), ("en", "en")] {
        for (name, html) in pages(&words(lang, column)) {
            assert!(
                !html.contains("?ui."),
                "{name} in {lang} lacks a word: {:?}",
                html.split("?ui.").nth(1).map(|rest| rest.chars().take(30).collect::<String>())
            );
        }
    }
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    for (name, html) in pages(&words("zh-Hans", "zh")) {
        for form in html.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next()) {
            assert!(!form.contains("method=\"post\"") || form.contains("name=\"csrf\""), "{name}: {form}");
        }
    }
}

#[test]
fn a_page_is_small() {
    for (name, html) in pages(&words("zh-Hans", "zh")) {
        assert!(html.len() < 150_000, "{name} has {} bytes before compression", html.len());
    }
}

#[test]
fn previews_are_written_when_asked_for() {
    let Some(folder) = std::env::var_os("ANXIAO_PREVIEW") else { return };
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, html) in pages(&words("zh-Hans", "zh")) {
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}
