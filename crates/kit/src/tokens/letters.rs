//! The letters of a text as they are compared: width, case and script folded, in runs of one kind.

use std::collections::HashMap;
use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

use crate::tidy::half_width;

/// A run of letters of one kind, and whether its word ends with it: a gap, a sign or the end follows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// Chinese characters.
    Han(Vec<char>, bool),
    /// Letters and digits of any other script, in lower case.
    Word(String, bool),
}

/// The runs of a text. Signs and gaps only separate; of a text without letters nothing is left.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for letter in text.chars().filter(|letter| !is_silent(*letter)).flat_map(|letter| half_width(letter).to_lowercase())
    {
        let letter = folded(letter);
        if !letter.is_alphanumeric() && !is_han(letter) {
            open = false;
            continue;
        }
        match (runs.last_mut(), is_han(letter)) {
            (Some(Run::Han(letters, _)), true) if open => letters.push(letter),
            (Some(Run::Word(letters, _)), false) if open => letters.push(letter),
            (last, han) => {
                if let (Some(Run::Han(_, ends) | Run::Word(_, ends)), true) = (last, open) {
                    *ends = false;
                }
                runs.push(if han { Run::Han(vec![letter], true) } else { Run::Word(letter.into(), true) });
            }
        }
        open = true;
    }
    runs
}

/// Chinese characters, the rare ones of names (生僻字) among them: all planes that are set aside for them, whether
/// assigned yet or not.
pub(super) fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// What is not seen does not part two letters: variation selectors, joiners, marks of direction.
fn is_silent(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

/// Traditional characters as simplified ones, one by one: a phrase would be turned by its neighbours, and a record and a
/// question have different ones. `ü` is typed as `v`.
fn folded(letter: char) -> char {
    match letter {
        'ü' => 'v',
        letter if letter < '\u{3400}' => letter,
        letter => SIMPLIFIED.get(&letter).copied().unwrap_or(letter),
    }
}

/// OpenCC's table of characters, read once. Without it (it is part of the program, so that does not happen) every
/// character stands for itself.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let Ok(opencc) = OpenCC::from_config(BuiltinConfig::T2s) else { return HashMap::new() };
    let all: Vec<char> = ('\u{3400}'..='\u{4dbf}').chain('\u{4e00}'..='\u{9fff}').collect();
    let lines = |letters: &[char]| letters.iter().flat_map(|letter| [*letter, '\n']).collect::<String>();
    let turned = opencc.convert(&lines(&all));
    let pairs = all.iter().zip(turned.lines());
    pairs.filter_map(|(letter, line)| Some((*letter, line.chars().next()?))).filter(|(from, to)| from != to).collect()
});
