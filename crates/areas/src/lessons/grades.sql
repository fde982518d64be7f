create table lesson_of_grades (id uuid primary key, version bigint not null, school uuid not null, grade text, class uuid, weekday text not null, number bigint not null,
  begins text not null, ends text not null, subject text not null, teacher uuid, from_on date not null, until_on date);
insert into lesson_of_grades (id, version, school, class, weekday, number, begins, ends, subject, teacher, from_on, until_on)
  select id, version, school, class, weekday, number, begins, ends, subject, teacher, from_on, until_on from lesson;
drop table lesson;
alter table lesson_of_grades rename to lesson;
create unique index lesson_number_key on lesson (class, from_on, weekday, number);
create unique index lesson_grade_key on lesson (school, grade, from_on, weekday, number) where class is null;
create index lesson_school on lesson (school)
