create table hazard (id uuid primary key, version bigint not null,
  place_kind text not null, school uuid, township uuid, place text not null, description text not null, category text not null,
  source text not null, found_on date not null, remark text, found_by uuid, central uuid,
  grade text, judgement text, grounds text, stop_use text, stop_use_on date,
  keeper uuid, handed_unit uuid, handed_school uuid, measures text, money_fen bigint, due_on date, plan text,
  first_due_on date, handed_on date, signed_on date,
  on_the_spot boolean not null, submitted_by uuid, submitted_on date, statement text,
  extension_until date, extension_reason text, extensions bigint not null,
  rechecked_by uuid, rechecked_on date, recheck_note text, sent_back bigint not null, closed_on date,
  spot_checked_by uuid, spot_checked_on date, spot_check_note text, reopened bigint not null,
  refused boolean not null, refused_on date, refusal_facts text, merged_into uuid, reason text, state text not null);
create index hazard_school on hazard (school, state);
create index hazard_state on hazard (state, due_on);
create index hazard_found_on on hazard (found_on, id);
create index hazard_closed_on on hazard (closed_on);
create index hazard_township on hazard (township);
create index hazard_keeper on hazard (keeper);
create index hazard_handed_unit on hazard (handed_unit);
create index hazard_handed_school on hazard (handed_school);
create index hazard_central on hazard (central);
create table monthly_return (id uuid primary key, version bigint not null,
  school uuid not null, month date not null, hazards_found bigint not null, zero boolean not null,
  confirmed_by uuid, confirmed_on date, state text not null);
create unique index monthly_return_month_key on monthly_return (school, month);
create index monthly_return_state on monthly_return (month, state);
