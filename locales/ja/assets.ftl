# 資産：台帳、取り込み、案件の影響資産、診断
asset = 資産
assets = 資産
asset-name = 名称
asset-kind = 種類
asset-importance = 重要度
asset-owner = 責任者
asset-unit = 部署
asset-identifiers = 識別子
asset-note = 備考
asset-state = 状態
asset-state-in-use = 使用中
asset-state-retired = 廃止
asset-kind-server = サーバー
asset-kind-client = 端末
asset-kind-network-device = ネットワーク機器
asset-kind-application = 業務システム
asset-kind-service = サービス
asset-kind-data = 情報・データ
asset-kind-account = アカウント
asset-kind-facility = 施設・回線
asset-kind-ot-device = 制御機器
asset-kind-cloud = クラウド
asset-kind-other = その他
asset-condition = 影響
asset-condition-suspected = 影響の疑い
asset-condition-affected = 影響あり
asset-condition-contained = 隔離・停止中
asset-condition-recovered = 復旧済み
asset-condition-unaffected = 影響なし
timeline-asset-added = 影響資産「{ $name }」を追加（{ $condition ->
    [suspected] 影響の疑い
    [affected] 影響あり
    [contained] 隔離・停止中
    [recovered] 復旧済み
   *[unaffected] 影響なし
  }）
timeline-asset-condition = 資産「{ $name }」を「{ $from ->
    [suspected] 影響の疑い
    [affected] 影響あり
    [contained] 隔離・停止中
    [recovered] 復旧済み
   *[unaffected] 影響なし
  }」から「{ $to ->
    [suspected] 影響の疑い
    [affected] 影響あり
    [contained] 隔離・停止中
    [recovered] 復旧済み
   *[unaffected] 影響なし
  }」へ
timeline-asset-note = 資産「{ $name }」の備考を「{ $note }」に
timeline-asset-removed = 資産「{ $name }」を案件から外した
error-asset-ambiguous = 当てはまる資産がいくつかあります：{ $names }。名称で指定してください
error-asset-exists = 「{ $name }」という資産は登録済みです
error-asset-export = 一度に書き出せるのは{ $max }件までです。絞り込んでください
error-asset-identifier = 「{ $value }」は識別子として読めません。ホスト名、IPアドレス、ドメイン、メールアドレスのどれかにしてください
error-asset-in-use = この資産は使用中です
error-asset-noted = 「{ $name }」はこの案件に記録済みです
error-asset-one-way = 資産は、識別子、名称、新規登録のどれか一つで指定してください
error-asset-retired = この資産は廃止されています
error-unknown-asset = 「{ $name }」に当たる資産はありません
error-csv-changed = 確認した後に台帳が変わりました。もう一度内容を確かめてください
error-csv-characters = { $line }行目を文字として読めません。UTF-8、UTF-16、Shift_JIS（CP932）のCSVファイルを選んでください
error-csv-column-twice = 列「{ $column }」が2つあります。1つにしてください
error-csv-empty = ファイルに行がありません
error-csv-no-name = 1行目に見出し「名称」（name）の列がありません
error-csv-owner = 「{ $value }」という人はいません。ログイン名か氏名を書いてください
error-csv-unit = 「{ $value }」という部署はありません
error-csv-several = 「{ $value }」に当たるものがいくつかあります
error-csv-rows = 一度に取り込めるのは{ $max }行までです。ファイルを分けてください
error-csv-twice = { $line }行目と同じ名称です
error-csv-word = 「{ $value }」は使えません。書き出したファイルの言葉を使ってください
