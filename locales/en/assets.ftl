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
