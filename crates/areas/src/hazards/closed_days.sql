create index hazard_closed on hazard (closed_on, category, grade, school) where closed_on is not null
