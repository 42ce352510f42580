"""The pages that the search box finds by what one does there. Who may open a page, its own view says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Place:
    """A page, what it is called, and other words for what is done there. `of_district`: one for each district."""

    endpoint: str
    title: str
    words: str = ""
    of_district: bool = False


PAGES: Final = (
    Place("home", "はじめのページ", "ホーム トップ 今日 待っているもの 仕事"),
    Place("calendar", "カレンダー", "予定 日程 月 こよみ 届きすぎる"),
    Place("help", "使い方", "ヘルプ 説明 手引き マニュアル 分からない 困った"),
    Place("announcements", "お知らせの一覧", "承認を待つ 承認待ち 下書き 送ったもの 送れなかった 届かない 配信 通知"),
    Place("announcements_new", "お知らせを書く", "新しい 作る 送る 配信 投稿"),
    Place("approval", "承認の決まり", "2人目 待つ時間 送る前の時間 設定"),
    Place("announcements_emergencies", "承認なしで送ったもの", "緊急 急ぎ 災害"),
    Place("schedule", "予定とくり返し", "くり返す 定期 1週間に送る数 上限 止める"),
    Place("budget", "今月の通数", "残り 上限 数 料金 予備 メッセージ数"),
    Place("weather", "気象警報", "大雨 台風 警報 注意報 自動"),
    Place("activities", "行事", "イベント 活動 中止 順延 雨 申し込み 参加人数 催し"),
    Place("activities_new", "行事を加える", "新しい イベント 活動 作る 登録"),
    Place("circulars", "回覧", "号 発行日 締切 回覧板 記事を入れる"),
    Place("circulars_rule", "回覧の発行日を決める", "回覧板 締切 曜日", of_district=True),
    Place("associations", "部数表と町内会・区", "部数 回覧の数 配布 町内会長 区長 組長 コード 班", of_district=True),
    Place("slips", "連絡票", "組長 区長 班長 確認しました 返事"),
    Place("slips_new", "連絡票を送る", "新しい 組長 区長 連絡"),
    Place("round_tables", "円卓会議", "会議 資料 印刷 記録 振り分け 議事録 テーマ"),
    Place("round_tables_new", "円卓会議を開く", "新しい 会議 募集 テーマ 作る"),
    Place("referrals", "回ってきた声", "返事 回答 担当課 対応 期限"),
    Place("statements", "みんなの声", "確認 モデレーション 意見 ひとこと 承認 見送る 公開"),
    Place("statements_new", "紙や電話の声を入れる", "入力 代わりに 窓口 声"),
    Place("statements_settings", "声の受付の決まり", "確認の約束 時間 担当 設定"),
    Place("statements_elections", "選挙の期間", "選挙 休む 止める"),
    Place("statements_log", "声の確認の記録", "見送った理由 まとめた 履歴 CSV"),
    Place("polls", "アンケート", "結果 集計 締切 投票 書き出す CSV Excel 去年 紙の回答"),
    Place("questions", "答えられなかった質問", "質問 未回答 記事にする よく聞かれる"),
    Place("inquiries", "相談・提案", "問い合わせ 受付番号 回答 苦情 要望"),
    Place("entries", "記事", "よくある質問 FAQ 答え 知識 下書き 探す"),
    Place("entries_new", "記事を書く", "新しい よくある質問 FAQ 答え 作る"),
    Place("entries_scores", "住民の評価", "見つけやすかった 分かりやすかった 点 参考になった"),
    Place("imports", "データの取り込み", "オープンデータ CSV Excel 自治体標準 アドレス"),
    Place("districts", "地区", "連絡先を直す・変える まちづくりセンター 電話番号 地区の名前 合併"),
    Place("organisations", "団体", "町内会 部会 学校 警察 交番 社会福祉協議会 社協 PTA 消防 連絡先 サークル 会"),
    Place("organisations_new", "団体を加える", "新しい 町内会 部会 学校 社協 サークル 登録 連絡先"),
    Place("residents", "登録している人数", "友だち 住民 人数 受け取る人"),
    Place("handover", "引継ぎ", "任期 交代 次の人 役割の終わり"),
    Place("staff", "職員・役員", "人 招待 加える アカウント 役割 権限 辞める パスワード"),
    Place("staff_new", "職員・役員を招く", "招待 新しい人 加える アカウント 仲間"),
    Place("health", "動きの確認", "故障 止まっている 届かない エラー トークン 異常 状態"),
    Place("audit", "操作の記録", "監査 履歴 だれが いつ ログ"),
    Place("line", "自分のLINEとつなぐ", "スマートフォン 電話で承認 コード 連携"),
)
