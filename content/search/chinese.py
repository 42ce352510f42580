"""Chinese in traditional characters as simplified ones, in which the entries' translations are written.

The characters that a resident's questions need, one for one; others stay as they are and count as unknown words.
"""

from __future__ import annotations

_PAIRS = """
時时 該该 裡里 裏里 幾几 點点 開开 關关 號号 電电 話话 請请 問问 會会 報报 區区 災灾 難难 練练 習习 訓训 學学 兒儿 語语
說说 聽听 讀读 寫写 證证 務务 員员 費费 錢钱 場场 車车 運运 動动 這这 誰谁 為为 麼么 樣样 沒没 無无 來来 進进 過过 還还
邊边 舉举 辦办 參参 與与 節节 慶庆 歡欢 單单 戶户 門门 間间 預预 約约 鄰邻 貓猫 帶带 見见 長长 條条 體体 館馆 廳厅 樓楼
衛卫 護护 醫医 藥药 險险 風风 颱台 雲云 氣气 熱热 燈灯 壞坏 換换 遷迁 離离 組组 織织 協协 議议 補补 貼贴 給给 認认 識识
親亲 愛爱 買买 賣卖 東东 東东 樂乐 業业 個个 們们 現现 著着 麗丽 傳传 價价 億亿 優优 內内 冊册 剛刚 劃划 動动 勞劳 勢势
匯汇 單单 嗎吗 圖图 園园 團团 國国 圍围 塊块 壓压 夠够 夢梦 奪夺 婦妇 媽妈 孫孙 寶宝 實实 對对 導导 將将 專专 尋寻 屬属
層层 師师 帳帐 幫帮 應应 廣广 張张 強强 從从 復复 總总 戀恋 憂忧 懷怀 應应 戰战 擔担 擇择 擊击 擠挤 據据 擴扩 攝摄 數数
斷断 於于 暫暂 機机 權权 歲岁 歷历 殘残 殺杀 氾泛 決决 況况 洩泄 淚泪 淨净 減减 測测 湯汤 溫温 滅灭 滿满 漲涨 漢汉 潔洁
濕湿 灣湾 燒烧 營营 爭争 爺爷 爾尔 獨独 獎奖 環环 產产 畢毕 畫画 異异 當当 癥症 發发 盡尽 監监 盤盘 瞭了 礙碍 禮礼 種种
積积 稱称 穩稳 窩窝 競竞 筆笔 範范 簡简 簽签 糧粮 紅红 約约 級级 紙纸 細细 終终 結结 絕绝 統统 經经 綠绿 維维 網网 緊紧
線线 編编 緩缓 縣县 縮缩 績绩 繁繁 繳缴 繼继 續续 罰罚 羅罗 職职 聯联 聲声 脫脱 腦脑 臉脸 臟脏 舊旧 艱艰 莊庄 葉叶 蓋盖
藝艺 處处 蟲虫 術术 裝装 複复 製制 規规 視视 覺觉 觀观 計计 訂订 討讨 記记 許许 訴诉 診诊 詢询 試试 詳详 課课 談谈 調调
謝谢 譯译 議议 變变 讓让 貓猫 負负 財财 責责 貨货 貴贵 資资 賠赔 質质 趕赶 趙赵 跡迹 踐践 轉转 輪轮 輸输 辭辞 農农 遊游
達达 違违 遠远 適适 選选 遺遗 邏逻 郵邮 鄉乡 鐘钟 鑰钥 錯错 鎖锁 鎮镇 鐵铁 陽阳 隊队 階阶 隨随 隱隐 雙双 雜杂 雞鸡 電电
靜静 響响 項项 順顺 須须 頁页 頂顶 預预 領领 頭头 題题 額额 顏颜 願愿 類类 顧顾 飛飞 飯饭 飲饮 養养 餘余 館馆 馬马 駐驻
騎骑 驗验 驚惊 髒脏 體体 鬧闹 魚鱼 鳥鸟 麥麦 黃黄 齊齐 齡龄 龍龙 丟扔
"""
_SIMPLIFIED = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})


def simplified(text: str) -> str:
    """The text with traditional characters made simplified ones."""
    return text.translate(_SIMPLIFIED)
