create table tip (id uuid primary key, version bigint not null,
  school uuid not null, seen_by uuid, spot text not null, words text not null, category text not null, about_people boolean not null,
  contact text, contact_index text, holder uuid, follow text,
  received_at bigint not null, received_on date not null, due_on date not null,
  triaged_by uuid, triaged_on date, place text, finding text, photo_along boolean, hazard uuid, duplicate_of uuid, earlier uuid,
  answer text, answered_on date, reason text, said_on date, not_fixed bigint not null, state text not null);
create index tip_seen_by on tip (seen_by, state);
create index tip_state on tip (state, due_on);
create index tip_school on tip (school, received_on);
create index tip_received_on on tip (received_on, id);
create index tip_hazard on tip (hazard);
create index tip_duplicate_of on tip (duplicate_of);
create index tip_earlier on tip (earlier);
create unique index tip_follow_key on tip (follow);
create table tip_code (id uuid primary key, version bigint not null,
  school uuid not null, code text not null, made_on date not null, ended_on date, state text not null);
create unique index tip_code_code_key on tip_code (code);
create index tip_code_school on tip_code (school, state);
