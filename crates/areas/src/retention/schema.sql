create table disposal (id uuid primary key, version bigint not null, kind text not null, term text not null, basis text not null, cutoff date not null,
  count bigint not null, oldest date, done_at bigint not null);
create index disposal_done_at on disposal (done_at)
