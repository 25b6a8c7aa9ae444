# Errors of conditions, facts and decision tables (the keys of matoi-condition)
condition-empty = the condition is empty
condition-too-long = the condition is longer than { $limit } bytes: split it
condition-too-deep = the condition is nested deeper than { $limit } levels: split it
condition-unexpected-character = unexpected character "{ $character }"
condition-wrong-spelling = write "{ $expected }" instead of "{ $found }"
condition-unclosed-text = the closing quote of this text is missing
condition-control-character = a text in quotes cannot hold line breaks or control characters
condition-bad-escape = in quotes, "\" may only stand before a quote or another "\"
condition-bad-literal = "{ $found }" is neither a number nor a duration nor a date-time
condition-missing-condition = a condition is missing here
condition-missing-value = a value is missing here
condition-missing-list = a list in square brackets is missing here
condition-unclosed-list = expected "," or "]" in this list
condition-unclosed-parenthesis = the closing parenthesis is missing
condition-extra-parenthesis = this closing parenthesis has no opening one
condition-missing-parenthesis = write { $word }(fact), with the fact in parentheses
condition-missing-fact = the name of one fact belongs here
condition-missing-connective = expected "and" or "or" here
condition-mixed-connectives = "and" and "or" stand side by side: put parentheses around what belongs together
condition-chained-comparison = compare one fact with one value, and join comparisons with "and"
condition-value-on-left = write the fact first, then the sign, then the value
condition-thousands-separator = write numbers without a thousands separator
condition-unknown-fact = unknown fact "{ $fact }"
condition-unknown-fact-similar = unknown fact "{ $fact }": did you mean "{ $similar }"?
condition-unknown-function = "{ $name }" is no function: there are only known(fact) and unknown(fact)
condition-fact-as-value = "{ $fact }" is a fact: a fact can only be compared with a value
condition-unknown-as-value = "{ $found }" is no value: to ask whether nobody knows, write unknown({ $fact })
condition-unquoted-text = put "{ $found }" in double quotes
condition-unknown-step = "{ $step }" is not a step of "{ $fact }": expected one of { $allowed }
condition-wrong-type = "{ $fact }" is compared with { $expected ->
    [boolean] true or false
    [number] a number, like 1000 or 7.5
    [duration] a duration without quotes and spaces, like 90s, 30min, 24h or 7d
    [date-time] a date-time without quotes, like 2026-11-20T09:00:00+09:00
    [choice] one of its steps
    [choices] one of its steps
   *[text] a text in double quotes
  }
condition-not-boolean = "{ $fact }" is { $type ->
    [number] a number
    [duration] a duration
    [date-time] a date-time
    [choice] one of several steps
    [choices] a set of steps
    [texts] a set of texts
   *[text] a text
  }: compare it with a value
condition-not-ordered = "{ $fact }" has no order: use ==, != or in
condition-wrong-operator = "{ $operator }" does not suit "{ $fact }", which is { $type ->
    [boolean] true or false
    [number] a number
    [duration] a duration
    [date-time] a date-time
    [choice] one of several steps
    [choices] a set of steps
    [texts] a set of texts
   *[text] a text
  }
condition-number-out-of-range = outside the range of "{ $fact }" ({ $min } to { $max })
condition-number-not-whole = "{ $fact }" only takes whole numbers
condition-empty-text = every text contains the empty text: write what is looked for
condition-empty-list = the list is empty
condition-duplicate-value = { $value } stands twice in this list
fact-unknown = the criteria have no such fact
fact-wrong-type = not the right kind of value: expected { $expected ->
    [boolean] true or false
    [number] a number
    [duration] a duration
    [date-time] a date-time
    [choice] one of several steps
    [choices] a set of steps
    [texts] a set of texts
   *[text] a text
  }
fact-unknown-step = "{ $step }" is not one of { $allowed }
fact-out-of-range = outside the declared range
vocabulary-bad-name = the name of a fact is words of lower-case letters, digits and _ joined by dots, each beginning with a letter
vocabulary-reserved-name = a reserved word cannot name a fact
vocabulary-duplicate-fact = two facts have this name
vocabulary-no-steps = there are no steps
vocabulary-too-many-steps = at most { $limit } steps
vocabulary-bad-step = "{ $step }" cannot be a step
vocabulary-duplicate-step = the step "{ $step }" stands twice
vocabulary-empty-range = the least value is greater than the greatest
table-empty-id = the row has no id
table-duplicate-id = the id stands twice
table-too-many-rows = a table has at most { $limit } rows
table-never-matches = row "{ $row }" can never match
table-unreachable = row "{ $row }" can never apply: other rows always win over it
table-unreachable-covered = row "{ $row }" can never apply: row "{ $covering }" always wins over it
table-only-provisional = row "{ $row }" can only apply while facts are unknown
table-gap = no row matches this situation: { $example }
table-unfinished = too many combinations: these rows were checked only in part: { $rows }
table-test-passed = as expected
table-test-bad-facts = the facts of the example do not fit the criteria
table-test-no-such-row = the table has no row "{ $expected }"
table-test-wrong-row = expected row "{ $expected }", found row "{ $found }" ({ $certainty }); facts to ask for: { $ask }
table-test-wrong-certainty = the row is right, but it is { $found }, not { $expected }; facts to ask for: { $ask }
