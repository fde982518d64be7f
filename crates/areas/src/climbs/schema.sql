create table climb (
  id uuid primary key, version bigint not null, ladder text not null, hazard uuid, school uuid, township uuid, unit uuid, keeper uuid,
  rung text, person uuid, reached_at bigint, paper text, number text, issued_on date, next_rung text, next_person uuid, next_at bigint,
  since bigint not null, counted_from bigint not null, worked bigint not null, pause_reason text, paused_at bigint, ended_at bigint,
  told text, state text not null);
create unique index climb_hazard_key on climb (hazard);
create index climb_next on climb (state, next_at);
create index climb_school on climb (school, state);
create index climb_person on climb (person, state)
