# Administration of accounts, roles, tokens
error-account-not-disabled = The account is not disabled
error-account-not-invited = They have come already. Use the password reset
