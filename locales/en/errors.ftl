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
error-too-many = Too many entries
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
error-json-syntax = Not readable as JSON (line { $line }, column { $column }: { $problem })
error-json-trailing = Something follows the JSON
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
