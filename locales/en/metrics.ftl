# Numbers: volume, what is open, promises, times, verdicts
error-month-name = Write the month like 2026-11
error-month-order = The last month must not be before the first
error-month-many = At most { $max } months can be counted at once
