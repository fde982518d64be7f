create table deed (id uuid primary key, version bigint not null,
  fact text not null, school uuid, unit uuid, class uuid, day date not null, note text, "by" uuid, entered_at bigint not null,
  reason text, state text not null);
create index deed_day on deed (day, id);
create index deed_school on deed (school, day);
create index deed_unit on deed (unit, day);
create index deed_class on deed (class, day);
create index deed_by on deed ("by");
create index deed_fact on deed (fact, day);
create table waiver (id uuid primary key, version bigint not null,
  duty text not null, school uuid, unit uuid, from_on date not null, until_on date not null, reason text not null, "by" uuid,
  granted_on date not null, withdrawn_on date, state text not null);
create index waiver_from_on on waiver (from_on, id);
create index waiver_school on waiver (school);
create index waiver_unit on waiver (unit)
