//! 手机登记: whose telephone it is, the public half of its key, until when it counts, and who shut it out.

use kit::{Cell, Field, Noun, Row, ScopeBy};
use uuid::Uuid;

/// Days that an enrolment counts. After them, one sign-in with the password renews it.
pub const DAYS: i64 = 30;
/// Live telephones of one account: more are a mistake or somebody else.
pub const MOST: usize = 10;
/// Why one ended: its holder said so (lost), an administrator did, or its holder signed out on it.
pub const WHY: &[&str] = &["holder", "office", "signed_out"];

/// An enrolment: one person on one telephone. A gate's telephone has several. Like a saved view it stands in no room: it is its holder's, and
/// is read only in this module.
pub static DEVICE: Noun = Noun {
    name: "device",
    plural: "devices",
    fields: &[
        Field::refer("account", "account").required(),
        Field::text("name", 60).required(),
        // The uncompressed point of the P-256 key that signs, base64 without padding.
        Field { hidden: true, ..Field::text("key", 120).required() },
        Field::moment("enrolled_at").required(),
        Field::date("until_on").required(),
        Field::date("ended_on"),
        Field::refer("ended_by", "account"),
        Field::choice("ended_why", WHY),
    ],
    scope: ScopeBy::NOBODY,
    title: &["name"],
    subject: None,
    order: "enrolled_at",
    tallies: &[],
};

pub const MIGRATION: store::Migration = store::Migration {
    name: "0061_devices",
    sql: "
create table device (
  id uuid primary key, version bigint not null, account uuid not null, name text not null, key text not null, enrolled_at bigint not null,
  until_on date not null, ended_on date, ended_by uuid, ended_why text);
create index device_account on device (account)",
};

/// A row of [`DEVICE`] as the rules need it.
#[derive(Clone, Debug)]
pub struct Device {
    pub row: Row,
    pub account: Uuid,
    pub key: String,
}

impl Device {
    pub fn of(row: Row) -> Option<Self> {
        let key = row.get(&DEVICE, "key").text()?.to_owned();
        Some(Self { account: row.get(&DEVICE, "account").id()?, key, row })
    }

    pub fn ended(&self) -> bool {
        !self.row.get(&DEVICE, "ended_on").is_null()
    }

    /// Why what it sends does not count on this day, as the code of a refusal.
    pub fn shut(&self, today: chrono::NaiveDate) -> Option<&'static str> {
        let until = self.row.get(&DEVICE, "until_on").date();
        match (self.ended(), until.is_some_and(|until| until < today)) {
            (true, _) => Some("device.revoked"),
            (false, true) => Some("device.expired"),
            (false, false) => None,
        }
    }

    /// The row as it is once it waits for its holder to renew it; `None` where it counts no longer in any case.
    pub fn lapsing(&self, today: chrono::NaiveDate) -> Option<Row> {
        let past = today.pred_opt().filter(|_| self.shut(today).is_none())?;
        Some(self.row.clone().with(&DEVICE, "until_on", Cell::Date(past)))
    }

    /// The row as it is once it has ended.
    pub fn ending(&self, today: chrono::NaiveDate, by: Uuid, why: &str) -> Row {
        let row = self.row.clone();
        let row = row.with(&DEVICE, "ended_on", Cell::Date(today)).with(&DEVICE, "ended_by", Cell::Id(by));
        row.with(&DEVICE, "ended_why", Cell::Text(why.to_owned()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_counts_for_its_days_and_until_it_is_shut_out() {
        let day = |day| chrono::NaiveDate::from_ymd_opt(2021, 12, day).unwrap();
        let row = Row::blank(&DEVICE, Uuid::from_u128(1))
            .with(&DEVICE, "account", Cell::Id(Uuid::from_u128(2)))
            .with(&DEVICE, "key", Cell::Text("k".into()))
            .with(&DEVICE, "until_on", Cell::Date(day(20)));
        let device = Device::of(row).unwrap();
        assert_eq!((device.shut(day(20)), device.shut(day(21))), (None, Some("device.expired")));
        let lapsed = device.lapsing(day(20)).and_then(Device::of).unwrap();
        assert_eq!(lapsed.shut(day(20)), Some("device.expired"), "to be renewed, not shut out");
        assert!(lapsed.lapsing(day(20)).is_none() && device.lapsing(day(21)).is_none());
        let ended = Device::of(device.ending(day(19), Uuid::from_u128(3), "office")).unwrap();
        assert_eq!(ended.shut(day(19)), Some("device.revoked"), "what is shut out is not merely old");
    }
}
