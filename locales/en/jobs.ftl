# Background work
error-job-state = This cannot be done to a job in this state
