create table sheet (id uuid primary key, version bigint not null,
  school uuid not null, class uuid not null, day date not null, session text not null, state text not null, called_by uuid, substitute boolean not null,
  called_at bigint not null, device_at bigint, clock text, overdue boolean not null,
  enrolled bigint not null, absent bigint not null, sick bigint not null, on_leave bigint not null, late bigint not null, left_early bigint not null, reason text, digest text);
create unique index sheet_session_key on sheet (class, day, session) where state = 'called';
create index sheet_day on sheet (day, school);
create table mark (id uuid primary key, version bigint not null,
  school uuid not null, class uuid not null, pupil uuid not null, sheet uuid not null, day date not null, session text not null, kind text not null, symptom text, state text not null,
  marked_by uuid, marked_at bigint not null, reply text, reason text);
create unique index mark_pupil_key on mark (sheet, pupil) where state <> 'taken_back';
create index mark_pupil on mark (pupil, day);
create index mark_day on mark (day, class);
