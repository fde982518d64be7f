alter table mark add column returned_on date;
create table care (id uuid primary key, version bigint not null,
  school uuid not null, class uuid not null, pupil uuid not null, from_on date not null, until_on date, set_by uuid);
create unique index care_pupil_key on care (pupil) where until_on is null;
create index care_class on care (class);
create index care_school on care (school);
create table bed (id uuid primary key, version bigint not null,
  school uuid not null, class uuid not null, pupil uuid not null, dormitory text not null, from_on date not null, until_on date);
create unique index bed_pupil_key on bed (pupil, from_on);
create index bed_class on bed (class);
create index bed_school on bed (school, dormitory);
create table incident (id uuid primary key, version bigint not null,
  school uuid not null, class uuid, pupil uuid not null, missing uuid not null, day date not null, kind text not null, state text not null, opened_at bigint not null,
  leader uuid, officer uuid, caller uuid, reported_to text, words text, reported_at bigint, found text, place text, closed_at bigint);
create unique index incident_missing_key on incident (missing);
create index incident_day on incident (day, school);
create table reminder (id uuid primary key, version bigint not null,
  school uuid not null, class uuid not null, day date not null, session text not null, at bigint not null, teacher uuid, substitute uuid);
create unique index reminder_session_key on reminder (class, day, session);
create index reminder_day on reminder (day, school)
