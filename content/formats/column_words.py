"""The names that columns of open data go by: one idea a line.

Names come from the recommended data sets (A), the municipal standard open-data sets (B), the base registry's events (C),
GIF's core data model (D, Japanese and English property names) and cities' own tables (E).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

OURS: Final = "entaku_"  # our own columns, beside the standard ones in our own files


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that a row says. `name` is what the recommended data set (A) calls it, else the first that has it;
    `standard` is its column in the municipal standard (B), None where that has none.
    """

    field: str
    name: str
    standard: str | None
    aliases: tuple[str, ...] = ()


def _column(field: str, name: str, standard: str | None = None, *aliases: str) -> Column:
    return Column(field, name, standard, aliases)


_CODE: Final = (
    _column(
        "code", "都道府県コード又は市区町村コード", "全国地方公共団体コード", "市区町村コード", "自治体コード", "団体コード",
        "都道府県コードまたは市区町村コード", "prefCode", "cityCode", "municipalityCode", "localGovernmentCode",
    ),
    _column(
        "id", "NO", "ID", "№", "番号", "通し番号", "連番", "項番", "管理番号", "識別番号", "施設ID", "イベントID", "行事ID",
        "施設No.", "識別値", "#property", "identifier", "uid",
    ),
    _column("prefecture", "都道府県名", None, "都道府県", "prefName", "prefecture"),
    _column("city", "市区町村名", "地方公共団体名", "市区町村", "自治体名", "団体名称", "cityName", "municipality"),
)  # fmt: skip
_PLACE: Final = (
    _column(
        "address", "住所", "所在地_連結表記", "所在地", "所在地住所", "開催場所住所", "会場住所", "address", "所在"
    ),
    _column("area_code", "所在地_全国地方公共団体コード", "所在地_全国地方公共団体コード"),
    _column("town_id", "町字ID", "町字ID"),
    _column("address_prefecture", "所在地_都道府県", "所在地_都道府県", "住所都道府県"),
    _column("address_city", "所在地_市区町村", "所在地_市区町村", "住所市区町村"),
    _column("address_town", "所在地_町字", "所在地_町字", "住所町名"),
    _column("address_rest", "所在地_番地以下", "所在地_番地以下", "住所丁目以下", "番地以下"),
    _column("building", "方書", "建物名等(方書)", "建物名等", "建物名", "方書き"),
    _column("lat", "緯度", "緯度", "latitude", "lat", "北緯", "y座標"),
    _column("lon", "経度", "経度", "longitude", "lon", "lng", "long", "東経", "x座標"),
    _column("place_pair", "緯度経度", None, "location", "座標", "緯度・経度", "経緯度"),
)
_CONTACT: Final = (
    _column("phone_inner", "内線番号", "内線番号", "連絡先内線番号", "extension"),
    _column("mail", "連絡先メールアドレス", "連絡先メールアドレス", "メールアドレス", "email", "e-mail"),
    _column("form", "連絡先FormURL", "連絡先FormURL", "お問い合わせフォーム"),
    _column("contact_note", "連絡先備考（その他、SNSなど）", "連絡先備考（その他、SNSなど）"),
    _column("post_code", "郵便番号", "郵便番号", "postalCode", "zip"),
)
_END: Final = (
    _column(
        "url",
        "URL",
        "URL",
        "ホームページ",
        "HP",
        "ウェブサイト",
        "リンク",
        "イベントURL",
        "参考URL",
        "詳細URL",
        "website",
        "eventURL",
    ),
    _column("picture", "画像", "画像", "画像URL", "image"),
    _column("picture_licence", "画像_ライセンス", "画像_ライセンス"),
    _column("remarks", "備考", "備考", "その他", "note", "notes", "remarks", "備考欄"),
)

ACTIVITY: Final = (
    *_CODE,
    _column(
        "title", "イベント名", "イベント名", "名称", "行事名", "行事名称", "催し名", "催事名", "催し物名", "事業名", "講座名", "教室名", "件名",
        "タイトル", "イベント名称", "イベントタイトル", "イベント", "行事", "name", "eventName", "title", "summary",
    ),
    _column("kana", "イベント名_カナ", "イベント名_カナ", "名称_カナ", "名称(カナ)", "イベント名(カナ)", "イベント名カナ", "行事名カナ", "フリガナ", "ふりがな", "eventNameKana"),
    _column("english", "イベント名_英語", "イベント名_英字", "イベント名(英字)", "名称_英字", "名称_英語", "名称(英字)", "eventNameEnglish"),
    _column("nickname", "名称(通称)", "イベント名_通称", "通称", "名称_通称", "愛称", "alternateName"),
    _column("subtitle", "サブタイトル", None, "副題", "subtitle"),
    _column("category", "カテゴリー", "カテゴリー", "カテゴリ", "イベント種類", "種類", "種別", "分類", "ジャンル", "イベント区分", "eventType", "category"),
    _column("keywords", "キーワード", None, "タグ", "keyword", "keywords", "tag", "tags"),
    _column(
        "starts_on", "開始日", "開始日", "開催日", "日時", "開催日時", "日程", "開催日程", "開催期間", "期間", "開催開始日", "開催年月日",
        "年月日", "日付", "開始年月日", "実施日", "実施日時", "開催日(開始)", "イベント開始日", "開始日時", "とき", "いつ", "dateOfStart",
        "startDate", "start", "date", "dtstart", "開催月日",
    ),
    _column("ends_on", "終了日", "終了日", "開催終了日", "終了年月日", "開催日(終了)", "イベント終了日", "終了日時", "dateOfEnd", "endDate", "end", "dtend"),
    _column("start", "開始時間", "開始時間", "開始時刻", "時間", "開催時間", "開催時刻", "時刻", "開場時間", "timeOfStart", "startTime"),
    _column("end", "終了時間", "終了時間", "終了時刻", "閉場時間", "timeOfEnd", "endTime"),
    _column("pattern", "開催パターン", "開催パターン", "開催頻度", "繰り返し", "holdingPattern"),
    _column("when_note", "開始日時特記事項", "開始日時特記事項", "日時備考", "日時説明", "日時特記事項", "開催日備考", "日程備考", "dateNote", "dateDescription"),
    _column("summary", "概要", None, "要約", "overview", "abstract"),
    _column("body", "説明", "説明", "内容", "詳細", "イベント内容", "イベント説明", "事業内容", "行事内容", "description", "explanation", "content"),
    _column("fee_basic", "料金(基本)", "料金(基本)", "基本料金", "基本料金(円)"),
    _column("fee", "料金(詳細)", "料金(詳細)", "料金", "参加費", "費用", "受講料", "入場料", "参加料", "観覧料", "会費", "fee", "price"),
    _column("free", "料金有無", None, "有料無料", "無料有料", "feeFlag"),
    _column("contact", "連絡先名称", "連絡先名称", "問い合わせ先", "お問い合わせ先", "問合せ先", "問合先", "問い合わせ先(市の担当課)", "担当課", "問い合わせ", "お問い合わせ", "担当部署", "連絡先情報", "連絡先", "contact", "contactName"),
    _column("phone", "連絡先電話番号", "連絡先電話番号", "電話番号", "TEL", "電話", "問い合わせ先電話番号", "telephone", "telephoneNumber", "phone"),
    *_CONTACT,
    _column("organiser", "主催者", "主催者", "主催", "主催団体", "主催者名", "organizer", "organiser"),
    _column("co_organiser", "共催団体", None, "共催", "共催者", "coOrganizer"),
    _column("place", "場所名称", "場所名称", "開催場所", "会場", "会場名", "場所", "開催場所名", "開催場所名称", "会場名称", "ところ", "どこで", "venue", "placeName", "location name", "locationName"),
    _column("facility", "開催施設", None, "施設名", "施設名称"),
    _column("meeting", "集合場所", None, "受付場所", "meetingPlace"),
    *_PLACE,
    _column("access", "アクセス方法", "アクセス方法", "アクセス", "交通アクセス", "交通", "access"),
    _column("parking", "駐車場情報", "駐車場情報", "駐車場", "駐車場有無", "parking"),
    _column("audience_words", "対象者", "対象者", "対象", "参加対象", "対象年齢", "参加資格", "target", "audience"),
    _column("capacity", "定員", "定員", "募集人数", "募集人員", "定員数", "capacity"),
    _column("apply_from", "参加申込開始日", "参加申込開始日", "申込開始日", "受付開始日", "申込受付開始日"),
    _column("apply_by", "参加申込終了日", "参加申込終了日", "申込期限日", "申込期限", "申込締切", "申込締切日", "締切", "申込終了日", "募集期限", "applicationDeadline"),
    _column("apply_time", "参加申込終了時間", "参加申込終了時間", "申込期限時刻", "参加申込終了時刻"),
    _column("apply_span", "申込期間", None, "受付期間", "募集期間", "申込受付期間", "申込"),
    _column("how_to_apply", "参加申込方法", "参加申込方法", "申込方法", "申し込み方法", "お申し込み", "申込み", "申し込み", "応募方法", "howToApply"),
    _column("status", "状態", "状態", "開催状況", "開催状態", "ステータス", "status", "eventStatus"),
    _column("conditions", "開催条件", None, "雨天時", "荒天時の対応", "雨天の場合"),
    _column("district", "地区", None, "区", "地区名", "地域", "地区・区", "district"),
    *_END,
)  # fmt: skip

FACILITY: Final = (
    *_CODE,
    _column("title", "名称", "名称", "施設名", "施設名称", "施設・場所名", "name", "facilityName", "title", "場所名称"),
    _column("kana", "名称_カナ", "名称_カナ", "名称(カナ)", "施設名_カナ", "施設名カナ", "フリガナ", "ふりがな", "名称かな"),
    _column("english", "名称_英字", "名称_英字", "名称_英語", "名称(英字)", "施設名_英字"),
    _column("nickname", "名称_通称", "名称_通称", "名称(通称)", "通称", "愛称"),
    _column("poi", "POIコード", "POIコード", "poiCode"),
    _column("category", "施設種別", "施設種別", "種別", "分類", "施設分類", "カテゴリー", "カテゴリ", "区分", "type", "category"),
    *_PLACE,
    _column("height", "標高", "標高"),
    _column("phone", "電話番号", "電話番号", "TEL", "電話", "連絡先電話番号", "telephoneNumber", "telephone", "phone", "連絡先"),
    *_CONTACT,
    _column("corporate", "法人番号", "法人番号"),
    _column("owner", "団体名", "団体名", "所管課", "担当課", "所管", "管理者", "運営主体"),
    _column("days", "利用可能曜日", "利用可能曜日", "開館日", "利用日", "開所日"),
    _column("start", "開始時間", "開始時間", "開館時間", "利用開始時間", "利用時間", "開始時刻", "開所時間"),
    _column("end", "終了時間", "終了時間", "閉館時間", "利用終了時間", "終了時刻"),
    _column("hours_note", "利用可能日時特記事項", "利用可能日時特記事項", "開館時間備考", "休館日", "定休日", "利用案内"),
    _column("body", "説明", "説明", "概要", "内容", "施設概要", "description", "施設の説明"),
    _column("access_free", "バリアフリー情報", "バリアフリー情報", "バリアフリー"),
    _column("reference", "参照", None, "referenceObject"),
    _column("district", "地区", None, "地区名", "区", "地域"),
    *_END,
)  # fmt: skip

HAZARDS: Final = (
    ("flood", "洪水"),
    ("landslide", "崖崩れ、土石流及び地滑り"),
    ("storm_surge", "高潮"),
    ("earthquake", "地震"),
    ("tsunami", "津波"),
    ("fire", "大規模な火事"),
    ("inland_flood", "内水氾濫"),
    ("volcano", "火山現象"),
)
_HAZARD_ALIASES: Final = {
    "landslide": ("崖崩れ", "土砂災害", "土石流", "がけ崩れ", "がけ崩れ、土石流及び地滑り", "崖崩れ・土石流・地滑り", "landslide", "災害種別_土砂災害"),
    "fire": ("大規模火災", "大火事", "火災", "大規模な火災", "fire"),
    "volcano": ("火山", "火山噴火", "volcano"),
    "inland_flood": ("内水", "内水はん濫", "inlandFlooding"),
    "flood": ("flood", "水害", "浸水"),
    "storm_surge": ("stormSurge",),
    "earthquake": ("earthquake",),
    "tsunami": ("tsunami",),
}  # fmt: skip
SHELTER: Final = (
    *_CODE,
    _column("title", "名称", "名称", "施設名", "施設名称", "施設・場所名", "避難所名", "避難場所名", "避難施設名", "name", "指定避難所名", "指定緊急避難場所名"),
    _column("kana", "名称_カナ", "名称_カナ", "名称(カナ)", "施設名_カナ", "フリガナ", "ふりがな"),
    _column("english", "名称_英字", "名称_英字", "名称_英語", "名称(英字)"),
    *_PLACE,
    _column("height", "標高", "標高", "海抜", "elevation"),
    _column("phone", "電話番号", "電話番号", "TEL", "電話", "telephoneNumber", "telephone", "phone"),
    *_CONTACT,
    *(
        _column(field, f"災害種別_{name}", f"災害種別_{name}", name, *_HAZARD_ALIASES[field])
        for field, name in HAZARDS
    ),
    _column("also_evacuation", "指定避難所との重複", "指定避難所との重複", "指定避難所との住所同一", "避難所との重複", "指定避難所"),
    _column("also_emergency", "指定緊急避難場所との重複", None, "指定緊急避難場所との住所同一", "指定緊急避難場所"),
    _column("capacity", "想定収容人数", "想定収容人数", "収容人数", "収容可能人数", "収容人員", "capacity"),
    _column("associations", "対象となる町会・自治会", "対象となる町会・自治会", "対象となる町内会", "対象地区", "対象町内会", "対象自治会", "対象地域"),
    _column("for_whom", "受入対象者", None, "受入れ対象者"),
    _column("other", "その他市町村長が必要と認める事項", None),
    _column("type", "避難所種別", None, "種別", "区分", "施設区分", "避難区分", "type"),
    _column("district", "地区", None, "地区名", "小学校区", "地域"),
    *_END,
)  # fmt: skip

AGES: Final = (*(f"{low}-{low + 4}歳" for low in range(0, 85, 5)), "85歳以上")
POPULATION: Final = (
    _column(
        "code", "都道府県コード又は市区町村コード", "全国地方公共団体コード", "市区町村コード", "自治体コード", "団体コード", "prefCode",
        "cityCode", "都道府県コードまたは市区町村コード",
    ),
    _column("id", "NO", None, "#property", "№", "番号"),
    _column("prefecture", "都道府県名", None, "prefName", "都道府県"),
    _column("city", "市区町村名", "地方公共団体名", "cityName", "自治体名", "市区町村"),
    _column("region_code", "地域コード", "地域コード", "regionCode", "町字コード", "町丁字コード", "町字ID"),
    _column("survey_date", "調査年月日", "調査年月日", "surveyDate", "調査日", "基準日", "年月日", "時点", "調査時点", "集計日", "date"),
    _column("region", "地域名", "地域名", "regionName", "町名", "町丁名", "町丁字名", "町字名", "地区名", "地区", "行政区", "町名称", "大字町丁目名"),
    _column("total", "総人口", "総人口", "totalPopulation", "人口", "人口総数", "総数", "計", "人口計", "合計", "total", "人口(計)", "男女計"),
    _column("male", "男性", "男性", "男", "male", "man", "人口(男)", "男性人口"),
    _column("female", "女性", "女性", "女", "female", "woman", "人口(女)", "女性人口"),
    *(
        _column(f"{letter}{at}", f"{age}の{sex}", f"{age}の{sex}", f"{english}{at}", f"{age}{sex}", f"{age}{sex[0]}", f"{sex[0]}{age}", f"{sex}{age}")
        for at, age in enumerate(AGES, 1)
        for letter, sex, english in (("m", "男性", "man"), ("f", "女性", "woman"))
    ),
    _column("households", "世帯数", "世帯数", "numberOfHouseholds", "世帯", "households"),
    _column("place_pair", "緯度経度", None, "location"),
    _column("lat", "緯度", None, "latitude"),
    _column("lon", "経度", None, "longitude"),
    _column("remarks", "備考", "備考", "note", "remarks"),
)  # fmt: skip

TABLES: Final[Mapping[str, Sequence[Column]]] = {
    "activities": ACTIVITY, "facilities": FACILITY, "shelters": SHELTER, "population": POPULATION,
}  # fmt: skip
