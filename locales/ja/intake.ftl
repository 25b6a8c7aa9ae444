# 受入: ほかのプログラムとメールの入口
error-too-many-alerts = 1回に送れるアラートは{ $max }件までです。分けて送ってください
error-mapping-nothing = マッピング「{ $mapping }」では「{ $field }」にあたる値が見つかりません。マッピングか、送る内容を直してください
error-mapping-no-object = マッピング「{ $mapping }」は、ここにオブジェクトがあるものとして読みます
error-mapping-no-alerts = マッピング「{ $mapping }」が示す場所に、アラートがありません
remark-severity-unknown = 深刻度が対応表にありません。「中」か、マッピングで決めた値にしました
remark-tlp-unknown = TLPが対応表にありません。組織の既定値にしました
remark-time-unreadable = 「{ $value }」を日時として読めません。発生日時は空です
remark-no-source-ref = 送信元の参照番号がありません。内容で同じアラートかどうかを見分けます
remark-no-identity = 参照番号も日時もありません。もう一度送られると、別のアラートになります
