create table reading_day (id uuid primary key, version bigint not null, day date not null, last bigint not null, hash text not null, sealed_at bigint not null);
create unique index reading_day_key on reading_day (day);
create index reading_day_last on reading_day (last)
