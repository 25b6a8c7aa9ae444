# Centre: the way to running, rules and administration, and words they share
centre-crumbs = You are here
list-filter = Filter
list-filter-do = Filter
list-filter-clear = Clear
list-all = All
copy-do = Copy
copy-done = Copied
centre-lead = Where the CSIRT is run from: its rules, its people and their permissions, its records.
centre-none = There is nothing here for you. Ask an administrator for a role if you need one.
centre-rules = Rules and settings
centre-people = People and permissions
centre-record = Records and operation
centre-rulebook-about = Triage criteria, life cycles, clocks and mappings: draft, check, try, approve
centre-rulebook-in-force = { $count } in force
centre-rulebook-drafts = { $count ->
    [one] 1 draft waits for approval
   *[other] { $count } drafts wait for approval
  }
centre-organisation-about = Name, desk, own domains and addresses, the TLP to begin with
centre-accounts-about = Invite, disable, reset passwords, grant roles
centre-accounts-active = { $count } active
centre-accounts-invited = { $count } invited
centre-roles-about = Who may do what, and changing it
centre-roles-count = { $count ->
    [one] 1 role
   *[other] { $count } roles
  }
centre-units-about = The tree of departments, subsidiaries and sites
centre-credentials = Tokens and sessions
centre-credentials-about = Everybody's API tokens and sessions: look at them, revoke them
centre-audit-about = Who changed what, when and from where; verify and export it
centre-jobs-about = What runs and what failed; try it again
centre-jobs-open = { $count } waiting or running
centre-jobs-stuck = { $count } failed or held
centre-break-glass-about = Open a case you may not see, in an emergency, leaving your reason
