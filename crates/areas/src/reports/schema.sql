create table report_snapshot (id uuid primary key, version bigint not null, kind text not null, period text not null, cutoff date not null, taken_at bigint not null,
  taken_by uuid, compared text not null, figures text not null, hash text not null, prose text not null);
create index report_snapshot_period on report_snapshot (kind, period);
create index report_snapshot_taken_at on report_snapshot (taken_at)
