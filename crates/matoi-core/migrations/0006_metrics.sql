-- What the figures are counted from: everything a count needs stands in one index, so that a year of cases is counted
-- without reading the cases.

CREATE INDEX case_figures ON case_file (detected_at, state, kind, priority, class, scope_id, acknowledged_at, triaged_at, contained_at, recovered_at, closed_at);
CREATE INDEX case_open_figures ON case_file (phase, detected_at, kind, priority, scope_id) WHERE state = 'open';
CREATE INDEX desk_figures ON desk_item (received_at, kind, outcome, verdict, automatic, merged_into, scope_id);
DROP INDEX clock_started;
-- in the order of what is counted, so that a million clocks are not sorted first
CREATE INDEX clock_figures ON clock (owner_kind, kind, started_at, due_at, met_at, cancelled_at, scope_id);

-- The scopes that are not everybody's: few, and asked for by every count.
CREATE INDEX scope_restricted ON scope (id) WHERE restricted = 1;
CREATE INDEX scope_tlp ON scope (tlp, id);
CREATE INDEX scope_unit ON scope (unit_id, id) WHERE unit_id IS NOT NULL;
