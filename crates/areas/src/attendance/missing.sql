create table missing (id uuid primary key, version bigint not null,
  school uuid not null, class uuid not null, pupil uuid not null, sheet uuid not null, mark uuid not null, day date not null, session text not null, state text not null, urgent text,
  begun_at bigint not null, told_at bigint, guardians bigint not null, search_at bigint not null, report_at bigint not null, police_at bigint not null,
  teacher uuid, leader uuid, officer uuid, caller uuid, answer text, answered_at bigint, reply text,
  searched_at bigint, campus boolean, gate_video boolean, classmates boolean, way_home boolean,
  police_called_at bigint, police_note text, found text, place text, closed_at bigint);
create unique index missing_mark_key on missing (mark);
create index missing_day on missing (day, school);
create index missing_pupil on missing (pupil, day);
create index missing_class on missing (class);
