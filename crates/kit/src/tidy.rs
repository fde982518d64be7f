//! What people type in Excel, made comparable: widths, invisible characters and spaces.

/// A short value (a name, a code, a heading, a date) as it should be stored.
///
/// Full-width letters, digits and punctuation (全角) become half-width, which is what Unicode NFKC does for that range;
/// control, zero-width and direction characters go; every run of white space, NBSP and the ideographic space included,
/// becomes one space; the ends are trimmed. `tidy` of a tidy value is the value itself.
///
/// Sentences keep their Chinese punctuation: use [`tidy_text`] for them.
pub fn tidy(s: &str) -> String {
    clean(s, half_width)
}

/// A sentence as it should be stored: as [`tidy`], but full-width characters stay, so that the Chinese comma and
/// semicolon are not turned into the Latin ones.
pub fn tidy_text(s: &str) -> String {
    clean(s, |c| c)
}

/// The form in which two values are compared: [`tidy`] and lower case.
pub fn fold(s: &str) -> String {
    tidy(s).to_lowercase()
}

fn clean(s: &str, map: fn(char) -> char) -> String {
    let mut out = String::with_capacity(s.len());
    let mut gap = false;
    for c in s.chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() {
            gap = true;
            continue;
        }
        if gap && !out.is_empty() {
            out.push(' ');
        }
        gap = false;
        out.push(map(c));
    }
    out
}

/// U+FF01..U+FF5E mirror U+0021..U+007E at a fixed distance.
pub(crate) fn half_width(c: char) -> char {
    const DISTANCE: u32 = 0xFF01 - 0x21;
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - DISTANCE).unwrap_or(c),
        _ => c,
    }
}

/// Characters that nobody means to type. NUL is among them because PostgreSQL refuses it in text; direction marks
/// because they make a value look like another one.
fn is_invisible(c: char) -> bool {
    let mark = matches!(c,
        '\u{00AD}' | '\u{180E}' | '\u{FEFF}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}');
    mark || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The full-width twin of an ASCII text, as an input method writes it.
    fn wide(s: &str) -> String {
        let twin = |c: char| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c);
        s.chars().map(|c| if c.is_ascii_graphic() { twin(c) } else { c }).collect()
    }

    #[test]
    fn table_of_what_people_type() {
        let cases = [
            ("", ""),
            (" \t\r\n\u{3000}\u{a0} ", ""),
            ("\u{feff}学校", "学校"),
            ("道县一小\u{ff08}本部\u{ff09}", "道县一小(本部)"),
            ("张\u{3000}\u{3000}三", "张 三"),
            ("a\u{a0}\u{a0}b", "a b"),
            ("a \u{200b} b", "a b"),
            ("1\u{200b}3\u{200d}8\u{2060}", "138"),
            ("\u{202e}abc\u{202c}", "abc"),
            ("a\0b\u{8}c\u{7f}", "abc"),
            ("第一行\n第二行", "第一行 第二行"),
            ("、。《》", "、。《》"),
            ("😀 好", "😀 好"),
            ("\u{ff71}\u{ffe5}", "\u{ff71}\u{ffe5}"),
        ];
        for (input, want) in cases {
            assert_eq!(tidy(input), want, "{input:?}");
        }
    }

    #[test]
    fn every_full_width_character_has_its_twin() {
        let ascii: String = ('!'..='~').collect();
        assert_eq!(wide("0A!"), "\u{ff10}\u{ff21}\u{ff01}");
        assert_eq!(tidy(&wide(&ascii)), ascii);
    }

    #[test]
    fn a_sentence_keeps_its_punctuation() {
        let input = " 楼道堵塞\u{ff0c}\u{200b}立即清理\u{ff1b}\n完成\u{3000}";
        assert_eq!(tidy_text(input), "楼道堵塞\u{ff0c}立即清理\u{ff1b} 完成");
        assert_eq!(tidy_text("\u{feff}\0"), "");
    }

    #[test]
    fn fold_compares_width_and_case() {
        assert_eq!(fold(&format!(" {}\u{3000}x ", wide("ABC"))), fold("abc X"));
        assert_ne!(fold("甲"), fold("乙"));
        assert_eq!(fold(""), "");
    }

    #[test]
    fn ten_thousand_characters() {
        let long = "A\u{3000}".repeat(10_000);
        assert_eq!(tidy(&long).chars().count(), 19_999);
    }

    proptest! {
        #[test]
        fn tidy_is_stable(s in any::<String>()) {
            let once = tidy(&s);
            prop_assert_eq!(tidy(&once), once.clone());
            prop_assert_eq!(once.trim(), once.as_str());
            prop_assert!(!once.contains("  "));
            let unwanted = once.chars().any(|c| half_width(c) != c || is_invisible(c));
            prop_assert!(!unwanted);
        }

        #[test]
        fn text_is_stable(s in any::<String>()) {
            let once = tidy_text(&s);
            prop_assert_eq!(tidy_text(&once), once);
        }
    }
}
