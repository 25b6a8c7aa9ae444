# Break-glass: opening a case one may not see, leaving the reason
break-glass-title = Break glass
break-glass-lead = Only when those who work on a case cannot be reached and waiting would do harm: open it by its number.
break-glass-what = What happens
break-glass-owner = Your name and reason are pinned at the head of the case's timeline. Its owner cannot miss them.
break-glass-member = You are put on the list of those who see the case, marked as having broken the glass. Its owner can take you off at any time.
break-glass-logged = It stays on the audit log for good.
break-glass-number = Number of the case
break-glass-number-hint = For example INC-2026-0142
break-glass-reason = Reason
break-glass-reason-hint = At least 10 characters: whom you tried to reach, and why it cannot wait
break-glass-do = Leave the reason and open
notice-glass-broken = Opened by breaking the glass. Your reason is at the head of the timeline.
