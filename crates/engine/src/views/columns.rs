//! The columns that a reader has chosen: `?columns=place,due_on`. The first column of a list always stays, because it leads to the record.

use kit::{Field, Refusal};

use crate::area::Kind;
use crate::pages::listed;
use crate::save::{Refused, Typed};

/// Every column that can be chosen, in the order of the table: those that a list shows anyway, then the others. Machinery is not
/// among them; a masked field is, and stays masked.
pub fn offered(kind: &Kind) -> Vec<&'static Field> {
    let mut fields = listed(kind);
    fields.extend(kind.noun.fields.iter().filter(|field| !field.listed && !field.hidden));
    fields
}

/// What an address asks for, if it asks, and the names in it that are none. Several of the name count together, as a form of boxes sends
/// them; `fields` says the same to programs.
pub fn asked_for(kind: &Kind, asked: &Typed) -> (Option<Vec<&'static Field>>, Vec<Refusal>) {
    let values = asked.iter().filter(|(name, value)| (name == "columns" || name == "fields") && !value.is_empty());
    let names: Vec<&str> = values.flat_map(|(_, value)| value.split(',')).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return (None, Vec::new());
    }
    let all = offered(kind);
    let known = |name: &&&str| all.iter().any(|field| field.name == **name);
    let faults = names.iter().filter(|name| !known(name)).map(|name| {
        let short: String = name.chars().take(40).collect();
        Refusal::new("query.field").with("name", short)
    });
    let faults = faults.collect();
    let first = all.first().map(|field| field.name);
    let chosen = |field: &&'static Field| Some(field.name) == first || names.contains(&field.name);
    (Some(all.into_iter().filter(chosen).collect()), faults)
}

/// The same, where a name that is none is refused.
///
/// # Errors
/// Each name that is no column.
pub fn chosen(kind: &Kind, asked: &Typed) -> Result<Option<Vec<&'static Field>>, Refused> {
    match asked_for(kind, asked) {
        (fields, faults) if faults.is_empty() => Ok(fields),
        (_, faults) => Err(Refused::Faults(faults)),
    }
}
