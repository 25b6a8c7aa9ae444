# 条件式、事実項目、判定表の誤り（matoi-conditionのキー）
condition-empty = 条件が空です
condition-too-long = 条件が{ $limit }バイトを超えています。分けてください
condition-too-deep = 入れ子が{ $limit }段を超えています。分けてください
condition-unexpected-character = ここに「{ $character }」は書けません
condition-wrong-spelling = 「{ $found }」ではなく「{ $expected }」と書きます
condition-unclosed-text = 文字列を閉じる引用符がありません
condition-control-character = 引用符の中に改行や制御文字は書けません
condition-bad-escape = 引用符の中の「\」は、引用符か「\」の前にだけ書けます
condition-bad-literal = 「{ $found }」は数、時間の長さ、日時のどれとしても読めません
condition-missing-condition = ここに条件が必要です
condition-missing-value = ここに値が必要です
condition-missing-list = ここに角括弧の一覧が必要です
condition-unclosed-list = 一覧の区切りは「,」、終わりは「]」です
condition-unclosed-parenthesis = 閉じ括弧がありません
condition-extra-parenthesis = 対応する開き括弧がありません
condition-missing-parenthesis = { $word }(事実項目) のように、括弧で囲んで書きます
condition-missing-fact = ここには事実項目の名前を1つ書きます
condition-missing-connective = ここには and か or が必要です
condition-mixed-connectives = and と or が並んでいます。まとまりを括弧で囲んでください
condition-chained-comparison = 1つの事実項目を1つの値と比べ、比較どうしは and でつなぎます
condition-value-on-left = 事実項目、記号、値の順に書きます
condition-thousands-separator = 数に桁区切りは使えません
condition-unknown-fact = 事実項目「{ $fact }」はありません
condition-unknown-fact-similar = 事実項目「{ $fact }」はありません。「{ $similar }」の誤りではありませんか
condition-unknown-function = 「{ $name }」という関数はありません。使えるのは known(事実項目) と unknown(事実項目) だけです
condition-fact-as-value = 「{ $fact }」は事実項目です。事実項目どうしは比べられません
condition-unknown-as-value = 「{ $found }」は値ではありません。不明かどうかは unknown({ $fact }) で問います
condition-unquoted-text = 「{ $found }」を二重引用符で囲んでください
condition-unknown-step = 「{ $step }」は「{ $fact }」の選択肢にありません。選択肢: { $allowed }
condition-wrong-type = 「{ $fact }」と比べられるのは{ $expected ->
    [boolean] true か false
    [number] 数（例 1000、7.5）
    [duration] 時間の長さ（例 90s、30min、24h、7d。引用符と空白は付けません）
    [date-time] 日時（例 2026-11-20T09:00:00+09:00。引用符は付けません）
    [choice] 選択肢
    [choices] 選択肢
   *[text] 二重引用符で囲んだ文字列
  }です
condition-not-boolean = 「{ $fact }」は{ $type ->
    [number] 数
    [duration] 時間の長さ
    [date-time] 日時
    [choice] 選択肢の1つ
    [choices] 選択肢の集まり
    [texts] 文字列の集まり
   *[text] 文字列
  }です。値と比べてください
condition-not-ordered = 「{ $fact }」に大小の順序はありません。==、!=、in を使ってください
condition-wrong-operator = 「{ $operator }」は「{ $fact }」（{ $type ->
    [boolean] 真偽
    [number] 数
    [duration] 時間の長さ
    [date-time] 日時
    [choice] 選択肢の1つ
    [choices] 選択肢の集まり
    [texts] 文字列の集まり
   *[text] 文字列
  }）には使えません
condition-number-out-of-range = 「{ $fact }」の範囲（{ $min }〜{ $max }）の外です
condition-number-not-whole = 「{ $fact }」は整数だけを取ります
condition-empty-text = 空の文字列はどの文字列にも含まれます。探すものを書いてください
condition-empty-list = 一覧が空です
condition-duplicate-value = 一覧に{ $value }が2回あります
fact-unknown = この項目は基準にありません
fact-wrong-type = 値の形が違います（{ $expected ->
    [boolean] 真偽
    [number] 数
    [duration] 時間の長さ
    [date-time] 日時
    [choice] 選択肢の1つ
    [choices] 選択肢の集まり
    [texts] 文字列の集まり
   *[text] 文字列
  }）
fact-unknown-step = 「{ $step }」は選択肢にありません。選択肢: { $allowed }
fact-out-of-range = 決められた範囲の外です
vocabulary-bad-name = 事実項目の名前は、英小文字で始まる英小文字、数字、_ の語を点でつなぎます
vocabulary-reserved-name = 予約語は事実項目の名前に使えません
vocabulary-duplicate-fact = 同じ名前の事実項目が2つあります
vocabulary-no-steps = 選択肢がありません
vocabulary-too-many-steps = 選択肢は{ $limit }個までです
vocabulary-bad-step = 選択肢「{ $step }」は使えません
vocabulary-duplicate-step = 選択肢「{ $step }」が2回あります
vocabulary-empty-range = 最小値が最大値を超えています
table-empty-id = 行に識別名（id）がありません
table-duplicate-id = 同じ識別名（id）の行が2つあります
table-too-many-rows = 行は{ $limit }行までです
table-never-matches = 行「{ $row }」は、どの場合にも成立しません
table-unreachable = 行「{ $row }」は、必ずほかの行が優先されるため、採用されません
table-unreachable-covered = 行「{ $row }」は、必ず行「{ $covering }」が優先されるため、採用されません
table-only-provisional = 行「{ $row }」は、事実が不明な間だけ採用されます
table-gap = どの行も成立しない場合があります（例 { $example }）
table-unfinished = 組み合わせが多いため、次の行は一部だけを検査しました: { $rows }
table-test-passed = 期待どおり
table-test-bad-facts = 例の事実が基準に合いません
table-test-no-such-row = 期待する行「{ $expected }」がありません
table-test-wrong-row = 「{ $expected }」を期待しましたが、「{ $found }」（{ $certainty ->
    [certain] 確定
    [provisional] 暫定
   *[undecided] 未定
  }）になりました。確認すべき事実: { $ask }
table-test-wrong-certainty = 行は期待どおりですが、{ $expected ->
    [certain] 確定
    [provisional] 暫定
   *[undecided] 未定
  }ではなく{ $found ->
    [certain] 確定
    [provisional] 暫定
   *[undecided] 未定
  }になりました。確認すべき事実: { $ask }
