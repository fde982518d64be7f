//! The code numbers of people, schools, bodies and places: what makes one well formed, and how one is shown masked.
//!
//! The checks are strict: they take the one spelling that is stored. Bring what was typed into that spelling with
//! [`form`] first, otherwise the same number could be stored twice. They look at the number alone; a birthday in the
//! future or an age that does not fit a grade is judged where the clock and the grade are known.

mod form;

pub use form::form;

use crate::tidy::tidy;
use chrono::{Datelike, NaiveDate};

/// Why a code number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CodeError {
    /// Too short or too long.
    #[error("wrong number of characters")]
    Length,
    /// A character that may not stand where it stands.
    #[error("a character that does not belong there")]
    Shape,
    /// A type of school or of number that does not exist.
    #[error("unknown type")]
    Kind,
    /// A province or county that does not exist.
    #[error("unknown region")]
    Region,
    /// A day that does not exist.
    #[error("no real date")]
    Date,
    /// A running number or a level that cannot be.
    #[error("impossible serial number")]
    Serial,
    /// The check character does not fit the rest: mostly a slip of the finger.
    #[error("check character does not fit")]
    Check,
}

impl CodeError {
    /// The stable key under which the message in the reader's language is found.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length => "code.length",
            Self::Shape => "code.shape",
            Self::Kind => "code.kind",
            Self::Region => "code.region",
            Self::Date => "code.date",
            Self::Serial => "code.serial",
            Self::Check => "code.check",
        }
    }
}

/// First two digits of the province-level divisions (GB/T 2260), Taiwan, Hong Kong and Macao included.
const PROVINCES: [&str; 34] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];
/// The types of school (办学类型) a 学校标识码 may begin with.
const SCHOOL_KINDS: [&str; 16] =
    ["11", "21", "22", "31", "32", "33", "34", "35", "36", "37", "41", "42", "51", "91", "92", "93"];

/// A citizen's ID number (公民身份号码, GB 11643-1999): six digits of region, eight of birth, three of order, one check
/// character.
///
/// Residence permits for people from Hong Kong, Macao and Taiwan (港澳台居民居住证, 81, 82, 83) follow the same rule, and so
/// does the foreigner's permanent residence card of 2023 (外国人永久居留身份证), where `9` is followed by the province of
/// application and the country. Numbers of 15 characters are no longer valid and are refused.
///
/// `pretend` is the six-digit prefix of a sample county. It belongs to no province, so that no invented number can be a
/// real person's, and it is accepted only where the sample county is loaded.
pub fn id_number(s: &str, pretend: Option<&str>) -> Result<(), CodeError> {
    ascii(s, &[18])?;
    let (body, region) = (part(s, 0, 17), part(s, 0, 6));
    all_digits(body)?;
    if !matches!(s.as_bytes().last(), Some(b'0'..=b'9' | b'X')) {
        return Err(CodeError::Shape);
    }
    let province = if s.starts_with('9') { part(s, 1, 3) } else { part(s, 0, 2) };
    if pretend != Some(region) && !s.starts_with("83") && !PROVINCES.contains(&province) {
        return Err(CodeError::Region);
    }
    real_birth(part(s, 6, 14))?;
    if id_check_digit(body) == s.chars().last() { Ok(()) } else { Err(CodeError::Check) }
}

/// The check character (校验码) of the first 17 digits of an ID number: ISO 7064 MOD 11-2. `None` if they are not 17
/// digits.
pub fn id_check_digit(first17: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    if first17.len() != WEIGHTS.len() || all_digits(first17).is_err() {
        return None;
    }
    let sum: u32 = first17.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    CHECKS.into_iter().nth(sum as usize % CHECKS.len())
}

/// The date of birth in an ID number of 18 characters; `None` if there is none. The check character is not looked at.
pub fn id_birth(s: &str) -> Option<NaiveDate> {
    ascii(s, &[18]).ok()?;
    real_birth(part(s, 6, 14)).ok()
}

/// The sex in an ID number as GB/T 2261.1 codes it: 1 male, 2 female, from the 17th digit; `None` if there is none.
pub fn id_sex(s: &str) -> Option<u8> {
    ascii(s, &[18]).ok()?;
    match s.as_bytes().get(16)? {
        b @ b'0'..=b'9' => Some(if b % 2 == 1 { 1 } else { 2 }),
        _ => None,
    }
}

/// A school's identification code (学校标识码): two digits of type, two of province, six of serial; there is no check digit.
pub fn school_id(s: &str) -> Result<(), CodeError> {
    ascii(s, &[10])?;
    all_digits(s)?;
    if !SCHOOL_KINDS.contains(&part(s, 0, 2)) {
        return Err(CodeError::Kind);
    }
    real_province(part(s, 2, 4))?;
    if part(s, 4, 10) == "000000" { Err(CodeError::Serial) } else { Ok(()) }
}

/// A pupil number (学籍号), 19 characters: `G` and the ID number, or `J` (formal without an ID number) or `L` (temporary)
/// and six digits of region, eight of birth and four more.
///
/// `G` and `J` end in the check character of an ID number, `L` does not. The region is left alone: that of a `G` number
/// is judged with the ID number itself. The number contains the ID number, so it is as secret as that.
pub fn pupil_number(s: &str) -> Result<(), CodeError> {
    ascii(s, &[19])?;
    let (kind, body, last) = (part(s, 0, 1), part(s, 1, 18), s.chars().last());
    if !matches!(kind, "G" | "J" | "L") {
        return Err(CodeError::Kind);
    }
    all_digits(body)?;
    if !last.is_some_and(|c| c.is_ascii_digit() || c == 'X') {
        return Err(CodeError::Shape);
    }
    real_birth(part(s, 7, 15))?;
    if kind == "L" || id_check_digit(body) == last { Ok(()) } else { Err(CodeError::Check) }
}

/// A unified social credit code (统一社会信用代码, GB 32100-2015): two characters of registration, six digits of place, nine of
/// organisation code and one check character, without the letters I, O, S, V and Z.
pub fn credit_code(s: &str) -> Result<(), CodeError> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    ascii(s, &[18])?;
    all_digits(part(s, 2, 8))?;
    let values: Option<Vec<usize>> = s.chars().map(|c| ALPHABET.find(c)).collect();
    let values = values.ok_or(CodeError::Shape)?;
    let sum: usize = values.iter().zip(WEIGHTS).map(|(v, w)| v * w).sum();
    if values.last() == Some(&((31 - sum % 31) % 31)) { Ok(()) } else { Err(CodeError::Check) }
}

/// A code of an administrative division: county (6 digits, GB/T 2260), township (9) or village and community (12, GB/T
/// 10114).
///
/// A level below an empty one, such as a village without its township, is refused.
pub fn area_code(s: &str) -> Result<(), CodeError> {
    ascii(s, &[6, 9, 12])?;
    all_digits(s)?;
    real_province(part(s, 0, 2))?;
    let levels = [part(s, 2, 4), part(s, 4, 6), part(s, 6, 9), part(s, 9, 12)];
    let empty = |level: &str| level.bytes().all(|b| b == b'0');
    let gap = levels.windows(2).any(|pair| matches!(pair, [upper, lower] if empty(upper) && !empty(lower)));
    if gap { Err(CodeError::Serial) } else { Ok(()) }
}

/// A telephone number: mobile (1[3-9] and nine digits) or landline with area code and hyphen (`0746-5221234`,
/// `010-62345678`).
pub fn phone(s: &str) -> Result<(), CodeError> {
    if !s.starts_with('0') {
        ascii(s, &[11])?;
        all_digits(s)?;
        let mobile = matches!(s.as_bytes(), [b'1', b'3'..=b'9', ..]);
        return if mobile { Ok(()) } else { Err(CodeError::Shape) };
    }
    ascii(s, &[11, 12, 13])?;
    let (area, number) = s.split_once('-').ok_or(CodeError::Shape)?;
    all_digits(area)?;
    all_digits(number)?;
    if !matches!(area.len(), 3 | 4) || !matches!(number.len(), 7 | 8) {
        return Err(CodeError::Length);
    }
    if number.starts_with(['0', '1']) { Err(CodeError::Shape) } else { Ok(()) }
}

/// A name for a list: the first character, the rest as stars; of a surname of two characters (欧阳) only the first is
/// kept too. A name of a single character is hidden, because there would be nothing left to hide.
pub fn mask_name(name: &str) -> String {
    let name = tidy(name);
    let keep = usize::from(name.chars().nth(1).is_some());
    stars(&name, keep, 0)
}

/// An ID number or pupil number for a list: the first six and the last two characters. Anything shorter than 15
/// characters is hidden whole.
pub fn mask_id(id: &str) -> String {
    let id = tidy(id);
    if id.chars().count() < 15 { stars(&id, 0, 0) } else { stars(&id, 6, 2) }
}

/// A telephone number for a list: `138****5678`, `0746-***1234`. What is not a telephone number is hidden whole.
pub fn mask_phone(number: &str) -> String {
    let number = tidy(number);
    if phone(&number).is_err() {
        return stars(&number, 0, 0);
    }
    let keep = number.find('-').map_or(3, |hyphen| hyphen + 1);
    stars(&number, keep, 4)
}

fn stars(s: &str, front: usize, back: usize) -> String {
    let count = s.chars().count();
    s.chars().enumerate().map(|(i, c)| if i < front || i + back >= count { c } else { '*' }).collect()
}

/// Checks the number of characters, and that all are ASCII so that [`part`] may cut between bytes.
fn ascii(s: &str, lengths: &[usize]) -> Result<(), CodeError> {
    if !lengths.contains(&s.chars().count()) {
        return Err(CodeError::Length);
    }
    if s.is_ascii() { Ok(()) } else { Err(CodeError::Shape) }
}

/// Bytes `from..to`, or nothing where the text is shorter.
fn part(s: &str, from: usize, to: usize) -> &str {
    s.get(from..to).unwrap_or_default()
}

fn all_digits(s: &str) -> Result<(), CodeError> {
    if s.bytes().all(|b| b.is_ascii_digit()) { Ok(()) } else { Err(CodeError::Shape) }
}

fn real_province(two: &str) -> Result<(), CodeError> {
    if PROVINCES.contains(&two) { Ok(()) } else { Err(CodeError::Region) }
}

/// Eight digits of a birthday. Before 1850 nobody has an ID number; the standard's own example was born in 1880.
fn real_birth(eight: &str) -> Result<NaiveDate, CodeError> {
    all_digits(eight)?;
    let number = |from, to| part(eight, from, to).parse::<u32>().ok();
    let date = (|| NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(4, 6)?, number(6, 8)?))();
    date.filter(|d| (1850..2200).contains(&d.year())).ok_or(CodeError::Date)
}

#[cfg(test)]
mod tests {
    use super::CodeError::{Check, Date, Kind, Length, Region, Serial, Shape};
    use super::*;
    use proptest::prelude::*;

    type Want = Result<(), CodeError>;
    type Mask = fn(&str) -> String;

    fn table(check: impl Fn(&str) -> Want, cases: &[(&str, Want)]) {
        for (s, want) in cases {
            assert_eq!(check(s), *want, "{s:?}");
        }
        let nasty = [("", 0), (" ", 1), ("\0", 10), ("9", 10_000), ("😀", 18), ("😀", 10), ("٣", 11), ("一", 19)];
        for (character, times) in nasty {
            let nasty = character.repeat(times);
            assert!(check(&nasty).is_err(), "{nasty:?}");
        }
    }

    fn with_check(first17: &str) -> String {
        format!("{first17}{}", id_check_digit(first17).unwrap_or('?'))
    }

    #[test]
    fn id_numbers() {
        let cases = [
            ("11010519491231002X", Ok(())),
            ("440524188001010014", Ok(())),
            ("11010519491231002x", Err(Shape)),
            ("110105194912310021", Err(Check)),
            ("110105194912310020", Err(Check)),
            ("110150194912310020", Err(Check)),
            ("11010519491331002X", Err(Date)),
            ("110105194902290021", Err(Date)),
            ("110105100001010021", Err(Date)),
            ("66010519491231002X", Err(Region)),
            ("00000019491231002X", Err(Region)),
            ("11010519491231002", Err(Length)),
            ("110105491231002", Err(Length)),
            ("11010519491231002XX", Err(Length)),
            ("1101051949123100 X", Err(Shape)),
            ("1X010519491231002X", Err(Shape)),
            ("11010519491231002Y", Err(Shape)),
        ];
        table(|s| id_number(s, None), &cases);
    }

    #[test]
    fn permits_and_foreigners() {
        let cases = [
            ("81000019900307201", Ok(())),
            ("82000019900307201", Ok(())),
            ("83000019900307201", Ok(())),
            ("71000019900307201", Ok(())),
            ("84000019900307201", Err(Region)),
            ("94384019900307201", Ok(())),
            ("99984019900307201", Err(Region)),
            ("98384019900307201", Err(Region)),
        ];
        for (first17, want) in cases {
            assert_eq!(id_number(&with_check(first17), None), want, "{first17}");
        }
    }

    #[test]
    fn the_sample_county_is_let_in_only_by_name() {
        let invented = with_check("66112420100228001");
        assert_eq!(id_number(&invented, None), Err(Region));
        assert_eq!(id_number(&invented, Some("661125")), Err(Region));
        assert_eq!(id_number(&invented, Some("")), Err(Region));
        assert_eq!(id_number(&invented, Some("661124")), Ok(()));
        assert_eq!(id_number("11010519491231002X", Some("661124")), Ok(()));
        assert_eq!(id_number(&with_check("66112420100230001"), Some("661124")), Err(Date));
    }

    #[test]
    fn what_an_id_number_tells() {
        assert_eq!(id_check_digit("11010519491231002"), Some('X'));
        assert_eq!(id_check_digit("44052418800101001"), Some('4'));
        for bad in ["", "1101051949123100", "110105194912310022", "1101051949123100X", "😀"] {
            assert_eq!(id_check_digit(bad), None, "{bad}");
        }
        assert_eq!(id_birth("11010519491231002X"), NaiveDate::from_ymd_opt(1949, 12, 31));
        assert_eq!(id_birth("440524188001010014"), NaiveDate::from_ymd_opt(1880, 1, 1));
        assert_eq!(id_sex("11010519491231002X"), Some(2));
        assert_eq!(id_sex("440524188001010014"), Some(1));
        let nasty = "x".repeat(18) + "|" + &"😀".repeat(18);
        for bad in "|123|11010519491331002|1101051949+1+1002X|110105+94912+100-X".split('|').chain(nasty.split('|')) {
            assert_eq!(id_birth(bad), None, "{bad}");
        }
        for bad in nasty.split('|') {
            assert_eq!(id_sex(bad), None, "{bad}");
        }
    }

    #[test]
    fn school_ids() {
        let cases = [
            ("2143000001", Ok(())),
            ("1143123456", Ok(())),
            ("9382123456", Ok(())),
            ("2343000001", Err(Kind)),
            ("0043000001", Err(Kind)),
            ("2183000001", Err(Region)),
            ("2199000001", Err(Region)),
            ("2116000001", Err(Region)),
            ("2143000000", Err(Serial)),
            ("214300001", Err(Length)),
            ("214300000123", Err(Length)),
            ("21430000O1", Err(Shape)),
        ];
        table(school_id, &cases);
    }

    #[test]
    fn pupil_numbers() {
        let cases = [
            ("G11010519491231002X", Ok(())),
            ("G440524188001010014", Ok(())),
            ("J440524188001010014", Ok(())),
            ("L440524188001010010", Ok(())),
            ("L44052418800101001X", Ok(())),
            ("G440524188001010015", Err(Check)),
            ("J440524188001010015", Err(Check)),
            ("L440524188013010015", Err(Date)),
            ("L44052418800101001Y", Err(Shape)),
            ("L4405241880X1010010", Err(Shape)),
            ("g440524188001010014", Err(Kind)),
            ("K440524188001010014", Err(Kind)),
            ("440524188001010014", Err(Length)),
            ("G44052418800101001", Err(Length)),
            ("1234567890123456", Err(Length)),
        ];
        table(pupil_number, &cases);
    }

    #[test]
    fn credit_codes() {
        let cases = [
            ("91350100M000100Y43", Ok(())),
            ("91350100M000100Y44", Err(Check)),
            ("19350100M000100Y43", Err(Check)),
            ("91350100M000100O43", Err(Shape)),
            ("91350100m000100y43", Err(Shape)),
            ("9135A100M000100Y43", Err(Shape)),
            ("91350100M000100Y4", Err(Length)),
        ];
        table(credit_code, &cases);
    }

    #[test]
    fn area_codes() {
        let cases = [
            ("430000", Ok(())),
            ("431100", Ok(())),
            ("431124", Ok(())),
            ("431124100", Ok(())),
            ("431124100201", Ok(())),
            ("431124000000", Ok(())),
            ("430024", Err(Serial)),
            ("431124000001", Err(Serial)),
            ("431100100", Err(Serial)),
            ("991124", Err(Region)),
            ("4311", Err(Length)),
            ("43112410", Err(Length)),
            ("43112a", Err(Shape)),
        ];
        table(area_code, &cases);
    }

    #[test]
    fn phones() {
        let cases = [
            ("13812345678", Ok(())),
            ("19912345678", Ok(())),
            ("0746-5221234", Ok(())),
            ("010-62345678", Ok(())),
            ("0755-82345678", Ok(())),
            ("12812345678", Err(Shape)),
            ("23812345678", Err(Shape)),
            ("1381234567", Err(Length)),
            ("138123456789", Err(Length)),
            ("138-1234567", Err(Shape)),
            ("07465221234", Err(Shape)),
            ("074-65221234", Ok(())),
            ("07465-221234", Err(Length)),
            ("0746-1221234", Err(Shape)),
            ("0746-52a1234", Err(Shape)),
            ("0746-522-234", Err(Shape)),
            ("0746-522123", Err(Length)),
            ("010-522123456", Err(Length)),
            ("0746-", Err(Length)),
        ];
        table(phone, &cases);
    }

    #[test]
    fn masks() {
        let table: [(Mask, &str); 4] = [
            (mask_name, "张三丰=张**|李四=李*|欧阳娜娜=欧***|张=*| 王 =*|😀😀=😀*|="),
            (mask_id, "11010519491231002X=110105**********2X|G11010519491231002X=G11010***********2X|="),
            (mask_id, "110105491231002=110105*******02|12345678901234=**************"),
            (
                mask_phone,
                "13812345678=138****5678|0746-5221234=0746-***1234|010-62345678=010-****5678|1234=****|无=*|=",
            ),
        ];
        for (mask, cases) in table {
            for (typed, want) in cases.split('|').filter_map(|case| case.split_once('=')) {
                assert_eq!(mask(typed), want, "{typed}");
            }
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_or_a_swap_is_noticed(place in 0usize..17, by in 1u8..10) {
            let good = "440524188001010014";
            let mut wrong = good.as_bytes().to_vec();
            wrong[place] = b'0' + (wrong[place] - b'0' + by) % 10;
            prop_assert!(id_number(&String::from_utf8_lossy(&wrong), None).is_err());
            let mut swapped = good.as_bytes().to_vec();
            swapped.swap(place, place + 1);
            let same = swapped == good.as_bytes();
            prop_assert_eq!(id_number(&String::from_utf8_lossy(&swapped), None).is_ok(), same);
        }

        #[test]
        fn nothing_makes_them_stumble(s in any::<String>(), t in "[0-9GJLX-]{0,20}") {
            for s in [s.as_str(), t.as_str()] {
                for check in [school_id, pupil_number, credit_code, area_code, phone] {
                    let _ = check(s);
                }
                let _ = (id_number(s, Some(s)), id_check_digit(s), id_birth(s), id_sex(s), form(s));
                prop_assert_eq!(mask_id(s).chars().count(), tidy(s).chars().count());
                let _ = (mask_name(s), mask_phone(s));
            }
        }
    }
}
