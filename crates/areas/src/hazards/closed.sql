create index hazard_school_closed_on on hazard (school, coalesce("closed_on", '0001-01-01'), id, state, grade, category)
