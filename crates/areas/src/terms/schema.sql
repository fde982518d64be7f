create table term (id uuid primary key, version bigint not null, school uuid, year bigint not null, season text not null, from_on date not null, until_on date not null, home text not null, document text);
create unique index term_season_key on term (school, year, season);
create unique index term_year_key on term (year, season) where school is null;
create table suspension (id uuid primary key, version bigint not null, school uuid, unit uuid, reason text not null, from_on date not null, until_on date, decided_by text not null, document text, note text);
create index suspension_from_on on suspension (from_on);
create table school_day (id uuid primary key, version bigint not null, school uuid, kind text not null, name text not null, from_on date not null, until_on date not null);
create index school_day_from_on on school_day (from_on)
