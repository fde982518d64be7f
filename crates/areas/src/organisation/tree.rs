//! Units and schools as the one tree that scope and names are taken from.

use kit::tree::Node;
use kit::{Cell, Row};

use super::record::{SCHOOL, UNIT};

/// The nodes of all units and schools. A campus hangs below its school, a school below its township.
pub fn nodes(units: &[Row], schools: &[Row]) -> Vec<Node> {
    units.iter().map(unit).chain(schools.iter().map(school)).collect()
}

fn words(cell: &Cell) -> String {
    cell.text().unwrap_or_default().to_owned()
}

fn unit(row: &Row) -> Node {
    Node {
        id: row.id,
        parent: row.get(&UNIT, "parent").id(),
        kind: words(row.get(&UNIT, "kind")),
        code: words(row.get(&UNIT, "code")),
        name: words(row.get(&UNIT, "name")),
        boards: false,
        closed: None,
    }
}

fn school(row: &Row) -> Node {
    let campus = *row.get(&SCHOOL, "campus") == Cell::Bool(true);
    let township = row.get(&SCHOOL, "township").id();
    let parent = row.get(&SCHOOL, "parent").id().filter(|_| campus);
    // A campus has no code of its own (学校标识码), only its local one.
    let code = row.get(&SCHOOL, "code").text().or_else(|| row.get(&SCHOOL, "local_code").text());
    Node {
        id: row.id,
        parent: parent.or(township),
        kind: if campus { "campus" } else { "school" }.to_owned(),
        code: code.unwrap_or_default().to_owned(),
        name: words(row.get(&SCHOOL, "name")),
        boards: *row.get(&SCHOOL, "boarding") == Cell::Bool(true),
        closed: row.get(&SCHOOL, "closed_on").date(),
    }
}
