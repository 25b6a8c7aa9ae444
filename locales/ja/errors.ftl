# エラー：何が起き、どうすればよいか
error-page-request = お問い合わせの際はこの番号をお伝えください: { $id }
error-page-home = 現況へ戻る
problem-invalid = 入力内容を確認してください
problem-invalid-detail = { $count }か所に誤りがあります。
problem-not-found = ページが見つかりません
problem-not-found-detail = 存在しないか、閲覧する権限がありません。アドレスを確かめるか、検索してください。
problem-unauthenticated = ログインが必要です
problem-unauthenticated-detail = ログインするか、有効なAPIトークンを指定してください。
problem-forbidden = 権限がありません
problem-forbidden-detail = この操作には権限「{ $action }」が必要です。必要な場合は管理者に依頼してください。
problem-rule = いまはこの操作ができません
problem-rules = いまはこの操作ができません
problem-rules-detail = 満たされていない条件が{ $count }件あります。
problem-exists = すでに使われています
problem-stale = ほかの人が先に変更しました
problem-stale-detail = 最新の内容を読み込み、自分の変更を重ねてから、もう一度保存してください。入力した内容は残っています。
problem-version-needed = 版の指定が必要です
problem-version-needed-detail = 読み込んだときのETagをIf-Matchヘッダーに指定してください。
problem-too-large = データが大きすぎます
problem-too-large-detail = 受け付けられるのは{ $limit }MBまでです。ファイルを分けるか、CSIRTに別の渡し方を相談してください。
problem-too-many = 試行回数が多すぎます
problem-too-many-detail = { $seconds }秒待ってから、もう一度お試しください。
problem-unavailable = 一時的に利用できません
problem-unavailable-detail = 混み合っているか、必要な機能が停止しています。数秒待ってから、もう一度お試しください。
problem-internal = プログラムの不具合です
problem-internal-detail = 処理は行われていません。番号を添えて管理者に知らせてください。
error-required = 入力してください
error-one-line = 1行で入力してください
error-too-long = { $max }文字以内で入力してください
error-control-character = 使えない制御文字が含まれています
error-too-many = 指定できるのは{ $max }件までです
error-mail-address = メールアドレスの形ではありません。例 yamada@minatono.example
error-zone = タイムゾーンの名前ではありません。例 Asia/Tokyo
error-domain = 「{ $value }」はドメイン名ではありません。例 minatono.example
error-network = 「{ $value }」はIPアドレスでも範囲でもありません。例 203.0.113.0/24
error-month = 1から12の月を指定してください
error-cursor = ページの位置が正しくありません。最初のページから読み直してください
error-limit = 件数は1から{ $max }の間で指定してください
error-foreign-site = ほかのサイトからの操作は受け付けません。Matoiのページから操作してください
error-method = このアドレスではその操作は使えません
error-not-json = Content-Type: application/json で送ってください
error-json-field = 値が正しくありません（{ $problem }）
error-json-missing = 項目「{ $field }」がありません
error-json-unknown = 「{ $field }」という項目はありません。使えるのは次の項目です: { $allowed }
error-json-no-fields = 「{ $field }」という項目はありません。ここに項目は指定できません
error-json-type = { $expected ->
    [text] 文字列（引用符で囲む）
    [integer] 整数
    [number] 数値
    [flag] trueかfalse
    [list] 配列（[ ]で囲む）
    [object] オブジェクト（{"{"} {"}"}で囲む）
    [null] null
   *[other] 別の種類の値
  }を指定してください。{ $found ->
    [text] 文字列
    [integer] 整数
    [number] 数値
    [flag] 真偽値
    [list] 配列
    [object] オブジェクト
   *[null] null
  }が指定されています
error-json-expected = { $expected ->
    [text] 文字列を指定してください
    [integer] 整数を指定してください
    [number] 数値を指定してください
    [flag] trueかfalseを指定してください
    [list] 配列の要素の数が違います
    [object] オブジェクトを指定してください
    [null] nullを指定してください
   *[other] 別の種類の値を指定してください
  }
error-json-once = 指定できる値は1つだけです
error-json-range = { $min }から{ $max }の整数を指定してください
error-json-choice = 「{ $value }」は使えません。次のいずれかを指定してください: { $allowed }
error-json-id = 識別子は小文字36文字のUUIDで指定してください
error-json-action = 「{ $value }」という権限はありません
error-json-syntax = JSONとして読めません（{ $line }行{ $column }文字目: { $problem ->
    [end] 途中で終わっています
    [value] 値がないか、文字列が引用符で囲まれていません
    [colon] コロンがありません
    [comma] コンマか閉じ括弧がありません
    [trailing-comma] 余分なコンマがあります
    [key] 二重引用符で囲んだ項目名が必要です
    [text] \ のあとの文字が正しくありません
    [control] 文字列の中に改行か制御文字があります。改行は \n と書いてください
    [number] 数値の書き方が正しくありません
    [depth] 入れ子が深すぎます
    [trailing] JSONのあとに余分な文字があります
   *[other] UTF-8ではないか、JSONではありません
  }）
error-form = フォームの内容がUTF-8ではありません
error-link-dead = このリンクは使用済みか、期限が切れています。管理者に新しいリンクを依頼してください
error-password-short = { $min }文字以上にしてください。長い文でもかまいません
error-password-long = { $max }文字以内にしてください
error-password-pattern = 繰り返しや並び順だけのパスワードは使えません
error-password-common = よく使われるパスワードは推測されます。別のものにしてください
error-password-own = 氏名、ログイン名、組織名から作ったパスワードは推測されます。別のものにしてください
error-password-wrong = いまのパスワードが違います
error-login = ログイン名は2から64文字の文字、数字、. _ - @ で指定してください
error-login-exists = このログイン名はすでに使われています
error-login-failed = ログイン名かパスワードが違います
error-login-failed-sign-on = ログイン名かパスワードが違います。パスワードでログインできるのは非常用アカウントだけです。ほかの人はシングルサインオンを使ってください
error-sign-on-denied = IDプロバイダーでの操作が取り消されたか、Matoiの利用が許可されていません。やり直しても同じ場合は、IDプロバイダーの管理者に利用の許可を依頼してください
error-sign-on-unreachable = IDプロバイダーから正しい応答がありません。数分待ってから、やり直してください。続く場合は、次の番号を添えて管理者に知らせてください
error-sign-on-lost = ログインの途中の情報がないか、10分を過ぎました。ログイン画面からやり直してください。繰り返す場合は、ブラウザーでCookieを許可し、{ $url } から始めてください
error-sign-on-untrusted = IDプロバイダーの応答を信頼できないため、ログインを中止しました。やり直しても続く場合は、次の番号を添えて管理者に知らせてください
error-sign-on-clock = MatoiとIDプロバイダーの時計がずれています。次の番号を添えて、サーバーの時刻合わせを管理者に依頼してください
error-sign-on-claims = アカウントに必要な情報（ログイン名やグループ）が、IDプロバイダーから正しく届きません。次の番号を添えて管理者に知らせてください
error-sign-on-disabled = このアカウントは停止中です。管理者に相談してください
error-sign-on-taken = 同じログイン名かメールアドレスのアカウントがすでにあります。自分のアカウントなら、パスワードでログインして自分のアカウントの画面で接続するか、招待リンクから始めてください。どちらもできない場合は管理者に依頼してください
error-sign-on-unknown = Matoiにアカウントがありません。管理者に招待を依頼してください
error-sign-on-no-role = Matoiで使える役割がありません。役割のあるグループに加えるよう、管理者に依頼してください
error-sign-on-connected = ほかのMatoiアカウントに接続されています。そのアカウントを使うか、管理者に接続の解除を依頼してください
error-second-factor-code = コードが違うか、期限が切れています
error-second-factor-not-begun = 二要素認証の設定が始まっていません
error-second-factor-exists = 二要素認証はすでに設定されています
error-service-account-password = サービスアカウントにパスワードはありません
error-account-kind = アカウントの種類は変更できません
error-account-disabled = 停止中のアカウントです
error-last-administrator = アカウントを管理できる人がいなくなります。先に別の人へ権限を渡してください
error-unknown-role = 役割「{ $value }」はありません
error-unknown-unit = その組織単位はありません
error-grant-twice = 同じ役割が2回指定されています
error-role-id = 役割の識別子は英小文字、数字、_ で2から40文字です
error-role-exists = この識別子の役割はすでにあります
error-role-more-than-own = 自分にない権限は与えられません
error-clearance-red = TLP:REDは役割ではなく、案件ごとに名前を挙げて開示します
error-token-days = 有効期間は1から366日です
error-token-scope = このアカウントには権限「{ $value }」がありません
error-not-set-up = まだ初期設定が済んでいません。サーバーの起動時に表示された設定用リンクを開いてください
error-too-many-files = ファイルは{ $max }個までです
error-upload-broken = ファイルの送信が途中で切れました。もう一度お試しください
error-idempotency-key = Idempotency-Keyは1から255文字で指定してください
error-idempotency-other = このIdempotency-Keyは別の内容の要求で使われています。新しいキーを指定してください
error-one-of = 次のいずれかを指定してください: { $allowed }
error-time = 日時はオフセット付きで指定してください。例 2026-11-20T03:12:00+09:00
error-person-filter = me、none、またはアカウントの識別子を指定してください
error-one-file = ファイルを1つだけ指定してください
error-choose = 一覧から選んでください
error-time-field = 日時として読めません。例 2026-11-20 03:12
error-future = 未来の時刻は指定できません。指定できるのは{ $minutes }分先までです
error-future-hours = 未来の時刻は指定できません。指定できるのは{ $hours }時間先までです
error-unknown-account = そのアカウントはないか、停止しています
error-unknown-case = その番号の案件はありません
error-unknown-category = その分類はありません
error-unknown-class = インシデントの分類を選んでください
error-unknown-phase = その段階はありません
error-phase-order = いまの段階からその段階へは進めません
error-condition = { $text }
error-close-is-its-own = 完了は「完了する」操作で行ってください
error-override-reason = 基準と異なる判断をする理由を書いてください
error-case-open = この案件は完了していません
error-case-not-open = この案件は対応中ではありません
error-case-merged = この案件は統合されています。統合先で操作してください
error-case-not-merged = この案件は統合されていません
error-merge-target = 統合先には、対応中で同じ種別の別の案件を指定してください
error-link-itself = 同じ案件どうしは関連づけられません
error-link-exists = すでに関連づけられています
error-link-cycle = 親子の関係が輪になります
error-entry-kind = メモ、状況報告、電話のいずれかを選んでください
error-entry-not-own = 自分が書いた記録だけを訂正、取り下げできます
error-task-dropped = 取りやめる理由を書いてください
error-service-id = X.1060のサービスではありません。例 D-4
error-attachment-deleted = この添付は削除されています
error-last-member = 最後の1人は外せません。先に別の人を追加してください
error-break-glass-reason = 緊急に閲覧する理由を10文字以上で書いてください
error-item-acknowledged = すでにほかの人が受け付けています
error-item-triaged = すでにトリアージされています
error-item-not-triaged = まだトリアージされていません
error-item-open = まだ対応中です
error-item-closed = すでに終了しています
error-report-unanswered = 報告者に回答してから終了してください
error-alert-without-verdict = 判定を付けてから終了してください
error-link = http:// または https:// で始まるアドレスを指定してください
error-already-set-up = すでに初期設定が済んでいます
