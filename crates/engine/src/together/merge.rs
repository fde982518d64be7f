//! Three versions of a record, field by field: where both began, what the other made of it, what I typed. Pure.

use kit::{Field, Noun, Row};

use crate::save::Typed;

/// Who changed a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Only the other, or both to the same.
    Theirs,
    /// Only I.
    Mine,
    /// Both, and differently: somebody must choose.
    Clash,
}

/// A field that somebody changed.
#[derive(Clone, Debug)]
pub struct Both {
    pub field: &'static Field,
    pub side: Side,
    /// Which is suggested where both changed it: mine, for I know theirs now; but not where mine is only empty.
    pub suggest_mine: bool,
}

/// Compares. Without the version at which I began nobody can say who changed a field, so each that differs is to be chosen.
pub fn compare(noun: &Noun, base: Option<&Row>, theirs: &Row, mine: &Row) -> Vec<Both> {
    let shown = noun.fields.iter().filter(|field| !field.hidden);
    let both = |field: &'static Field| {
        let (theirs, mine) = (theirs.get(noun, field.name), mine.get(noun, field.name));
        let base = base.map(|base| base.get(noun, field.name));
        let (moved, typed) = (base.is_none_or(|base| base != theirs), base.is_none_or(|base| base != mine));
        let side = match (moved, typed) {
            _ if theirs == mine => (moved && base.is_some()).then_some(Side::Theirs),
            (true, true) => Some(Side::Clash),
            (true, false) => Some(Side::Theirs),
            (false, true) => Some(Side::Mine),
            (false, false) => None,
        };
        side.map(|side| Both { field, side, suggest_mine: !mine.is_null() || theirs.is_null() })
    };
    shown.filter_map(both).collect()
}

/// What a form that merges two versions wants in the end: where the other's was picked, what was typed gives way to it. A form of an edit
/// then says nothing of the field; one of a move says what the other wrote.
pub fn picked(values: &Typed) -> Vec<(String, String)> {
    let last = |name: &str| crate::save::typed(values, name);
    let mut kept = Vec::with_capacity(values.len());
    for (name, value) in values {
        if name.starts_with("pick.") || name.starts_with("theirs.") {
            continue;
        }
        if last(&format!("pick.{name}")) == Some("theirs") {
            kept.extend(last(&format!("theirs.{name}")).map(|theirs| (name.clone(), theirs.to_owned())));
        } else {
            kept.push((name.clone(), value.clone()));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use kit::{Cell, Mask, ScopeBy};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    static THING: Noun = Noun {
        name: "thing",
        plural: "things",
        fields: &[
            Field::text("a", 9),
            Field::text("b", 9),
            Field::text("c", 9).sealed(Mask::Whole, "c_index"),
            Field::index("c_index"),
        ],
        scope: ScopeBy::EVERYONE,
        title: &["a"],
        subject: None,
        order: "a",
        tallies: &[],
    };

    fn row(a: &str, b: &str, c: Cell) -> Row {
        let text = |text: &str| if text.is_empty() { Cell::Null } else { Cell::Text(text.into()) };
        Row::blank(&THING, Uuid::nil()).with(&THING, "a", text(a)).with(&THING, "b", text(b)).with(&THING, "c", c)
    }

    fn sides(base: Option<&Row>, theirs: &Row, mine: &Row) -> Vec<(&'static str, Side, bool)> {
        compare(&THING, base, theirs, mine).iter().map(|both| (both.field.name, both.side, both.suggest_mine)).collect()
    }

    #[test]
    fn each_field_is_the_one_s_who_changed_it() {
        use Side::{Clash, Mine, Theirs};
        let sealed = |text: &str| Cell::Text(text.into());
        let base = row("1", "1", sealed("x"));
        for (theirs, mine, expected) in [
            (row("1", "1", sealed("x")), row("1", "1", sealed("x")), vec![]),
            (row("2", "1", sealed("x")), row("1", "1", sealed("x")), vec![("a", Theirs, true)]),
            (row("1", "1", sealed("x")), row("2", "1", sealed("x")), vec![("a", Mine, true)]),
            (row("2", "1", sealed("x")), row("1", "2", sealed("x")), vec![("a", Theirs, true), ("b", Mine, true)]),
            (row("2", "1", sealed("x")), row("2", "1", sealed("x")), vec![("a", Theirs, true)]),
            (row("2", "1", sealed("x")), row("3", "1", sealed("x")), vec![("a", Clash, true)]),
            // What I only left empty is not suggested over what somebody wrote; what he emptied gives way to what I wrote.
            (row("2", "1", sealed("x")), row("", "1", sealed("x")), vec![("a", Clash, false)]),
            (row("", "1", sealed("x")), row("3", "1", sealed("x")), vec![("a", Clash, true)]),
            // Sealed: another seal is another value, and a new secret is always mine.
            (row("1", "1", sealed("y")), row("1", "1", sealed("x")), vec![("c", Theirs, true)]),
            (row("1", "1", sealed("x")), row("1", "1", Cell::Secret("n".into())), vec![("c", Mine, true)]),
            (row("1", "1", sealed("y")), row("1", "1", Cell::Secret("n".into())), vec![("c", Clash, true)]),
        ] {
            assert_eq!(sides(Some(&base), &theirs, &mine), expected, "{theirs:?} {mine:?}");
        }
    }

    #[test]
    fn without_a_beginning_all_that_differs_is_to_be_chosen() {
        let (theirs, mine) = (row("1", "2", Cell::Null), row("1", "3", Cell::Null));
        assert_eq!(sides(None, &theirs, &mine), [("b", Side::Clash, true)]);
    }

    #[test]
    fn what_was_picked_is_what_is_sent() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let sent = [
            pair("a", "mine"),
            pair("pick.a", "theirs"),
            pair("b", "mine"),
            pair("pick.b", "mine"),
            pair("note", "typed"),
            pair("theirs.note", "written"),
            pair("pick.note", "theirs"),
            pair("version", "3"),
            pair("pick.absent", "theirs"),
        ];
        assert_eq!(picked(&sent), [pair("b", "mine"), pair("note", "written"), pair("version", "3")]);
    }

    proptest! {
        /// Merged field by field as suggested, nothing that only one of them changed is lost, and what neither touched stays.
        #[test]
        fn nothing_that_one_alone_changed_is_lost(cells in prop::collection::vec(0_u8..3, 6)) {
            let text = |at: usize| ["", "x", "y"][usize::from(cells[at])];
            let base = row(text(0), text(1), Cell::Null);
            let (theirs, mine) = (row(text(2), text(3), Cell::Null), row(text(4), text(5), Cell::Null));
            let both = compare(&THING, Some(&base), &theirs, &mine);
            for field in ["a", "b"] {
                let get = |row: &Row| row.get(&THING, field).clone();
                let side = both.iter().find(|both| both.field.name == field).map(|both| both.side);
                let merged = match side {
                    Some(Side::Mine) => get(&mine),
                    _ => get(&theirs),
                };
                if get(&base) == get(&theirs) { prop_assert_eq!(&merged, &get(&mine)); }
                if get(&base) == get(&mine) { prop_assert_eq!(&merged, &get(&theirs)); }
                let clash = get(&base) != get(&theirs) && get(&base) != get(&mine) && get(&theirs) != get(&mine);
                prop_assert_eq!(side == Some(Side::Clash), clash);
            }
        }
    }
}
