//! From what was typed to a cell: one reader for forms, JSON, imports and filters.

use kit::{Cell, Field, Kind, Refusal, codes, dates, tidy};

/// Reads one typed value. Empty text is an empty cell; whether that is allowed is asked later, once for all fields.
pub fn cell(field: &'static Field, typed: &str, pretend: Option<&str>) -> Result<Cell, Refusal> {
    let text = match field.kind {
        Kind::Long { .. } => tidy_lines(typed),
        Kind::Text { .. } => tidy_line(typed),
        _ => tidy::tidy(typed),
    };
    if text.is_empty() {
        return Ok(Cell::Null);
    }
    match field.kind {
        Kind::Text { max } | Kind::Long { max } => words(field, text, max, pretend),
        Kind::Int { max, .. } if field.yuan => money(field, &text, max),
        Kind::Int { min, max } => whole(field, &text, min, max),
        Kind::Moment => text.parse().map(Cell::Int).map_err(|_| Refusal::at("value.number", field.name)),
        Kind::Real { min, max } => real(field, &text, min, max),
        Kind::Date => dates::read_date(&text)
            .map(Cell::Date)
            .ok_or_else(|| Refusal::at("value.date", field.name).with("value", short(typed))),
        Kind::Bool => {
            flag(&text).map(Cell::Bool).ok_or_else(|| Refusal::at("value.flag", field.name).with("value", short(typed)))
        }
        Kind::Choice(codes) => match codes.iter().find(|code| **code == text) {
            Some(code) => Ok(Cell::Text((*code).to_owned())),
            None => Err(Refusal::at("value.choice", field.name).with("value", short(typed))),
        },
        Kind::Ref(_) => text
            .parse()
            .map(Cell::Id)
            .map_err(|_| Refusal::at("value.reference", field.name).with("value", short(typed))),
    }
}

fn words(field: &'static Field, text: String, max: usize, pretend: Option<&str>) -> Result<Cell, Refusal> {
    let length = text.chars().count();
    if length > max {
        return Err(Refusal::at("value.long", field.name).with("max", max).with("length", length));
    }
    let Some(check) = field.check else {
        return Ok(if field.sealed.is_some() { Cell::Secret(text) } else { Cell::Text(text) });
    };
    let form = codes::form(&text);
    check(&form, pretend).map_err(|error| Refusal::at(error.code(), field.name))?;
    Ok(if field.sealed.is_some() { Cell::Secret(form) } else { Cell::Text(form) })
}

fn whole(field: &'static Field, text: &str, min: i64, max: i64) -> Result<Cell, Refusal> {
    let bare = text.replace(',', "");
    let number: i64 = bare
        .strip_suffix(".0")
        .unwrap_or(&bare)
        .parse()
        .map_err(|_| Refusal::at("value.number", field.name).with("value", short(text)))?;
    if number < min || number > max {
        return Err(Refusal::at("value.range", field.name).with("min", min).with("max", max));
    }
    Ok(Cell::Int(number))
}

/// 1,234.5 or 1234.50元 as 分; a third decimal is a slip, not a rounding.
fn money(field: &'static Field, text: &str, max: i64) -> Result<Cell, Refusal> {
    let wrong = || Refusal::at("value.money", field.name).with("value", short(text));
    let bare = text.replace([',', '¥', '元', ' '], "");
    let (yuan, rest) = bare.split_once('.').unwrap_or((&bare, ""));
    if rest.len() > 2 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let fen: i64 = format!("{yuan}{rest:0<2}").parse().map_err(|_| wrong())?;
    if !(0..=max).contains(&fen) {
        return Err(Refusal::at("value.range", field.name).with("min", 0).with("max", max / 100));
    }
    Ok(Cell::Int(fen))
}

/// 分 as 元 with two decimals.
pub fn yuan(fen: i64) -> String {
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100)
}

fn real(field: &'static Field, text: &str, min: f64, max: f64) -> Result<Cell, Refusal> {
    let number: f64 = text
        .replace(',', "")
        .parse()
        .map_err(|_| Refusal::at("value.number", field.name).with("value", short(text)))?;
    if !(min..=max).contains(&number) {
        return Err(Refusal::at("value.range", field.name).with("min", min).with("max", max));
    }
    Ok(Cell::Real(number))
}

/// 是 and 否, a ticked box, and what spreadsheets make of them.
pub fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "是" | "有" | "true" | "yes" | "1" | "on" | "y" | "√" | "✓" | "✔" | "☑" | "对" | "對" => Some(true),
        "否" | "无" | "無" | "false" | "no" | "0" | "n" | "×" | "✗" | "✘" | "☐" => Some(false),
        _ => None,
    }
}

/// A text of full-width letters and digits alone is a code or a number that an input method has widened (ＤＸ０１): two records of one number
/// would be made of it. In a sentence the width of a sign is its writer's.
fn tidy_line(typed: &str) -> String {
    let narrow = tidy::tidy(typed);
    if narrow.is_ascii() { narrow } else { tidy::tidy_text(typed) }
}

fn tidy_lines(typed: &str) -> String {
    let lines: Vec<_> = typed.lines().map(tidy::tidy_text).collect();
    lines.join("\n").trim().to_owned()
}

/// What is quoted back of a wrong value: enough to recognise it.
fn short(typed: &str) -> String {
    let mut text: String = typed.chars().filter(|letter| !letter.is_control()).take(40).collect();
    if text.chars().count() < typed.chars().count() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    static COUNT: Field = Field::int("count", 0, 500);
    static NAME: Field = Field::text("name", 5);
    static DAY: Field = Field::date("day");
    static COST: Field = Field::money("cost", 100_000_000);
    static KIND: Field = Field::choice("kind", &["a", "b"]);

    #[test]
    fn reads_what_people_type() {
        let cases: [(&'static Field, &str, Result<Cell, &str>); 16] = [
            (&COUNT, " ４２ ", Ok(Cell::Int(42))),
            (&COUNT, "42.0", Ok(Cell::Int(42))),
            (&COUNT, "501", Err("value.range")),
            (&COUNT, "many", Err("value.number")),
            (&COUNT, "99999999999999999999", Err("value.number")),
            (&COUNT, "", Ok(Cell::Null)),
            (&NAME, "　张三　", Ok(Cell::Text("张三".into()))),
            (&NAME, "ＤＸ－０１", Ok(Cell::Text("DX-01".into()))),
            (&NAME, "Ａ楼，１", Ok(Cell::Text("Ａ楼，１".into()))),
            (&NAME, "一二三四五六", Err("value.long")),
            (&DAY, "2021年3月1日", Ok(Cell::Date(chrono::NaiveDate::from_ymd_opt(2021, 3, 1).unwrap_or_default()))),
            (&DAY, "2021-02-30", Err("value.date")),
            (&KIND, "b", Ok(Cell::Text("b".into()))),
            (&KIND, "c", Err("value.choice")),
            (&KIND, "' or 1=1 --", Err("value.choice")),
            (&NAME, "\u{0}\u{200b}", Ok(Cell::Null)),
        ];
        for (field, typed, expected) in cases {
            let read = cell(field, typed, None);
            assert_eq!(
                read.as_ref().map_err(|refusal| refusal.code),
                expected.as_ref().map_err(|code| *code),
                "{typed:?}"
            );
            assert!(read.is_ok() || read.is_err_and(|refusal| refusal.field == Some(field.name)));
        }
    }

    #[test]
    fn money_is_typed_in_yuan_and_kept_in_fen() {
        for (typed, fen) in [
            ("220", 22_000),
            ("220.5", 22_050),
            ("1,234.56元", 123_456),
            ("¥0.01", 1),
            ("２２０．０５", 22_005),
            ("0", 0),
        ] {
            let read = cell(&COST, typed, None);
            assert_eq!(read, Ok(Cell::Int(fen)), "{typed}");
            assert_eq!(cell(&COST, &yuan(fen), None), read);
        }
        for (typed, code) in [
            ("1.234", "value.money"),
            ("-5", "value.range"),
            ("ten", "value.money"),
            ("1.2.3", "value.money"),
            ("1000001", "value.range"),
        ] {
            assert_eq!(cell(&COST, typed, None).err().map(|refusal| refusal.code), Some(code), "{typed}");
        }
    }

    #[test]
    fn a_long_value_is_quoted_short() {
        let refusal = cell(&DAY, &"长".repeat(10_000), None).err();
        assert!(refusal.is_some_and(|refusal| refusal.args.iter().all(|(_, value)| value.chars().count() <= 41)));
    }
}
