//! Figures as people read them.

use kit::figure::Figure;
use kit::{Lang, Words};

/// A whole number: `114213` in Chinese, `114,213` in English.
pub fn number(lang: Lang, value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "−" } else { "" };
    if lang != Lang::En {
        return format!("{sign}{digits}");
    }
    let first = digits.len() % 3;
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}")
}

/// Hundredths of a per cent with two decimals: `95.59%`.
pub fn percent(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "−" } else { "" };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}%", size / 100, size % 100)
}

/// The share of a ratio; a dash where there is no whole to be a share of, which is not nought.
pub fn share(figure: &Figure) -> String {
    figure.share().map_or_else(|| "—".to_owned(), percent)
}

/// What became of a number: `+12（+5.20%）`; without a percentage where there was nothing to grow from.
pub fn change(words: &Words, lang: Lang, now: i64, before: i64) -> String {
    let signed = |value: i64, text: String| if value > 0 { format!("+{text}") } else { text };
    let difference = now - before;
    let plain = signed(difference, number(lang, difference));
    if before <= 0 {
        return plain;
    }
    // Rounded half away from nought, in hundredths of a per cent.
    let hundredths = (difference.abs() * 20_000 + before) / (2 * before) * difference.signum();
    words.fill(lang, "figures.change", &[("difference", plain), ("percent", signed(hundredths, percent(hundredths)))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_written() {
        for (value, zh, en) in [
            (0, "0", "0"),
            (76, "76", "76"),
            (999, "999", "999"),
            (1000, "1000", "1,000"),
            (114_213, "114213", "114,213"),
            (-1_234_567, "−1234567", "−1,234,567"),
        ] {
            assert_eq!((number(Lang::Zh, value).as_str(), number(Lang::En, value).as_str()), (zh, en));
        }
        for (value, text) in [(9559, "95.59%"), (10_000, "100.00%"), (5, "0.05%"), (0, "0.00%"), (-310, "−3.10%")] {
            assert_eq!(percent(value), text);
        }
    }

    #[test]
    fn a_change_has_a_percentage_only_where_something_was() {
        let words =
            Words::parse(&[("x", r#""figures.change" = { zh = "{difference}（{percent}）", tw = "", en = "" }"#)])
                .unwrap_or_default();
        for (now, before, text) in [
            (12, 0, "+12"),
            (0, 0, "0"),
            (12, 10, "+2（+20.00%）"),
            (7, 8, "−1（−12.50%）"),
            (8, 8, "0（0.00%）"),
            (0, 3, "−3（−100.00%）"),
        ] {
            assert_eq!(change(&words, Lang::Zh, now, before), text);
        }
    }
}
