# アカウント、役割、トークンの管理
error-account-not-disabled = 停止中のアカウントではありません
error-account-not-invited = すでに利用を始めています。パスワードの再設定を使ってください
