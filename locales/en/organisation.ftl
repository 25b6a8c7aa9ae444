# The organisation's settings and its units
organisation-title = Organisation
organisation-lead = The name on public pages and reports, the desk, what counts as our own among observables, and what new cases begin with.
organisation-who = Name and constituency
organisation-desk = Desk
organisation-own = What is our own
organisation-defaults = Defaults
organisation-default-tlp = TLP of new reports and cases
organisation-default-tlp-hint = Can be changed on each
organisation-fiscal-year = First month of the fiscal year
organisation-fiscal-year-hint = 1 to 12. Figures and the short and long cycle follow it
units-title = Units
units-lead = The tree of departments, subsidiaries and sites. A role limited to a unit reaches the cases of that unit and those below.
units-count = { $count ->
    [one] 1 unit
   *[other] { $count } units
  }
units-none = There are no units yet. As long as everybody looks after the whole organisation, none are needed.
unit-new = Add a unit
unit-create = Add
unit-parent = Below
unit-top = (top)
unit-name-ja = Name (Japanese)
unit-name-en = Name (English)
unit-rename = Rename
unit-stays = Its place in the tree cannot be changed later: permissions would move with it.
notice-unit-created = The unit is added.
