# コマンドライン
cli-made = インストールを作成しました。データは { $place }、マスターキーは { $key } にあります。キーはデータと別にバックアップしてください。
cli-recovery-key = 回復キー（表示は今回だけです。書き留めて、安全な場所に保管してください）:
cli-new-recovery-key = 新しい回復キー（表示は今回だけです。以前の回復キーは使えなくなります）:
cli-setup-link = 初期設定はこちらから（リンクは一度だけ、72時間使えます）:
cli-ready = Matoiの準備ができました: { $url }
cli-stopping = 停止しています。処理中の要求を待っています（最長{ $wait }）
cli-stopped = 停止しました
cli-invitation = 招待リンク（表示は今回だけ、72時間使えます）: { $link }
cli-password-link = パスワード再設定リンク（表示は今回だけ、72時間使えます）: { $link }
cli-demo-sets-up = 見本の組織を設定しています…
cli-demo-takes-in = メール、アラート、報告を受け付けています…
cli-demo-handles = インシデントに対応しています…
cli-demo-done = メール{ $mails }通、アラート{ $alerts }件、フォームからの報告{ $forms }件を受け付けました。インシデント対応は{ $acts }手です。
cli-demo-sign-in = { $url } に、上のログイン名とパスワード { $password } でログインできます
