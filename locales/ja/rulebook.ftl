# 基準、ライフサイクル、時計（データとして管理するルール）
error-data-file = { $line }行目 { $key }: { $problem }
error-data-file-exists = この内容はすでに第{ $version }版として登録されています
error-data-file-in-force = この版はすでに有効です
error-approve-own = 自分が起案した版は承認できません。ほかの承認者に依頼してください
error-too-large-text = 長すぎます。100万バイト以内にしてください
