//! What forms were sent with. A form does nothing twice under its id; somebody who goes back, types something else and sends it again means
//! something else. Where a script runs it gives such a form an id of its own; here the same is done for a browser without one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::save::Typed;

/// Of so many forms it is known what they were sent with: those of a busy morning of a whole county.
const KNOWN: usize = 20_000;

/// In memory: of a form for a new record that was sent before a restart the history tells what it made; any other is taken for the same one.
#[derive(Debug, Default)]
pub(crate) struct Sent(Mutex<(HashMap<Uuid, Content>, VecDeque<Uuid>)>);

/// What stands in a form, by which it is known again and not read.
pub(crate) type Content = [u8; 32];

impl Sent {
    /// What a form was sent with before, if that is something else.
    pub(super) fn other(&self, form: Uuid, content: Content) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.0.get(&form).is_some_and(|before| *before != content)
    }

    /// Whether it is known what came under this id.
    pub(crate) fn knows(&self, form: Uuid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.contains_key(&form)
    }

    /// What was noted was not what was carried out.
    pub(crate) fn forget(&self, form: Uuid) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.0.remove(&form);
        known.1.retain(|id| *id != form);
    }

    /// Notes what a form is sent with now; the oldest is forgotten.
    pub(super) fn note(&self, form: Uuid, content: Content) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (contents, order) = &mut *known;
        if contents.insert(form, content).is_none() {
            order.push_back(form);
        }
        while order.len() > KNOWN {
            order.pop_front().and_then(|oldest| contents.remove(&oldest));
        }
    }
}

/// What was typed; not the proof, which another session has anew, and not the form's own id. Not which files came with it either: one that was refused
/// is sent once more with a better one, and is still the same form.
pub(crate) fn content(values: &Typed) -> Content {
    let mut all = Sha256::new();
    let mut add = |part: &[u8]| {
        all.update(part.len().to_be_bytes());
        all.update(part);
    };
    for (name, value) in values.iter().filter(|(name, _)| name != "csrf" && name != "request_id") {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    all.finalize().into()
}

/// The id of a form that was carried out with something else: the same for the same content, so that it, too, is done once.
pub(super) fn id(form: Uuid, content: Content) -> Uuid {
    Uuid::new_v5(&form, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_is_known_by_what_stands_in_it() {
        let first = content(&typed(&[("csrf", "a"), ("request_id", "1"), ("name", "门"), ("note", "")]));
        assert_eq!(first, content(&typed(&[("csrf", "b"), ("request_id", "2"), ("name", "门"), ("note", "")])));
        assert_ne!(first, content(&typed(&[("name", "窗"), ("note", "")])));
        assert_ne!(first, content(&typed(&[("name", ""), ("note", "门")])));
    }

    #[test]
    fn the_same_is_the_same_and_the_oldest_is_forgotten() {
        let (sent, first, second) = (Sent::default(), [1; 32], [2; 32]);
        let form = Uuid::from_u128(0);
        assert!(!sent.other(form, first) && !sent.knows(form));
        sent.note(form, first);
        assert!(sent.knows(form));
        sent.forget(form);
        assert!(!sent.knows(form));
        sent.note(form, first);
        assert!(!sent.other(form, first) && sent.other(form, second));
        assert_eq!(id(form, second), id(form, second));
        assert_ne!(id(form, second), id(form, first));
        for number in 1..=KNOWN as u128 {
            sent.note(Uuid::from_u128(number), first);
        }
        assert!(!sent.other(form, second), "forgotten");
        assert!(sent.other(Uuid::from_u128(1), second));
    }
}
