# Centre: the way to running, rules and administration, and words they share
centre-crumbs = You are here
list-filter = Filter
list-filter-do = Filter
list-filter-clear = Clear
list-all = All
copy-do = Copy
copy-done = Copied
