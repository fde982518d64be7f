//! Who takes the answer to a message: one line for each kind of question, given by the area that asks it.

use chrono::NaiveDate;
use kit::texts::Templates;
use kit::{Change, Facts, Refusal, Row};
use uuid::Uuid;

/// A question that a message asks: `Message::answered_to(name)`. Its words: `answer.<name>` (the question) and `answer.<name>.<choice>`.
#[derive(Clone, Copy)]
pub struct Question {
    pub name: &'static str,
    /// The codes of the messages that ask it.
    pub codes: &'static [&'static str],
    /// The noun of the records that it asks about.
    pub noun: &'static str,
    pub choices: &'static [&'static str],
    /// The school that asks, for a letter says from whom it comes.
    pub from: fn(&Row) -> Option<Uuid>,
    /// Whether the link says nothing any more: an old text on a telephone that has another owner names no child.
    pub over: fn(&Row, NaiveDate) -> bool,
    /// What an answer does; the record is the message's cause as it is now, with the records it refers to in `facts.known`.
    pub step: fn(&Row, &Answer<'_>, &Facts) -> Result<Vec<Change>, Refusal>,
}

/// What somebody answered, without an account, by the signed link of his message.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub message: Uuid,
    pub choice: &'a str,
    /// What he wrote besides; at most 200 characters.
    pub words: &'a str,
}

/// Every question of the house.
pub const ALL: &[Question] = &[Question {
    name: "missing",
    codes: &["missing.guardian"],
    noun: "missing",
    choices: crate::attendance::record::ANSWERS,
    from: |row| row.get(&crate::attendance::record::MISSING, "school").id(),
    over: crate::attendance::missing::over,
    // The check alone: that mark and sheet follow it is entailed at the door, and what is changed twice would be changed by neither.
    step: |row, answer, facts| {
        let changes = crate::attendance::missing::answer(row, answer.choice, answer.words, facts)?;
        Ok(changes.into_iter().take(1).collect())
    },
}];

pub fn question(name: &str) -> Option<&'static Question> {
    ALL.iter().find(|question| question.name == name)
}

/// An approved text that asks for an answer leads to where one can be given.
///
/// # Errors
/// The message whose text has no place for the address.
pub fn check(texts: &Templates) -> Result<(), String> {
    let asking = ALL.iter().flat_map(|question| question.codes);
    let mut mute = asking.filter_map(|code| texts.get(code)).filter(|template| !template.leads());
    mute.next().map_or(Ok(()), |template| {
        Err(format!("{}: it asks for an answer, so its params have a link or a path", template.code))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_asks_for_an_answer_leads_to_where_it_is_given() {
        let said = |params: &str| {
            let text = format!("template = [{{ code = \"missing.guardian\", sms = \"AX1\", params = {params} }}]");
            let Ok(texts) = Templates::parse(&text) else { panic!("not read") };
            check(&texts).err().unwrap_or_default()
        };
        assert!(said("[\"name\"]").starts_with("missing.guardian: "));
        assert_eq!((said("[\"name\", \"link\"]"), said("[\"path\"]")), (String::new(), String::new()));
        assert!(check(&Templates::default()).is_ok(), "what is not approved is not sent");
        let Ok(shipped) = Templates::parse(crate::house::MESSAGES) else { panic!("not read") };
        assert!(ALL.iter().flat_map(|question| question.codes).all(|code| shipped.get(code).is_some()));
        assert!(check(&shipped).is_ok());
    }
}
