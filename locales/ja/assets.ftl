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
asset-file = 資産台帳
asset-register = 資産台帳
asset-new = 資産を登録
asset-new-do = 登録する
asset-edit = 資産を編集
asset-export = CSVで書き出す
asset-import = CSVを取り込む
asset-filter-text = 名称・識別子
asset-importance-at-least = 重要度（以上）
asset-unowned = 責任者なし
asset-sort-name = 名称順
asset-sort-importance = 重要度の高い順
asset-sort-updated = 更新が新しい順
asset-updated = 更新
asset-registered = 登録
asset-none = まだ資産は登録されていません。CSVを取り込むか、1件ずつ登録してください。
asset-none-like = 条件に合う資産はありません。
asset-name-hint = 現場で呼んでいる名前。使用中の資産の間で重複しない名前にします
asset-owner-hint = 判断と連絡の相手になる人
asset-unit-hint = 人が決まらなければ部署だけでも
asset-identifiers-hint = ホスト名、IPアドレス、ドメイン、メールアドレスを1行に1つ。アラートや報告に出てきたとき、この資産だと分かります
asset-conflict = 編集中に、ほかの人がこの資産を変更しました。入力した内容は残っています。現在の内容：
asset-cases = 関係する案件
asset-cases-none = 閲覧できる案件の中に、この資産が関係するものはありません。
asset-added-at = 記録
asset-past = 変更履歴
asset-past-create = 登録
asset-past-update = 変更
asset-past-retire = 廃止
asset-past-restore = 使用再開
asset-about = 概要
asset-unowned-note = 責任者も部署も決まっていません。事故のときに誰に連絡すればよいか分かるよう、決めてください。
asset-identifiers-none = 識別子がないので、アラートや報告の観測情報からこの資産を見つけられません。
asset-retire = 廃止
asset-retire-hint = 一覧と候補から外れます。記録は残り、過去の案件からは引き続き参照できます。
asset-retire-reason = 理由（任意）
asset-retire-do = 廃止する
asset-restore = 使用中に戻す
notice-asset-created = 資産を登録しました
notice-asset-saved = 資産を保存しました
notice-asset-retired = 資産を廃止しました
notice-asset-restored = 資産を使用中に戻しました
notice-asset-imported = 取り込みが終わりました
import-file = ファイルの選択
import-file-label = CSVファイル
import-file-hint = UTF-8、UTF-16、Shift_JIS（CP932）のどれでもかまいません。一度に5,000行まで。選んだ後に内容を確かめてから取り込みます
import-look = 内容を確かめる
import-how = 取り込みのきまり
import-how-columns = 1行目は見出しです。名称、種類、重要度、責任者、部署、識別子、備考、状態のうち、名称だけが必須です。並び順は自由で、ほかの列は読み飛ばします。
import-how-name = 同じ名称の使用中の資産があれば変更し、なければ登録します。全角・半角、大文字・小文字は区別しません。
import-how-empty = ファイルにない列は、いまの内容のままにします。空欄は、責任者・部署・識別子・備考を空にします。
import-how-all = 1行でも誤りがあれば、何も取り込みません。取り込みで資産が廃止されることはありません。
import-sample = いまの台帳を書き出して手本にする
import-plan = 取り込む内容の確認
import-create = 登録
import-update = 変更
import-unchanged = 変更なし
import-skipped = 廃止のため対象外
import-wrong = 誤り
import-line = 行
import-step = 処理
import-what = 変わる項目・誤り
import-unknown = 次の列は読み飛ばします：{ $columns }
import-not-right = 誤りのある行があるので、まだ取り込めません。ファイルを直して、もう一度選んでください。
import-nothing = 台帳と同じ内容です。取り込むものはありません。
import-apply = この内容で取り込む
import-other = 別のファイルを選ぶ
import-more = 誤り、変更の順に500行まで表示しています。
exposure-affected = 影響を受けている資産
exposure-critical = 最重要の資産
exposure-unowned = 責任者なし
exposure-in-use = 使用中の資産
exposure-unit = 件
exposure-now = 対応中の案件の影響を受けている資産
exposure-now-none = 対応中の案件の影響を受けている資産はありません。
exposure-case = 案件
exposure-kinds = 種類と重要度
exposure-sum = 計
affected-title = 影響資産
affected-none = 影響を受ける資産はまだ記録されていません。
affected-add = 影響資産を追加
affected-add-do = 追加する
affected-name = 資産の名称か識別子
affected-name-hint = 台帳の名称、ホスト名、IPアドレスなど。入力すると候補が出ます
affected-note = この案件での状況
affected-near = 近い資産
affected-by-name = 上に入力した名称で探す
affected-new = 台帳にない資産を登録して追加
affected-new-do = 登録して追加する
affected-identifiers-hint = 空白で区切って入力
affected-change = 変更
affected-remove = 外す
affected-suggested = この案件の観測情報に当てはまる資産
affected-take = 追加する
notice-affected-added = 影響資産を追加しました
notice-affected-saved = 影響を更新しました
notice-affected-removed = 影響資産を外しました
