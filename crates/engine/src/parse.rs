//! From what was typed to a cell: one reader for forms, JSON, imports and filters.

use kit::{Cell, Field, Kind, Refusal, codes, dates, tidy};

/// Reads one typed value. Empty text is an empty cell; whether that is allowed is asked later, once for all fields.
pub fn cell(field: &'static Field, typed: &str, pretend: Option<&str>) -> Result<Cell, Refusal> {
    let text = match field.kind {
        Kind::Long { .. } => tidy_lines(typed),
        Kind::Text { .. } => tidy::tidy_text(typed),
        _ => tidy::tidy(typed),
    };
    if text.is_empty() {
        return Ok(Cell::Null);
    }
    match field.kind {
        Kind::Text { max } | Kind::Long { max } => words(field, text, max, pretend),
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
        "是" | "有" | "true" | "yes" | "1" | "on" | "y" | "√" | "✓" => Some(true),
        "否" | "无" | "無" | "false" | "no" | "0" | "n" | "×" => Some(false),
        _ => None,
    }
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
    static KIND: Field = Field::choice("kind", &["a", "b"]);

    #[test]
    fn reads_what_people_type() {
        let cases: [(&'static Field, &str, Result<Cell, &str>); 14] = [
            (&COUNT, " ４２ ", Ok(Cell::Int(42))),
            (&COUNT, "42.0", Ok(Cell::Int(42))),
            (&COUNT, "501", Err("value.range")),
            (&COUNT, "many", Err("value.number")),
            (&COUNT, "99999999999999999999", Err("value.number")),
            (&COUNT, "", Ok(Cell::Null)),
            (&NAME, "　张三　", Ok(Cell::Text("张三".into()))),
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
    fn a_long_value_is_quoted_short() {
        let refusal = cell(&DAY, &"长".repeat(10_000), None).err();
        assert!(refusal.is_some_and(|refusal| refusal.args.iter().all(|(_, value)| value.chars().count() <= 41)));
    }
}
