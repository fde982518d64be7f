create table lesson (id uuid primary key, version bigint not null, school uuid not null, class uuid not null, weekday text not null, number bigint not null, begins text not null, ends text not null,
  subject text not null, teacher uuid, from_on date not null, until_on date);
create unique index lesson_number_key on lesson (class, from_on, weekday, number);
create index lesson_school on lesson (school)
