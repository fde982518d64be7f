create table patrol_route (id uuid primary key, version bigint not null,
  school uuid not null, name text not null, kind text not null, from_on date not null, ended_on date);
create index patrol_route_school on patrol_route (school, kind);
create index patrol_route_name on patrol_route (name, id);
create table patrol_point (id uuid primary key, version bigint not null,
  route uuid not null, school uuid not null, number bigint not null, name text not null, walk_seconds bigint, ended_on date);
create index patrol_point_route on patrol_point (route, number);
create index patrol_point_school on patrol_point (school, number);
create index patrol_point_number on patrol_point (number, id);
create table patrol_code (id uuid primary key, version bigint not null,
  point uuid not null, school uuid not null, code text not null, made_on date not null, ended_on date, state text not null);
create unique index patrol_code_code_key on patrol_code (code);
create index patrol_code_point on patrol_code (point, state);
create index patrol_code_school on patrol_code (school, state);
create index patrol_code_made_on on patrol_code (made_on, id);
create table patrol_round (id uuid primary key, version bigint not null,
  route uuid not null, school uuid not null, kind text not null, day date not null, began text not null, walker uuid not null,
  visited bigint, points bigint not null, findings bigint not null, entry text not null, late boolean not null,
  started_at bigint not null, ended_at bigint, recorded_at bigint not null, handed_to uuid, note text, state text not null);
create index patrol_round_day on patrol_round (day, id);
create index patrol_round_school on patrol_round (school, day);
create index patrol_round_route on patrol_round (route, day);
create index patrol_round_walker on patrol_round (walker, day);
create unique index patrol_round_route_key on patrol_round (route, walker, day) where state = 'walking';
create index patrol_round_handed_to on patrol_round (handed_to) where handed_to is not null;
create table patrol_visit (id uuid primary key, version bigint not null,
  round uuid not null, point uuid not null, school uuid not null, walker uuid not null, day date not null, at bigint not null,
  result text not null, entry text not null, hazard uuid, recorded_at bigint not null, device text);
create index patrol_visit_round on patrol_visit (round, at);
create index patrol_visit_point on patrol_visit (point, at);
create index patrol_visit_at on patrol_visit (at, id);
create index patrol_visit_day on patrol_visit (day, id);
create index patrol_visit_school on patrol_visit (school, day);
create index patrol_visit_walker on patrol_visit (walker, day);
create index patrol_visit_hazard on patrol_visit (hazard) where hazard is not null;
create table patrol_flag (id uuid primary key, version bigint not null,
  round uuid not null, school uuid not null, walker uuid not null, day date not null, sign text not null,
  measured bigint not null, expected bigint not null, conclusion text, note text, looked_by uuid, looked_on date, state text not null);
create index patrol_flag_round on patrol_flag (round);
create index patrol_flag_school on patrol_flag (school, state);
create index patrol_flag_state on patrol_flag (state, day);
create index patrol_flag_day on patrol_flag (day, id);
create index patrol_flag_walker on patrol_flag (walker, day);
