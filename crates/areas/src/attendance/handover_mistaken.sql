alter table handover add column early text;
alter table handover add column reason text;
alter table handover add column state text;
drop index handover_class_key;
drop index handover_pupil_key;
create unique index handover_class_key on handover (class, day) where pupil is null and (state is null or state <> 'mistaken');
create unique index handover_pupil_key on handover (pupil, day) where state is null or state <> 'mistaken';
create index handover_class on handover (class, day);
create index handover_pupil on handover (pupil, day)
