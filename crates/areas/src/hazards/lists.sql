drop index hazard_school;
drop index hazard_state;
drop index hazard_closed_on;
create index hazard_found_by on hazard (found_by);
create index hazard_due_on on hazard (coalesce("due_on", '0001-01-01'), id);
create index hazard_closed_on on hazard (coalesce("closed_on", '0001-01-01'), id);
create index hazard_school_found_on on hazard (school, found_on, id);
create index hazard_school_state on hazard (school, state, due_on);
create index hazard_school_due_on on hazard (school, coalesce("due_on", '0001-01-01'), id);
create index hazard_state_found_on on hazard (state, found_on, id);
create index hazard_state_due_on on hazard (state, coalesce("due_on", '0001-01-01'), id);
create index hazard_grade_found_on on hazard (grade, found_on, id);
create index hazard_grade_due_on on hazard (grade, coalesce("due_on", '0001-01-01'), id);
create index hazard_category_found_on on hazard (category, found_on, id);
create index hazard_category_closed_on on hazard (category, coalesce("closed_on", '0001-01-01'), id)
