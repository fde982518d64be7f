create table norm_decision (id uuid primary key, version bigint not null, key text not null, kind text not null, stage text, value text, from_on date not null, until_on date, approval text not null,
  approver text not null, approved_on date not null, reason text not null);
create index norm_decision_key on norm_decision (key)
