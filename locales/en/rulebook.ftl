# Criteria, life cycles, clocks: rules kept as data
error-data-file = Line { $line }, { $key }: { $problem }
error-data-file-exists = This text is already kept as version { $version }
error-data-file-in-force = This version is in force already
error-approve-own = You cannot approve what you drafted. Ask another approver
error-too-large-text = Too long. At most a million bytes
