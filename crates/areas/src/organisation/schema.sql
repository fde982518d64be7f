create table unit (id uuid primary key, version bigint not null, code text not null, name text not null, kind text not null check (kind in ('county','bureau','section','department','township','farm','village','community')),
  parent uuid, opened_on date, closed_on date);
create unique index unit_code_key on unit (code);
create table school (id uuid primary key, version bigint not null, code text, local_code text not null, name text not null, kind text not null, campus boolean not null, parent uuid,
  township uuid not null, central uuid, owner text not null, urban_rural text, boarding boolean not null, canteen text not null, buses bigint not null, credit_code text, phone text,
  lat double precision, lon double precision, opened_on date, closed_on date, successor uuid);
create unique index school_local_code_key on school (local_code);
create unique index school_code_key on school (code);
create table class (id uuid primary key, version bigint not null, school uuid not null, entry_year bigint not null, stage text not null, number bigint not null, name text not null, ended_on date);
create unique index class_number_key on class (school, entry_year, stage, number);
create table class_year (id uuid primary key, version bigint not null, school uuid not null, class uuid not null, year bigint not null, grade bigint not null, teacher uuid);
create unique index class_year_year_key on class_year (class, year);
create index class_year_school on class_year (school);
create table pupil (id uuid primary key, version bigint not null, name text not null, sex text not null, school uuid not null, class uuid not null, number text not null, number_index text,
  id_number text, id_number_index text, boarder boolean not null, enrolled_on date not null, left_on date, enrolment uuid);
create unique index pupil_number_key on pupil (number_index);
create unique index pupil_id_number_key on pupil (id_number_index);
create index pupil_school on pupil (school, id);
create index pupil_class on pupil (class);
create table enrolment (id uuid primary key, version bigint not null, pupil uuid not null, school uuid not null, class uuid not null, from_on date not null, until_on date);
create index enrolment_pupil on enrolment (pupil);
create index enrolment_class on enrolment (class);
create index enrolment_school on enrolment (school);
create table guardian (id uuid primary key, version bigint not null, pupil uuid not null, school uuid not null, class uuid not null, name text not null, relation text not null, phone text not null, phone_index text);
create unique index guardian_name_key on guardian (pupil, name);
create index guardian_class on guardian (class);
create index guardian_school on guardian (school, id);
create index guardian_phone on guardian (phone_index);
create table staff (id uuid primary key, version bigint not null, number text not null, name text not null, sex text not null, school uuid, unit uuid, phone text, phone_index text,
  id_number text, id_number_index text, left_on date);
create unique index staff_number_key on staff (number);
create unique index staff_id_number_key on staff (id_number_index);
create index staff_school on staff (school);
create table post (id uuid primary key, version bigint not null, staff uuid not null, post text not null, school uuid, unit uuid, from_on date not null, until_on date, document text);
create index post_staff on post (staff);
create index post_school on post (school, post);
create index post_unit on post (unit, post);
create table inspector_area (id uuid primary key, version bigint not null, staff uuid not null, school uuid not null, from_on date not null, until_on date);
create unique index inspector_area_from_on_key on inspector_area (staff, school, from_on);
create index inspector_area_school on inspector_area (school)
