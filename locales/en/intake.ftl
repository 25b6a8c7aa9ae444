# Intake: the doors through which other programs and mail come in
error-too-many-alerts = At most { $max } alerts in one request. Send them in several
error-mapping-nothing = The mapping "{ $mapping }" finds nothing for "{ $field }". Correct the mapping or what is sent
error-mapping-no-object = The mapping "{ $mapping }" expects an object here
error-mapping-no-alerts = The mapping "{ $mapping }" finds no alerts where it looks for them
remark-severity-unknown = The severity stands in no row of the table. Medium, or what the mapping says otherwise, was taken
remark-tlp-unknown = The TLP label stands in no row of the table. The organisation's default was taken
remark-time-unreadable = "{ $value }" cannot be read as a time. The alert has no time of its own
remark-no-source-ref = The sender gives no reference. The content identifies the alert
remark-no-identity = Neither reference nor time is given. Sent again, this becomes another alert
