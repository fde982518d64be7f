create table handover (id uuid primary key, version bigint not null,
  school uuid not null, class uuid not null, day date not null, pupil uuid, taken_by text not null, guardian uuid, handed_by uuid, handed_at bigint not null, note text);
create unique index handover_class_key on handover (class, day) where pupil is null;
create unique index handover_pupil_key on handover (pupil, day);
create index handover_day on handover (day, school);
create index handover_guardian on handover (guardian);
