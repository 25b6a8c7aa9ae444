# Criteria, life cycles, clocks: rules kept as data
error-data-file = Line { $line }, { $key }: { $problem }
error-data-file-exists = This text is already kept as version { $version }
error-data-file-in-force = This version is in force already
error-approve-own = You cannot approve what you drafted. Ask another approver
error-too-large-text = Too long. At most a million bytes
rulebook-title = Rule book
rulebook-lead = The rules of judgement and the templates of documents are data: drafted, checked, tried, and in force once somebody else approves them. A case remembers the version it was judged by and is never judged again.
data-kind-criteria = Triage criteria
data-kind-lifecycle = Life cycle
data-kind-desk = Clocks of the desk
data-kind-mapping = Mapping
data-kind-template = Report template
data-kind-about-criteria = The tables that decide whether a report or an alert is an incident, and how urgent it is
data-kind-about-lifecycle = The phases of a case, the conditions to enter them, and its clocks
data-kind-about-desk = Deadlines to acknowledge and answer reports, and to triage alerts
data-kind-about-mapping = How the JSON that another product sends becomes alerts
data-kind-about-template = What a report is drafted from: Markdown with values filled in
data-new = Write a new one
data-new-version = New version
data-name = Name
data-in-force = In force
data-since = Since
data-draft-newest = Newest draft
data-versions = Versions
data-versions-count = { $count ->
    [one] 1 version
   *[other] { $count } versions
  }
data-version = Version { $n }
data-version-column = Version
data-state = State
data-state-draft = Draft
data-state-approved = In force
data-state-superseded = Former
data-author = Drafted
data-approver = Approved
data-created = Drafted on
data-approved = Approved on
data-shipped = shipped
data-diff = What is different from version { $n }, in force
data-diff-none = Nothing is different.
data-diff-added = added
data-diff-removed = removed
data-text = Text
data-lines = { $count ->
    [one] 1 line
   *[other] { $count } lines
  }
data-facts = About this version
data-hash-hint = Cases name the version they were judged by with this value.
data-try = Try
data-download = Download
data-approve = Approval
data-approve-again = Go back to this version
data-approve-about = It is in force at once, and the present version becomes a former one. Cases under way are not touched.
data-approve-own = You drafted this version. Ask another approver.
data-approve-reason = Reason
data-approve-do = Approve and put in force
data-edit-lead = Saving makes a draft. It is not in force until it is approved. Its name is the id in the text.
data-note = What is new
data-note-hint = For those who approve it, at most 2,000 characters
data-check = Check only
data-keep = Save as draft
data-check-right = It can be used
data-check-notices = It can be used, but look at these points.
data-line = Line { $n }
notice-data-drafted = The draft is saved.
notice-data-approved = It is in force.
error-nothing-to-try = There is nothing to try with this kind of data
trial-title = Try the criteria
trial-lead = Choose what is known and see which rows hold, and why. Nothing is stored. What you leave open is unknown.
trial-result = Result
trial-certainty-certain = Certain
trial-certainty-provisional = Provisional, something is unknown
trial-certainty-undecided = Undecided
trial-outcome-incident = Incident
trial-outcome-inquiry = Inquiry
trial-outcome-not-incident = Not an incident
trial-policy = What to do first
trial-no-row = No row holds.
trial-ask = What to find out next
trial-rows = Why
trial-applies = Applies
trial-holds = Holds
trial-not = Does not hold
trial-open = Unknown
trial-unknown = Unknown
trial-answer-true = Yes
trial-answer-false = No
trial-none = Choose at least one fact, or an example.
trial-facts = Facts
trial-examples = Examples
trial-examples-count = { $count ->
    [one] 1 example
   *[other] { $count } examples
  }
trial-clear = Clear
trial-mapping-title = Try the mapping
trial-mapping-lead = Paste the JSON that a product sends and see the alerts it becomes. Nothing is taken in.
trial-mapping-body = The JSON
trial-mapping-alerts = { $count ->
    [one] 1 alert
   *[other] { $count } alerts
  }
trial-mapping-passed-over = { $count } passed over
trial-mapping-none = None of it becomes an alert.
trial-mapping-fields = All fields
