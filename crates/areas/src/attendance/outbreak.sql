create table outbreak (id uuid primary key, version bigint not null,
  school uuid not null, kind text not null, class uuid, dormitory text, day date not null, state text not null, cases bigint not null, span bigint not null,
  due_at bigint not null, reported_to text, words text, reported_at bigint, reason text);
create index outbreak_day on outbreak (day, school);
create index outbreak_due on outbreak (school, day) where state = 'due'
