-- What the figures are counted from.

CREATE INDEX metrics_placeholder ON clock (kind);
