# Assets: the register, import, what cases affect, exposure
asset = Asset
assets = Assets
asset-name = Name
asset-kind = Kind
asset-importance = Importance
asset-owner = Owner
asset-unit = Unit
asset-identifiers = Identifiers
asset-note = Note
asset-state = State
asset-state-in-use = In use
asset-state-retired = Retired
asset-kind-server = Server
asset-kind-client = Computer or phone
asset-kind-network-device = Network device
asset-kind-application = Application
asset-kind-service = Service
asset-kind-data = Information
asset-kind-account = Account
asset-kind-facility = Building or line
asset-kind-ot-device = Control device
asset-kind-cloud = Cloud
asset-kind-other = Other
asset-condition = Impact
asset-condition-suspected = Suspected
asset-condition-affected = Affected
asset-condition-contained = Isolated or stopped
asset-condition-recovered = Recovered
asset-condition-unaffected = Not affected
timeline-asset-added = Asset “{ $name }” added ({ $condition ->
    [suspected] suspected
    [affected] affected
    [contained] isolated or stopped
    [recovered] recovered
   *[unaffected] not affected
  })
timeline-asset-condition = Asset “{ $name }”: { $from ->
    [suspected] suspected
    [affected] affected
    [contained] isolated or stopped
    [recovered] recovered
   *[unaffected] not affected
  } to { $to ->
    [suspected] suspected
    [affected] affected
    [contained] isolated or stopped
    [recovered] recovered
   *[unaffected] not affected
  }
timeline-asset-note = Note on asset “{ $name }”: { $note }
timeline-asset-removed = Asset “{ $name }” taken off the case
error-asset-ambiguous = Several assets fit: { $names }. Give the name
error-asset-exists = There is an asset named “{ $name }” already
error-asset-export = At most { $max } assets fit into one file. Narrow the list
error-asset-identifier = “{ $value }” cannot be read as an identifier. Give a host name, an IP address, a domain or a mail address
error-asset-in-use = This asset is in use
error-asset-noted = “{ $name }” is noted in this case already
error-asset-one-way = Give the asset in one way: by its identifier, by its name, or as a new one
error-asset-retired = This asset is retired
error-unknown-asset = No asset fits “{ $name }”
error-csv-changed = The register changed after you looked. Check again what will be done
error-csv-characters = Line { $line } cannot be read as text. Choose a CSV file in UTF-8, UTF-16 or Shift_JIS (CP932)
error-csv-column-twice = There are two columns “{ $column }”. Keep one
error-csv-empty = The file has no lines
error-csv-no-name = The first line has no heading “Name” (name)
error-csv-owner = There is nobody called “{ $value }”. Write a log-in name or a name
error-csv-unit = There is no unit called “{ $value }”
error-csv-several = “{ $value }” means several
error-csv-rows = At most { $max } lines can be imported at once. Split the file
error-csv-twice = The same name as in line { $line }
error-csv-word = “{ $value }” is not understood. Use the words of an exported file
asset-file = assets
asset-register = Register of assets
asset-new = New asset
asset-new-do = Register
asset-edit = Edit asset
asset-export = Export CSV
asset-import = Import CSV
asset-filter-text = Name or identifier
asset-importance-at-least = Importance (at least)
asset-unowned = Nobody
asset-sort-name = By name
asset-sort-importance = Most important first
asset-sort-updated = Last changed first
asset-updated = Changed
asset-registered = Registered
asset-none = No assets are registered yet. Import a CSV file or register them one by one.
asset-none-like = No asset fits these filters.
asset-name-hint = What people call it. Assets in use have different names
asset-owner-hint = Whom to call, and who decides
asset-unit-hint = At least the unit, where no person is named
asset-identifiers-hint = Host names, IP addresses, domains and mail addresses, one a line: by these an alert or a report leads here
asset-conflict = Somebody changed this asset while you were editing. What you typed is kept. It is now:
asset-cases = Cases
asset-cases-none = No case that you may see concerns this asset.
asset-added-at = Noted
asset-past = History
asset-past-create = Registered
asset-past-update = Changed
asset-past-retire = Retired
asset-past-restore = Back in use
asset-about = About
asset-unowned-note = Nobody answers for it. Name somebody, so that it is clear whom to call when something happens.
asset-identifiers-none = Without identifiers, traces in alerts and reports do not lead here.
asset-retire = Retire
asset-retire-hint = It leaves lists and suggestions. Its record stays, and old cases keep naming it.
asset-retire-reason = Reason (optional)
asset-retire-do = Retire
asset-restore = Take back into use
notice-asset-created = Asset registered
notice-asset-saved = Asset saved
notice-asset-retired = Asset retired
notice-asset-restored = Asset back in use
notice-asset-imported = Import finished
import-file = Choose a file
import-file-label = CSV file
import-file-hint = UTF-8, UTF-16 or Shift_JIS (CP932), at most 5,000 lines. You see what will be done before anything is
import-look = Check the file
import-how = How files are read
import-how-columns = The first line has the headings Name, Kind, Importance, Owner, Unit, Identifiers, Note, State, in any order. Only Name must be there; other columns are passed over.
import-how-name = An asset in use of the same name is changed, otherwise a new one is registered. Width and case of letters do not matter.
import-how-empty = A column the file does not have leaves things as they are. An empty cell empties owner, unit, identifiers or note.
import-how-all = One wrong line, and nothing is imported. An import never retires an asset.
import-sample = Export the register as an example
import-plan = What will be done
import-create = Register
import-update = Change
import-unchanged = No change
import-skipped = Retired, passed over
import-wrong = Wrong
import-line = Line
import-step = What happens
import-what = Fields that change, or what is wrong
import-unknown = These columns are passed over: { $columns }
import-not-right = Some lines are wrong, so nothing can be imported yet. Correct the file and choose it again.
import-nothing = The register says all of this already. There is nothing to import.
import-apply = Import this
import-other = Choose another file
import-more = The first 500 lines are shown: wrong ones, then those that change something.
exposure-affected = Affected now
exposure-critical = Critical assets
exposure-unowned = Without an owner
exposure-in-use = Assets in use
exposure-unit = { "" }
exposure-now = Assets affected by open cases
exposure-now-none = No open case affects an asset.
exposure-case = Case
exposure-kinds = Kind and importance
exposure-sum = Sum
affected-title = Affected assets
affected-none = No affected assets are noted yet.
affected-add = Add an affected asset
affected-add-do = Add
affected-name = Name or identifier of the asset
affected-name-hint = As the register has it: name, host name, IP address. Suggestions appear as you type
affected-note = How it is here
affected-near = Assets that come near
affected-by-name = By the name typed above
affected-new = Register a new asset and add it
affected-new-do = Register and add
affected-identifiers-hint = Parted by spaces
affected-change = Change
affected-remove = Take off
affected-suggested = Assets that traces of this case name
affected-take = Add
notice-affected-added = Affected asset added
notice-affected-saved = Impact updated
notice-affected-removed = Affected asset taken off
