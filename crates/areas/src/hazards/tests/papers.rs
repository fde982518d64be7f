//! What goes on paper: the ledger and the notice; and that table, struct and schema say the same.

use super::super::{ledger, notice};
use super::*;

#[test]
fn the_ledger_has_the_bureaus_columns() {
    let row = submitted().with(&HAZARD, "money_fen", Cell::Int(120_050));
    let show = |_: &kit::Field, cell: &Cell| cell.json().as_str().unwrap_or_default().to_owned();
    let line = ledger::line(7, &row, &show);
    assert_eq!(line.len(), 18);
    let some: Vec<_> = [0, 2, 3, 6, 10, 11, 13, 16].into_iter().filter_map(|at| line.get(at)).collect();
    assert_eq!(
        some,
        ["7", "2021-09-30", "dormitory 2, east stairs", "general", "1200.50", "2021-10-13", "2021-10-12", ""]
    );
    assert_eq!(ledger::yuan(5), "0.05");
    // Sent back, it is not done, whenever that was said before.
    let again = [("recheck_note", text("still loose"))];
    let back = act(&row, "principal", "send_back", &again, "2021-10-13").unwrap();
    let line = ledger::line(1, &back, &show);
    assert_eq!((line[13].as_str(), line[15].as_str()), ("", "2021-10-13"));
}

#[test]
fn one_notice_for_each_school_in_the_order_of_the_limits() {
    let first = typed(&submitted());
    let hazard = |number, school, due: &str| Hazard { id: id(number), school, due_on: Some(day(due)), ..first.clone() };
    let hazards = [
        hazard(601, Some(JUNIOR), "2021-10-20"),
        hazard(602, Some(VILLAGE), "2021-10-15"),
        hazard(603, Some(JUNIOR), "2021-10-11"),
        Hazard { handed_unit: Some(POLICE), ..hazard(604, Some(JUNIOR), "2021-10-11") },
        hazard(605, None, "2021-10-11"),
    ];
    let papers = notice::compose(&hazards, day("2021-10-08"));
    let shape: Vec<_> = papers.iter().map(|paper| (paper.school, paper.limit, paper.items.len())).collect();
    assert_eq!(shape, [(JUNIOR, Some(day("2021-10-20")), 2), (VILLAGE, Some(day("2021-10-15")), 1)]);
    let numbers: Vec<_> = papers.iter().flat_map(|paper| &paper.items).map(|item| (item.number, item.hazard)).collect();
    assert_eq!(numbers, [(1, id(603)), (2, id(601)), (1, id(602))]);
}

#[test]
fn a_notice_is_about_what_a_school_has_to_put_right() {
    let handed = submitted();
    let police = handed.clone().with(&HAZARD, "handed_unit", Cell::Id(POLICE));
    let village = recorded("teacher", "2021-09-30").with(&HAZARD, "handed_school", Cell::Id(VILLAGE));
    let water = village.clone().with(&HAZARD, "school", Cell::Null).with(&HAZARD, "handed_school", Cell::Null);
    for (row, fits) in [
        (handed.clone(), true),
        (handed.with(&HAZARD, "state", text("merged")), false),
        (police, false),
        (village.clone(), false),
        (village.with(&HAZARD, "handed_on", Cell::Date(day("2021-10-08"))), true),
        (water.with(&HAZARD, "handed_on", Cell::Date(day("2021-10-08"))), false),
    ] {
        assert_eq!(notice::fits(&row), fits, "{row:?}");
    }
}

#[test]
fn table_struct_and_schema_agree() {
    let row = submitted();
    assert_eq!(typed(&row).to_row().unwrap(), row);
    let json = serde_json::to_value(typed(&row)).unwrap();
    let members: Vec<_> = json.as_object().unwrap().keys().skip(2).cloned().collect();
    let mut fields: Vec<_> = HAZARD.fields.iter().map(|field| field.name.to_owned()).collect();
    assert_eq!(
        {
            let mut members = members;
            members.sort();
            members
        },
        {
            fields.sort();
            fields
        }
    );
    let schema = format!("{} {},", include_str!("../schema.sql"), super::super::FINDER);
    for field in HAZARD.fields {
        let kind = match field.kind {
            kit::field::Kind::Date => "date",
            kit::field::Kind::Bool => "boolean",
            kit::field::Kind::Int { .. } => "bigint",
            kit::field::Kind::Ref(_) => "uuid",
            _ => "text",
        };
        let null = if field.required { " not null" } else { "" };
        let column = format!(" {} {kind}{null}", field.name);
        assert!(schema.contains(&(column.clone() + ",")) || schema.contains(&(column.clone() + ")")), "{column}");
    }
}

#[test]
fn the_cases_own_days() {
    use super::super::due;
    let facts = facts("2021-10-08");
    let hazard = typed(&recorded("teacher", "2021-09-30"));
    assert_eq!(due::late_entry(&hazard, day("2021-10-03"), &facts), Ok(false));
    assert_eq!(due::late_entry(&hazard, day("2021-10-04"), &facts), Ok(true));
}

#[test]
fn a_page_says_what_was_entered_late_and_what_nobody_signed_for_in_time() {
    use super::super::marks;
    let at = |text: &str| kit::dates::shanghai_start(day(text)) + 9 * 3_600_000;
    let said = |row: &Row, first: &str, today: &str| {
        let marks = marks::said(row, at(first), &facts(today));
        marks.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    let row = recorded("teacher", "2021-09-30");
    assert_eq!(said(&row, "2021-10-03", "2021-12-20"), Vec::<&str>::new());
    assert_eq!(said(&row, "2021-10-04", "2021-12-20"), ["hazard.late_entry"]);
    // The hours of the signature run through the day after the hand-over.
    let handed = row.with(&HAZARD, "handed_on", Cell::Date(day("2021-10-08"))).with(&HAZARD, "state", text("closed"));
    for (today, marks) in [("2021-10-09", vec![]), ("2021-10-10", vec!["hazard.unsigned"])] {
        assert_eq!(said(&handed, "2021-09-30", today), marks, "{today}");
    }
    let signed = handed.clone().with(&HAZARD, "signed_on", Cell::Date(day("2021-10-09")));
    let aside = handed.with(&HAZARD, "state", text("mistaken"));
    for row in [signed, aside] {
        assert_eq!(said(&row, "2021-09-30", "2021-10-20"), Vec::<&str>::new());
    }
}
