//! The attachment as a record.

use kit::{Field, Mask, Noun, ScopeBy};

/// What an attachment shows: the state before, the state after, or anything else (整改前、整改后、其他).
pub const ROLES: &[&str] = &["before", "after", "other"];

/// 附件
pub static ATTACHMENT: Noun = Noun {
    name: "attachment",
    plural: "attachments",
    fields: &[
        // As it was called, without path; of a record about a person only what kind of file it is, for such names name people.
        Field::text("name", 120).required().fixed().list().search(),
        // The record that it belongs to, by noun and id: any noun can have attachments, so no reference can say which.
        Field::text("noun", 40).worded("").required().fixed(),
        Field { hidden: true, ..Field::refer("record", "record").required().fixed() },
        Field::choice("role", ROLES).required().fixed().list().filter(),
        Field::text("media", 100).required().fixed().filter(),
        // As it is kept.
        Field::bytes("size").required().fixed().list().sort(),
        // Of what is kept, and of what came: the second is what its owner can prove it by.
        Field::text("sha256", 64).required().fixed(),
        Field::text("original", 64).required().fixed(),
        // What it looks like, so that it is known again when scaled or encoded anew; four parts of it find it.
        Field { hidden: true, ..Field::text("look", 32).fixed() },
        Field { hidden: true, ..Field::int("look_a", 0, 0xffff).fixed() },
        Field { hidden: true, ..Field::int("look_b", 0, 0xffff).fixed() },
        Field { hidden: true, ..Field::int("look_c", 0, 0xffff).fixed() },
        Field { hidden: true, ..Field::int("look_d", 0, 0xffff).fixed() },
        Field::int("width", 1, 100_000).fixed(),
        Field::int("height", 1, 100_000).fixed(),
        // When and where, as the camera or else the uploader says; only where the record type asks for it.
        Field::moment("taken_at").fixed(),
        Field::bool("stated").required().fixed(),
        Field::text("place", 80).fixed(),
        Field::real("lat", -90.0, 90.0).personal(Mask::Whole).fixed(),
        Field::real("lon", -180.0, 180.0).personal(Mask::Whole).fixed(),
        // The picture that it repeats, and in how many of 128 points it differs from it: for a person to look at.
        Field { hidden: true, ..Field::refer("alike", "attachment").fixed() },
        Field::int("distance", 0, 128).fixed(),
        Field::refer("uploaded_by", "account").fixed().list(),
        Field::moment("uploaded_at").required().fixed().list().sort(),
        // Taken away: the row stays with its hash and the reason, the bytes are gone.
        Field::refer("removed_by", "account").fixed(),
        Field::moment("removed_at").fixed().list(),
        Field::long("removed_reason", 300).fixed(),
    ],
    // Through the record that it belongs to, or as somebody who works for the whole county; there is no third way.
    scope: ScopeBy::NOBODY,
    title: &["name"],
    subject: None,
    order: "-uploaded_at",
    tallies: &[],
};

pub const MIGRATION: store::Migration = store::Migration {
    name: "0020_attachments",
    sql: "
create table attachment (
  id uuid primary key, version bigint not null, name text not null, noun text not null, record uuid not null, role text not null, media text not null,
  size bigint not null, sha256 text not null, original text not null, look text, look_a bigint, look_b bigint, look_c bigint, look_d bigint,
  width bigint, height bigint, taken_at bigint, stated boolean not null, place text, lat double precision, lon double precision,
  alike uuid, distance bigint, uploaded_by uuid, uploaded_at bigint not null, removed_by uuid, removed_at bigint, removed_reason text);
create index attachment_record on attachment (record);
create index attachment_sha256 on attachment (sha256);
create index attachment_original on attachment (original);
create index attachment_look_a on attachment (look_a);
create index attachment_look_b on attachment (look_b);
create index attachment_look_c on attachment (look_c);
create index attachment_look_d on attachment (look_d);
create index attachment_alike on attachment (alike)",
};
