//! The field table: what a record type says once, and from which list, form, import, export, interface, masking and history are derived.

use crate::codes::CodeError;

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One line of text, at most `max` characters.
    Text {
        max: usize,
    },
    /// Several lines of text, at most `max` characters.
    Long {
        max: usize,
    },
    Int {
        min: i64,
        max: i64,
    },
    Real {
        min: f64,
        max: f64,
    },
    /// A business date in Asia/Shanghai.
    Date,
    /// An instant: milliseconds since 1970, UTC.
    Moment,
    Bool,
    /// One of a closed set of codes; the words stand in `text.toml` as `<noun>.<field>.<code>`.
    Choice(&'static [&'static str]),
    /// Another record, by the name of its noun.
    Ref(&'static str),
}

/// How closely a value is kept: 公开, 内部, 个人, 敏感 (Personal Information Protection Law, arts. 4 and 28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Public,
    Internal,
    Personal,
    Sensitive,
}

/// What a reader sees who may not see the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// 张**
    Name,
    /// First six and last two characters.
    Number,
    /// 138****5678
    Phone,
    /// Nothing but that there is a value.
    Whole,
}

/// Whose name a field holds, which decides how it sounds: a searched name is found in pinyin (拼音) as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A person's: its first character sounds as a surname does (单 is shan, not dan).
    Person,
    /// A school's or a unit's.
    Place,
}

/// A check of the text itself, such as a check digit; pure.
pub type Check = fn(&str, pretend: Option<&str>) -> Result<(), CodeError>;

/// One row of a field table. Built with the `const` functions below so that a table reads like a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Column, JSON member and last part of the word key.
    pub name: &'static str,
    pub kind: Kind,
    pub class: Class,
    pub required: bool,
    /// Stands in lists and exports.
    pub listed: bool,
    pub filtered: bool,
    /// Filtered, in any mixture with the others that are.
    pub mixed: bool,
    pub sorted: bool,
    pub searched: bool,
    /// A name that is found as it sounds, too.
    pub sound: Option<Sound>,
    /// Only a move or a derivation may write it; forms and imports may not.
    pub fixed: bool,
    /// Part of the natural key by which an import recognises a record.
    pub key: bool,
    /// Machinery (blind indexes): never shown, exported or accepted.
    pub hidden: bool,
    /// Encrypted at rest; names the hidden column that finds it by exact match.
    pub sealed: Option<&'static str>,
    /// Masked for readers whose role lacks the verb `see`.
    pub mask: Option<Mask>,
    pub check: Option<Check>,
    /// Which fact of the world it asks for, where another form asks for the same one; without it, the fact is the field's own.
    pub fact: Option<&'static str>,
    /// Where its fact is told: any other form that asks for it must have a reason, such as a public form that comes before it.
    pub source: bool,
    /// A whole number of 分 that people read and type as 元: money is never a floating-point number.
    pub yuan: bool,
    /// How large a file is, kept to the byte; people read kB and MB.
    pub bytes: bool,
    /// A day that stands for its month, and is read as one.
    pub monthly: bool,
    /// A code, of letters or a number, whose words stand under this and the code: people read the words, programs the code.
    pub worded: Option<&'static str>,
    /// Names the record that this one is a part of: made together, they are one event of the history. It never changes.
    pub whole: bool,
    /// The field beside a reference whose code is meant where a file's text names no record: a whole grade where a class could stand.
    pub or: Option<&'static str>,
    /// What it said before is kept when a change takes it back, so that records can be asked for as they stood on an earlier day.
    pub past: bool,
    /// Of a flag whose past is kept: that it was not set was said too.
    pub past_unset: bool,
    /// Derived, and yet read in a file: not to be written, but to tell apart what another column names, as the routes of many schools that are
    /// called alike.
    pub apart: bool,
}

impl Field {
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            class: Class::Internal,
            required: false,
            listed: false,
            filtered: false,
            mixed: false,
            sorted: false,
            searched: false,
            sound: None,
            fixed: false,
            key: false,
            hidden: false,
            sealed: None,
            mask: None,
            check: None,
            fact: None,
            source: false,
            yuan: false,
            bytes: false,
            monthly: false,
            worded: None,
            whole: false,
            or: None,
            past: false,
            past_unset: false,
            apart: false,
        }
    }

    pub const fn text(name: &'static str, max: usize) -> Self {
        Self::new(name, Kind::Text { max })
    }

    pub const fn long(name: &'static str, max: usize) -> Self {
        Self::new(name, Kind::Long { max })
    }

    pub const fn int(name: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, Kind::Int { min, max })
    }

    pub const fn real(name: &'static str, min: f64, max: f64) -> Self {
        Self::new(name, Kind::Real { min, max })
    }

    /// Money: kept in 分, shown and typed in 元.
    pub const fn money(name: &'static str, most: i64) -> Self {
        Self { yuan: true, ..Self::int(name, 0, most) }
    }

    /// How large a file is: kept to the byte, read as kB and MB.
    pub const fn bytes(name: &'static str) -> Self {
        Self { bytes: true, ..Self::int(name, 0, 1 << 40) }
    }

    pub const fn date(name: &'static str) -> Self {
        Self::new(name, Kind::Date)
    }

    pub const fn moment(name: &'static str) -> Self {
        Self::new(name, Kind::Moment)
    }

    /// A month, kept as its first day.
    pub const fn month(name: &'static str) -> Self {
        Self { monthly: true, ..Self::date(name) }
    }

    pub const fn bool(name: &'static str) -> Self {
        Self::new(name, Kind::Bool)
    }

    pub const fn choice(name: &'static str, codes: &'static [&'static str]) -> Self {
        Self::new(name, Kind::Choice(codes))
    }

    pub const fn refer(name: &'static str, noun: &'static str) -> Self {
        Self::new(name, Kind::Ref(noun))
    }

    /// The hidden column that finds a sealed value by exact match.
    pub const fn index(name: &'static str) -> Self {
        Self { hidden: true, fixed: true, ..Self::text(name, 80) }
    }

    pub const fn public(self) -> Self {
        Self { class: Class::Public, ..self }
    }

    pub const fn personal(self, mask: Mask) -> Self {
        Self { class: Class::Personal, mask: Some(mask), ..self }
    }

    /// Sensitive and encrypted at rest; `index` is the hidden column for exact match.
    pub const fn sealed(self, mask: Mask, index: &'static str) -> Self {
        Self { class: Class::Sensitive, mask: Some(mask), sealed: Some(index), ..self }
    }

    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub const fn list(self) -> Self {
        Self { listed: true, ..self }
    }

    pub const fn filter(self) -> Self {
        Self { filtered: true, ..self }
    }

    /// Filtered in any mixture with the others so marked, and still counted at once. For each of its noun's sorted fields two indexes hold them side by
    /// side, that of all records (`hazard_due_on`) and that of each unit (`hazard_school_due_on`): the order, the id, and every mixed field; the
    /// latter without the other columns by which records belong to a unit.
    pub const fn mixed(self) -> Self {
        Self { filtered: true, mixed: true, ..self }
    }

    pub const fn sort(self) -> Self {
        Self { sorted: true, ..self }
    }

    pub const fn search(self) -> Self {
        Self { searched: true, ..self }
    }

    /// Searched, also as it sounds.
    pub const fn spoken(self, sound: Sound) -> Self {
        Self { searched: true, sound: Some(sound), ..self }
    }

    pub const fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }

    /// Read as the words that stand under this and the code.
    pub const fn worded(self, under: &'static str) -> Self {
        Self { worded: Some(under), ..self }
    }

    /// The record that this one is a part of, as a mark is of its sheet.
    pub const fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// In a file, what names no record may be a code of that field of choices, which stands before this one.
    pub const fn or(self, field: &'static str) -> Self {
        Self { or: Some(field), ..self }
    }

    /// Its earlier values can be asked for: [`crate::Query::as_of`]. Nothing personal is.
    pub const fn past(self) -> Self {
        Self { past: true, ..self }
    }

    /// The same of a flag that says something also where it is not set: who is no boarder is a day pupil, while what was not put right on the spot
    /// has only not been so yet.
    pub const fn past_unset(self) -> Self {
        Self { past: true, past_unset: true, ..self }
    }

    /// In a file it tells apart the records that another column names, and is not written.
    pub const fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    pub const fn key(self) -> Self {
        Self { key: true, ..self }
    }

    pub const fn check(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Asks for a fact that another form asks for, too.
    pub const fn fact(self, fact: &'static str) -> Self {
        Self { fact: Some(fact), ..self }
    }

    /// The form in which its fact is told; the others are filled from it or lead to it.
    pub const fn source(self) -> Self {
        Self { source: true, ..self }
    }

    /// May stand in a form, an import and a JSON body.
    pub fn writable(&self) -> bool {
        !self.fixed && !self.hidden
    }

    /// Its values are about a person and travel encrypted in the history.
    pub fn about_person(&self) -> bool {
        self.class >= Class::Personal
    }
}
