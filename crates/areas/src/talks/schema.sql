create table talk (id uuid primary key, version bigint not null,
  school uuid not null, class uuid, day date not null, kind text not null, topic text not null, reach bigint, minutes bigint,
  speaker uuid, late boolean not null, recorded_at bigint not null);
create index talk_day on talk (day, id);
create index talk_school on talk (school, day);
create index talk_speaker on talk (speaker, day);
create index talk_class on talk (class, day);
create unique index talk_class_key on talk (class, day) where kind = 'minute';
