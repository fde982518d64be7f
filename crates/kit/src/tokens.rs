//! 检索: from what a record says to the words of the index, and from what somebody typed to a question about them.
//!
//! Chinese is written without gaps and two databases would cut it in two ways, so it is not cut at all: a run of characters is
//! indexed as its pairs (隐患, 患排, 排查), and a longer run that is asked for is all of its pairs. No dictionary is needed, a
//! word of two characters is one word of the index, and both databases get the same words. Letters and digits are one word
//! for each run, found by their beginning. A name is also found as it sounds (see [`sounds`]).
//!
//! Every word carries its record type, so that a question about pupils never walks through guardians of the same name:
//!
//! | word | means |
//! |---|---|
//! | `pupil：张小` | a pair of characters, the last character of a run, a run of letters, a name as it sounds |
//! | `pupil＝张小明` | a whole value: what was typed exactly stands before what it only begins |
//! | `pupil＠1a2b3c4d` | whose the record is: the end of the id of a unit, class or person of its scope |
//!
//! The three signs are full-width, and full-width characters are folded away first: none can stand in a word.

mod letters;
mod sounds;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::actor::Scope;
use crate::cell::Row;
use crate::field::{Field, Kind};
use crate::noun::{Noun, ScopeBy};
use letters::{Run, runs};

/// Counts the ways in which words have been made: an index that was made in another way is made anew.
const VERSION: u32 = 1;
/// No word is longer, in characters; what is typed is cut in the same place.
const LONGEST: usize = 64;
/// Letters and digits of which a beginning is enough. One alone would match half the county.
const BEGINNING: usize = 2;
/// As many units, classes and schools of a reader as a question names; with more, the scope of the statement does it alone.
const OWNERS: usize = 200;
/// Most characters of a question.
pub const MOST: usize = 100;

/// The fields of a noun that can be searched. What is sealed or hidden never is, whatever its table says.
pub fn fields(noun: &Noun) -> impl Iterator<Item = &Field> {
    noun.fields.iter().filter(|field| field.searched && field.sealed.is_none() && !field.hidden)
}

/// How the words of these nouns are made: changes when the field tables or this module do.
pub fn recipe(nouns: &[&Noun]) -> String {
    let mut parts = vec![VERSION.to_string()];
    for noun in nouns {
        let searched: Vec<_> = fields(noun).map(|field| format!("{}{:?}", field.name, field.sound)).collect();
        if !searched.is_empty() {
            parts.push(format!("{}({};{})", noun.name, searched.join(","), owners(noun).collect::<Vec<_>>().join(",")));
        }
    }
    parts.join(" ")
}

/// The words of a record, each once, in order, with a space between; empty when nothing of it can be searched.
pub fn entry(noun: &Noun, row: &Row) -> String {
    let mut words = BTreeSet::new();
    for field in fields(noun) {
        if let Some(text) = row.get(noun, field.name).text() {
            value(noun, field, text, &mut words);
        }
    }
    if !words.is_empty() {
        let column = |column| if column == "id" { Some(row.id) } else { row.get(noun, column).id() };
        words.extend(owners(noun).filter_map(column).map(|id| owner(noun, id)));
    }
    words.into_iter().collect::<Vec<_>>().join(" ")
}

fn value(noun: &Noun, field: &Field, text: &str, words: &mut BTreeSet<String>) {
    let runs = runs(text);
    for run in &runs {
        match run {
            Run::Han(letters, _) => {
                words.extend(letters.windows(2).map(|pair| word(noun, &pair.iter().collect::<String>())));
                words.extend(letters.last().map(|last| word(noun, &last.to_string())));
            }
            Run::Word(letters, _) => {
                words.insert(word(noun, letters));
            }
        }
    }
    if matches!(field.kind, Kind::Text { .. }) && !runs.is_empty() {
        words.insert(whole(noun, &runs));
    }
    if let Some(sound) = field.sound {
        words.extend(sounds::of(&runs, sound).iter().map(|sound| word(noun, sound)));
    }
}

/// What was typed as a question to the index: every word of it must be there. `None` when it holds nothing that could be found.
pub fn question(noun: &Noun, typed: &str, scope: &Scope) -> Option<String> {
    let mut words = BTreeSet::new();
    for run in runs(typed) {
        match run {
            Run::Han(letters, _) if letters.len() == 1 => {
                // One character begins every pair that it stands in, and is a word of its own where it stands last.
                words.insert(word(noun, &letters[0].to_string()) + "*");
            }
            Run::Han(letters, _) => {
                words.extend(letters.windows(2).map(|pair| word(noun, &pair.iter().collect::<String>())));
            }
            // 3班 means the third class and not the thirtieth; a word that ends with its letters may have been only begun.
            Run::Word(letters, true) if letters.chars().count() >= BEGINNING => {
                words.insert(word(noun, &letters) + "*");
            }
            Run::Word(letters, _) => {
                words.insert(word(noun, &letters));
            }
        }
    }
    (!words.is_empty()).then(|| within(noun, words.into_iter().collect::<Vec<_>>().join(" AND "), scope))
}

/// The question for records of which one value is exactly what was typed.
pub fn exactly(noun: &Noun, typed: &str, scope: &Scope) -> Option<String> {
    let runs = runs(typed);
    (!runs.is_empty()).then(|| within(noun, whole(noun, &runs), scope))
}

/// Whether there is anything to look for in what was typed: a character, a letter or a digit.
pub fn asks(typed: &str) -> bool {
    !runs(typed).is_empty()
}

/// Narrows a question to whose records the reader's are. This only saves work: an id is cut short here, and the scope of
/// the statement decides.
fn within(noun: &Noun, question: String, scope: &Scope) -> String {
    if scope.all || noun.scope.everyone {
        return question;
    }
    let mine = scope.units.iter().chain(&scope.home).chain(&scope.classes).chain(&scope.person);
    let mine: BTreeSet<_> = mine.map(|id| owner(noun, *id)).collect();
    if mine.is_empty() || mine.len() > OWNERS {
        return question;
    }
    format!("{question} AND ({})", mine.into_iter().collect::<Vec<_>>().join(" OR "))
}

fn word(noun: &Noun, text: &str) -> String {
    format!("{}：{}", noun.name, cut(text))
}

fn whole(noun: &Noun, runs: &[Run]) -> String {
    let text = runs.iter().fold(String::new(), |mut text, run| {
        match run {
            Run::Han(letters, _) => text.extend(letters),
            Run::Word(letters, _) => text.push_str(letters),
        }
        text
    });
    format!("{}＝{}", noun.name, cut(&text))
}

fn owner(noun: &Noun, id: Uuid) -> String {
    let id = id.as_u128() & 0xffff_ffff;
    format!("{}＠{id:08x}", noun.name)
}

/// The columns that say whose a record is; none where everyone sees everything anyway.
fn owners(noun: &Noun) -> impl Iterator<Item = &'static str> {
    let by = if noun.scope.everyone { ScopeBy::NOBODY } else { noun.scope };
    let columns: BTreeSet<_> = [by.units, by.home, by.classes, by.persons].concat().into_iter().collect();
    columns.into_iter()
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(LONGEST).map_or(text, |(at, _)| &text[..at])
}
