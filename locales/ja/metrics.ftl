# 数値：件数、対応中、期限、所要時間、検知の判定
error-month-name = 月は「2026-11」のように書いてください
error-month-order = 終わりの月を、始まりの月より後にしてください
error-month-many = 一度に数えられるのは{ $max }か月までです
