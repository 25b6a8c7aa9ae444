# Roles and permissions
roles-title = Roles
roles-lead = A role is a set of permissions. An account has one or more, limited to a unit where needed. Not even an administrator reads a restricted case by role alone.
roles-matrix = Who may do what
roles-action = Permission
roles-may = may
roles-may-not = may not
role-new = New role
role-copy = Copy as a new role
role-create = Create
role-own = own
role-shipped = shipped
role-changed = changed
role-shipped-hint = This role came with the program. Once you change it, upgrades leave it alone.
role-permits = What it permits
role-holders = Accounts with this role
role-id = Identifier
role-id-hint = 2 to 40 lower-case letters, digits and _. It cannot be changed later
role-name-ja = Name (Japanese)
role-name-en = Name (English)
role-about-ja = What it is for (Japanese)
role-about-en = What it is for (English)
role-clearance = Clearance
role-clearance-hint = The highest label a holder reads without being named. TLP:RED is opened by naming people on a case
role-actions = Permissions
role-action-count = { $count ->
    [one] 1 permission
   *[other] { $count } permissions
  }
resource-organisation = Organisation
resource-account = Accounts
resource-role = Roles
resource-token = Tokens and sessions
resource-audit = Audit log
resource-job = Jobs
resource-system = System
resource-report = Reports
resource-alert = Alerts
resource-case = Cases
resource-task = Tasks
resource-asset = Assets
resource-attachment = Attachments
resource-document = Documents
resource-criteria = Criteria
resource-metrics = Numbers
resource-search = Search
notice-role-created = The role is made.
