# 体制：運営、基準、管理への入口と、共通の言葉
centre-crumbs = 現在地
list-filter = 絞り込み
list-filter-do = 絞り込む
list-filter-clear = 条件を消す
list-all = すべて
copy-do = コピーする
copy-done = コピーしました
