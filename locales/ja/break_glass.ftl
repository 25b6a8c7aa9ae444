# 緊急閲覧：見る権利のない案件を、理由を残して開く
break-glass-title = 緊急閲覧
break-glass-lead = 担当者に連絡がつかず、待つと被害が広がるときに限り、見る権利のない案件を番号で開けます。
break-glass-what = 開くと起きること
break-glass-owner = 案件の時系列の先頭に、あなたの名前と理由が固定されます。案件の責任者に必ず伝わります。
break-glass-member = あなたは「緊急閲覧」の印つきで案件の閲覧者に加わります。責任者はいつでも外せます。
break-glass-logged = 監査ログに残り、消せません。
break-glass-number = 案件の番号
break-glass-number-hint = 例 INC-2026-0142
break-glass-reason = 理由
break-glass-reason-hint = 10文字以上。誰に連絡し、なぜ待てないのかを書きます
break-glass-do = 理由を残して開く
notice-glass-broken = 緊急閲覧で開きました。理由は時系列の先頭にあります。
