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
