drop index hazard_found_on;
drop index hazard_school_found_on;
drop index hazard_due_on;
drop index hazard_school_due_on;
drop index hazard_closed_on;
drop index hazard_school_closed_on;
create index hazard_found_on on hazard (found_on, id,
  state, grade, category, source, place_kind, on_the_spot, due_on, closed_on, judgement, extension_until, spot_checked_on, found_fixed_on, refused, school, township);
create index hazard_school_found_on on hazard (school, found_on, id,
  state, grade, category, source, place_kind, on_the_spot, due_on, closed_on, judgement, extension_until, spot_checked_on, found_fixed_on, refused);
create index hazard_due_on on hazard (coalesce("due_on", '0001-01-01'), id,
  state, grade, category, source, place_kind, on_the_spot, found_on, due_on, closed_on, judgement, extension_until, spot_checked_on, found_fixed_on, refused, school, township);
create index hazard_school_due_on on hazard (school, coalesce("due_on", '0001-01-01'), id,
  state, grade, category, source, place_kind, on_the_spot, found_on, due_on, closed_on, judgement, extension_until, spot_checked_on, found_fixed_on, refused);
create index hazard_closed_on on hazard (coalesce("closed_on", '0001-01-01'), id,
  state, grade, category, source, place_kind, on_the_spot, found_on, due_on, closed_on, judgement, extension_until, spot_checked_on, found_fixed_on, refused, school, township);
create index hazard_school_closed_on on hazard (school, coalesce("closed_on", '0001-01-01'), id,
  state, grade, category, source, place_kind, on_the_spot, found_on, due_on, closed_on, judgement, extension_until, spot_checked_on, found_fixed_on, refused);
drop index hazard_found_by;
drop index hazard_keeper;
drop index hazard_township;
drop index hazard_handed_unit;
drop index hazard_handed_school;
drop index hazard_central;
create index hazard_found_by on hazard (found_by, school, id) where found_by is not null;
create index hazard_keeper on hazard (keeper, school, id) where keeper is not null;
create index hazard_township on hazard (township, school, id) where township is not null;
create index hazard_handed_unit on hazard (handed_unit, school, id) where handed_unit is not null;
create index hazard_handed_school on hazard (handed_school, school, id) where handed_school is not null;
create index hazard_central on hazard (central, school, id) where central is not null
