//! Who takes the answer to a message: one line for each kind of question, given by the area that asks it.

use kit::{Change, Facts, Refusal, Row};
use uuid::Uuid;

/// A question that a message asks: `Message::answered_to(name)`. Its words: `answer.<name>` (the question) and `answer.<name>.<choice>`.
#[derive(Clone, Copy)]
pub struct Question {
    pub name: &'static str,
    /// The noun of the records that it asks about.
    pub noun: &'static str,
    pub choices: &'static [&'static str],
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
    noun: "missing",
    choices: crate::attendance::record::ANSWERS,
    // The check alone: that mark and sheet follow it is entailed at the door, and what is changed twice would be changed by neither.
    step: |row, answer, facts| {
        let changes = crate::attendance::missing::answer(row, answer.choice, answer.words, facts)?;
        Ok(changes.into_iter().take(1).collect())
    },
}];

pub fn question(name: &str) -> Option<&'static Question> {
    ALL.iter().find(|question| question.name == name)
}
