//! Dates as they are said rather than counted: in Chinese numerals, with the day of the week.

/// What input methods put where a hyphen is meant.
const DASHES: [char; 6] = ['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}', '\u{2500}'];

/// The text with figures for Chinese numerals and a hyphen for every dash.
pub(super) fn plain(text: String) -> String {
    in_figures(&text).unwrap_or(text).replace(DASHES, "-")
}

/// The same date without the day of the week that a sheet shows behind it: `2026年3月1日 星期日`, `2026-03-01(周日)`.
pub(super) fn without_weekday(text: &str) -> &str {
    let bare = text.trim_end_matches(')');
    let mut letters = bare.char_indices().rev();
    let named = letters.next().is_some_and(|(_, letter)| "一二三四五六日天".contains(letter));
    let Some((at, _)) = letters.next().filter(|(_, letter)| named && "期周".contains(*letter)) else { return text };
    let Some(head) = bare.get(..at) else { return text };
    let week =
        if bare.get(at..).is_some_and(|tail| tail.starts_with('期')) { head.strip_suffix('星') } else { Some(head) };
    week.map_or(text, |head| head.trim_end_matches(['(', ' ']))
}

/// A date in Chinese numerals (GB/T 15835-2011) in figures: 二〇二一年十二月三十一日. `None` for anything else.
fn in_figures(text: &str) -> Option<String> {
    let (year, rest) = text.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let (day, rest) = rest.split_once('日')?;
    let year: String = year
        .chars()
        .map(|letter| numeral(letter).filter(|value| *value < 10))
        .collect::<Option<Vec<_>>>()?
        .iter()
        .map(u32::to_string)
        .collect();
    Some(format!("{year}年{}月{}日{rest}", below_hundred(month.trim())?, below_hundred(day.trim())?))
}

fn numeral(letter: char) -> Option<u32> {
    const NUMERALS: &str = "〇一二三四五六七八九十";
    let letter = if matches!(letter, '零' | '○' | 'O' | 'o') { '〇' } else { letter };
    NUMERALS.chars().position(|other| other == letter).and_then(|at| u32::try_from(at).ok())
}

/// 一 to 九十九.
fn below_hundred(text: &str) -> Option<u32> {
    let values: Vec<u32> = text.chars().map(numeral).collect::<Option<_>>()?;
    match values.as_slice() {
        [ones] => Some(*ones),
        [10, ones @ 1..10] => Some(10 + ones),
        [tens @ 2..10, 10] => Some(tens * 10),
        [tens @ 2..10, 10, ones @ 1..10] => Some(tens * 10 + ones),
        _ => None,
    }
}
