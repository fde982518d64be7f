//! The one spelling of a code number, whatever was typed.

use super::phone;
use crate::tidy::tidy;

/// The spelling of a code number that is checked and stored: tidy, without spaces, upper case (`x` at the end of an ID
/// number), without the apostrophe by which other systems keep a number a text in their exports. A mobile number is its
/// eleven digits, however it was grouped and with or without the country's 86.
pub fn form(typed: &str) -> String {
    let text: String = tidy(typed).chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    let text = match text.trim_start_matches(['\'', '`', '\u{2018}', '\u{2019}']) {
        bare if bare.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '+') => bare.to_owned(),
        _ => text,
    };
    mobile(&text).unwrap_or(text)
}

/// The digits of a mobile number that is written `138-1234-5678`, `+86 138…` or `0086-138…`; `None` for anything else.
fn mobile(text: &str) -> Option<String> {
    let country = text.strip_prefix("+86").or_else(|| text.strip_prefix("0086")).or_else(|| text.strip_prefix("86-"));
    let parts: Vec<&str> = country.unwrap_or(text).trim_start_matches('-').split('-').collect();
    // Only in the groups in which people write it: another number with hyphens is none.
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let grouped = matches!(lengths.as_slice(), [3, 4, 4]) || country.is_some() && matches!(lengths.as_slice(), [11]);
    let digits = parts.concat();
    (grouped && phone(&digits).is_ok() && digits.starts_with('1')).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::CodeError::{self, *};

    #[test]
    fn typed_codes_take_their_form() {
        assert_eq!(form(" 110105 19491231 002x\u{200b}"), "11010519491231002X");
        assert_eq!(form("\u{ff11}\u{ff13}8 1234 5678"), "13812345678");
        assert_eq!(form(""), "");
        let mobile = [
            "138-1234-5678",
            "138 1234 5678",
            "+86 138 1234 5678",
            "+86-138-1234-5678",
            "0086 13812345678",
            "86-13812345678",
            "'13812345678",
            "\u{2018}13812345678",
            "＋８６１３８１２３４５６７８",
        ];
        for typed in mobile {
            assert_eq!(form(typed), "13812345678", "{typed}");
        }
        assert_eq!(form("'11010519491231002x"), "11010519491231002X");
        for other in
            ["0746-5221234", "138-1234567", "1381-234-5678", "8613812345678", "128-1234-5678", "-", "'", "431124-CG"]
        {
            assert_eq!(form(other), other);
        }
        assert_eq!([Length, Shape, Kind].map(CodeError::code), ["code.length", "code.shape", "code.kind"]);
        let rest = [Region, Date, Serial, Check].map(CodeError::code);
        assert_eq!(rest, ["code.region", "code.date", "code.serial", "code.check"]);
    }
}
