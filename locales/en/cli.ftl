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
