# Command line
cli-made = Made an installation: data in { $place }, master key in { $key }. Back up the key apart from the data.
cli-recovery-key = Recovery key (shown this once; write it down and keep it in a safe place):
cli-new-recovery-key = New recovery key (shown this once; the former one stops working):
cli-setup-link = Set up Matoi here (the link works once, for 72 hours):
cli-ready = Matoi is ready at { $url }
cli-stopping = Stopping; waiting for requests under way ({ $wait } at most)
cli-stopped = Stopped
cli-invitation = Invitation link (shown this once, works for 72 hours): { $link }
cli-password-link = Link for a new password (shown this once, works for 72 hours): { $link }
cli-demo-sets-up = Setting up the sample organisation …
cli-demo-takes-in = Taking in mails, alerts and reports …
cli-demo-handles = Handling the incident …
cli-demo-done = { $mails } mails, { $alerts } alerts and { $forms } forms came in; the incident was handled in { $acts } acts.
cli-demo-sign-in = Sign in at { $url } with any of these names and the password { $password }
