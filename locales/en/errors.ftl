# Errors: what happened and what to do
error-page-request = If you ask for help, give this number: { $id }
error-page-home = Back to Now
problem-invalid = Please check what you entered
problem-invalid-detail = { $count ->
    [one] One field is not right.
   *[other] { $count } fields are not right.
  }
problem-not-found = Page not found
problem-not-found-detail = It does not exist, or you may not see it. Check the address, or search.
problem-unauthenticated = Please log in
problem-unauthenticated-detail = Log in, or send a valid API token.
problem-forbidden = Not permitted
problem-forbidden-detail = This needs the permission "{ $action }". Ask an administrator if you need it.
problem-rule = This cannot be done now
problem-rules = This cannot be done now
problem-rules-detail = { $count ->
    [one] One condition is not met.
   *[other] { $count } conditions are not met.
  }
problem-exists = Already taken
problem-stale = Somebody else changed this first
problem-stale-detail = Load the latest, put your change on top of it and save again. What you typed is still there.
problem-version-needed = A version is needed
problem-version-needed-detail = Send the ETag you read in the If-Match header.
problem-too-large = Too large
problem-too-large-detail = At most { $limit } MB are accepted. Split the file, or ask the CSIRT for another way to hand it over.
problem-too-many = Too many attempts
problem-too-many-detail = { $seconds ->
    [one] Wait a second, then try again.
   *[other] Wait { $seconds } seconds, then try again.
  }
problem-unavailable = Unavailable for the moment
problem-unavailable-detail = The program is busy, or a part it needs is down. Wait a few seconds, then try again.
problem-internal = A fault in the program
problem-internal-detail = Nothing was done. Please give the number to an administrator.
error-required = Please fill this in
error-one-line = One line only
error-too-long = At most { $max } characters
error-control-character = It holds a control character that cannot be stored
error-too-many = At most { $max } entries
error-mail-address = Not a mail address, like yamada@minatono.example
error-zone = Not the name of a time zone, like Asia/Tokyo
error-domain = "{ $value }" is not a domain, like minatono.example
error-network = "{ $value }" is neither an address nor a range, like 203.0.113.0/24
error-month = A month is 1 to 12
error-cursor = The place in the list is not right. Start again from the first page
error-limit = Between 1 and { $max } rows
error-foreign-site = Requests from other sites are refused. Use Matoi's own pages
error-method = This address does not take that method
error-not-json = Send it with Content-Type: application/json
error-json-field = Not a right value ({ $problem })
error-json-missing = The field "{ $field }" is missing
error-json-unknown = There is no field "{ $field }" here. There is: { $allowed }
error-json-no-fields = There is no field "{ $field }" here; nothing may stand here
error-json-type = { $expected ->
    [text] A text is wanted here, in quotes
    [integer] A whole number is wanted here
    [number] A number is wanted here
    [flag] true or false is wanted here
    [list] A list is wanted here, in [ ]
    [object] An object is wanted here, in {"{"} {"}"}
    [null] null is wanted here
   *[other] Another kind of value is wanted here
  }; this is { $found ->
    [text] a text
    [integer] a whole number
    [number] a number
    [flag] true or false
    [list] a list
    [object] an object
   *[null] null
  }
error-json-expected = { $expected ->
    [text] A text is wanted here
    [integer] A whole number is wanted here
    [number] A number is wanted here
    [flag] true or false is wanted here
    [list] A list is wanted here, of another length
    [object] An object is wanted here
    [null] null is wanted here
   *[other] Another kind of value is wanted here
  }
error-json-once = Only one value is accepted here
error-json-range = A whole number from { $min } to { $max }
error-json-choice = "{ $value }" is none of these: { $allowed }
error-json-id = An identifier is a UUID of 36 characters in small letters
error-json-action = There is no action "{ $value }"
error-json-syntax = Not readable as JSON (line { $line }, column { $column }: { $problem ->
    [end] it ends too early
    [value] a value is missing, or a text without quotes
    [colon] a colon is missing
    [comma] a comma or a closing bracket is missing
    [trailing-comma] a comma too many
    [key] a key in double quotes is wanted here
    [text] \ begins what JSON does not know
    [control] a line break or control character inside a text, write \n
    [number] no right number
    [depth] nested too deeply
    [trailing] something follows the JSON
   *[other] not UTF-8, or no JSON
  })
error-form = The form is not UTF-8
error-link-dead = This link was used or has expired. Ask an administrator for a new one
error-password-short = At least { $min } characters. A sentence is fine
error-password-long = At most { $max } characters
error-password-pattern = Repetitions and sequences are guessed at once
error-password-common = This is among the passwords everybody tries first. Choose another
error-password-own = Passwords made of your name, login or organisation are guessed. Choose another
error-password-wrong = The present password is not right
error-login = A login is 2 to 64 letters, digits and . _ - @
error-login-exists = This login is taken
error-login-failed = Login or password is not right
error-login-failed-sign-on = Login or password is not right. Only emergency accounts log in with a password; everybody else uses single sign-on
error-sign-on-denied = It was cancelled at the identity provider, or it does not let you use Matoi. If that stays so, ask whoever runs the identity provider to allow you
error-sign-on-unreachable = The identity provider does not answer as it should. Wait a few minutes and try again. If that does not help, give this number to an administrator
error-sign-on-lost = What belongs to this log-in is missing, or it took more than 10 minutes. Begin again on the log-in page. If it happens again, allow cookies in your browser and start at { $url }
error-sign-on-untrusted = The answer of the identity provider cannot be trusted, so you were not logged in. If it happens again, give this number to an administrator
error-sign-on-clock = The clocks of Matoi and of the identity provider differ. Give this number to an administrator and ask to have the time set right
error-sign-on-claims = The identity provider does not say what an account needs (login, groups) in a form that can be used. Give this number to an administrator
error-sign-on-disabled = This account is disabled. Ask an administrator
error-sign-on-taken = There is an account with this login or mail address already. If it is yours, log in with its password and connect it on the page of your account, or start with your invitation. If you can do neither, ask an administrator
error-sign-on-unknown = You have no account in Matoi. Ask an administrator for an invitation
error-sign-on-no-role = You have no role in Matoi. Ask an administrator to put you into a group that has one
error-sign-on-connected = It is connected to another account of Matoi. Use that one, or ask an administrator to disconnect it
error-second-factor-code = The code is wrong or too old
error-second-factor-not-begun = No second factor is being set up
error-second-factor-exists = A second factor is already set up
error-service-account-password = A service account has no password
error-account-kind = The kind of an account cannot be changed
error-account-disabled = The account is disabled
error-last-administrator = Nobody would be left to manage accounts. Give the right to somebody else first
error-unknown-role = There is no role "{ $value }"
error-unknown-unit = There is no such unit
error-grant-twice = The same role is given twice
error-role-id = A role's identifier is 2 to 40 lower-case letters, digits and _
error-role-exists = There is a role with this identifier
error-role-more-than-own = You cannot give permissions you do not have
error-clearance-red = TLP:RED is opened by naming people on a case, not by role
error-token-days = Between 1 and 366 days
error-token-scope = The account does not have the permission "{ $value }"
error-not-set-up = Matoi is not set up yet. Open the set-up link that was printed when the server started
error-too-many-files = At most { $max } files
error-upload-broken = The upload broke off. Please try again
error-idempotency-key = An Idempotency-Key has 1 to 255 characters
error-idempotency-other = This Idempotency-Key was used for another request. Choose a new one
error-one-of = One of: { $allowed }
error-time = A time needs an offset, like 2026-11-20T03:12:00+09:00
error-person-filter = Say me, none, or the identifier of an account
error-one-file = Exactly one file
error-choose = Choose one of the list
error-time-field = This is no date and time. Like 2026-11-20 03:12
error-future = This lies in the future. Up to { $minutes } minutes ahead are accepted
error-future-hours = This lies in the future. Up to { $hours } hours ahead are accepted
error-unknown-account = There is no such account, or it is disabled
error-unknown-case = There is no case with this number
error-unknown-category = There is no such category
error-unknown-class = Choose the class of the incident
error-unknown-phase = There is no such phase
error-phase-order = This phase cannot follow the present one
error-condition = { $text }
error-close-is-its-own = Closing is an operation of its own
error-override-reason = Say why you decide differently from the criteria
error-case-open = This case is not closed
error-case-not-open = This case is not open
error-case-merged = This case was merged. Work on the one it became part of
error-case-not-merged = This case is not merged
error-merge-target = The other one must be an open case of the same kind
error-link-itself = A case cannot be linked with itself
error-link-exists = They are linked already
error-link-cycle = Parents and children would form a circle
error-entry-kind = Choose note, status update or phone call
error-entry-not-own = You can correct and take back only what you wrote yourself
error-task-dropped = Say why it is dropped
error-service-id = This is no service of X.1060. Like D-4
error-attachment-deleted = This file was deleted
error-last-member = The last person cannot be removed. Add somebody else first
error-break-glass-reason = Say in 10 characters or more why you need to enter
error-item-acknowledged = Somebody else has acknowledged it already
error-item-triaged = It is triaged already
error-item-not-triaged = It is not triaged yet
error-item-open = It is still open
error-item-closed = It is closed already
error-report-unanswered = Answer the reporter first
error-alert-without-verdict = Give a verdict first
error-link = An address must begin with http:// or https://
error-already-set-up = The set-up is done already
