create index hazard_open on hazard (school, due_on) where state not in ('closed', 'mistaken', 'merged');
create index hazard_open_due on hazard (coalesce("due_on", '0001-01-01'), id, due_on) where state not in ('closed', 'mistaken', 'merged');
create index hazard_extension on hazard (found_on, id) where extension_until is not null;
create index hazard_really_fixed on hazard (found_by, closed_on) where state = 'closed' and found_fixed_on is null;
create index hazard_keeper_state on hazard (keeper, state, due_on) where keeper is not null
