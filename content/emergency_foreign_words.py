"""The patterns of `content.emergency` in the other served languages; the same form, spaces as white space signs.

Burnable garbage, fireworks and drills are everywhere, so each language lists them as peace.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["fire", "medical", "crime", "suicide", "disaster"]

_FIRE = r"""
    \bfire\b | \b(?:is|are|'s|its|it's|house|building|something)\s(?:\w+\s)?(?:burning|on\sfire)\b | \bsmell(?:s|ing)?\s(?:of\s)?(?:gas|smoke)\b | \bgas\sleak\b | \bsmoke\s(?:is\s)?com(?:es|ing) | \bexplo(?:ded|sion)\b | \blots\sof\ssmoke\b
  | \bincêndio\b | \bincendio\b | \b(?:pegou|pegando|está\spegando|em)\s?fogo\b | \b(?:tem|há|socorro,?|é)\sfogo\b | ^fogo\W*$ | \bfogo\s(?:na|no)\s(?:minha\s|meu\s)?(?:casa|cozinha|prédio|apartamento|quarto|carro|mato|vizinh[oa]) | \bestá\squeimando\b | \bvazamento\sde\sgás\b | \bcheiro\sde\sgás\b
  | ^\W*fuego\W*$ | \bfuego\W+ayuda | \bayuda\W+fuego\b | \b(?:hay|se\sestá)\s(?:un\s)?(?:fuego|quemando|incendi) | \ben\sllamas\b | \bse\squema\b | \b(?:fuga|olor)\sa?\s?(?:de\s)?gas\b
  | \bcháy\b | \bchay\s(?:nha|roi|lon)\b | \bnha\s(?:\S+\s){0,2}(?:dang|bi)\schay\b | \bhoa\shoan\b | \bhỏa\shoạn\b | \bhoả\shoạn\b | \brò\srỉ\s(?:khí\s)?ga
  | 着火|著火|失火|起火|火灾|火災|走水了|烧起来|燒起來|煤气泄漏|瓦斯(?:漏|外洩)|爆炸了|冒烟|冒煙
  | \bsunog\b | \bnasusunog\b | \bmay\sapoy\b | \bamoy\s(?:ng\s)?gas\b
  | 불이\s?(?:났|나)|불\s?났|화재|가스\s?(?:가\s)?(?:새|누출) | \bkebakaran\b | \bterbakar\b | ไฟไหม้ | आगो\s?लाग्(?:यो|ेको)|आगलागी
"""
_FIRE_PEACE = (
    r"\bfire[\s-]?(?:drills?|prevention|safety|departments?|stations?|extinguishers?|insurance|fighters?|brigades?|works?|training|evacuation|season|trucks?|engines?|hydrants?|places?|m[ae]n|escapes?|codes?|bans?|permits?|watch|wood|alarms?\s(?:test|inspection|battery|check)|shelters?|volunteers?|corps|risk|hazards?|exits?|doors?|proof|flies|fly|festival|service|pits?|day|lessons?|exercise|disaster\s(?:drill|prevention))\b"
    r"|\b(?:in\scase\sof|in\sthe\sevent\sof|if\s(?:there\s(?:is|was|were)|a)|when\s(?:there\s(?:is|was)|a)|during|after|before|prevent(?:ing)?|against|about|like|without|what\sif)\s(?:an?\s|the\s)?(?:\w+\s)?(?:fires?|gas\sleak|explosion)\b(?:\s(?:starts?|breaks?\sout|happens?|occurs?))?"
    r"|\b(?:camp|bon)\s?fires?\b|\bon\sfire\s(?:today|tonight|lately)\b|\bburn(?:able|ing)\s(?:garbage|trash|rubbish|waste|question|calories|desire|sun)\b|\b(?:last|yesterday's)\s(?:\w+\s)?fire\b|\bfire\s(?:last|yesterday)\b|\b(?:i'?m|you'?re|get|got|be|was)\sfired\b|\bfires?\s(?:safety|rules)\b|\bdoes\s.{0,20}fire\b"
    r"|\b(?:prevenção|treinamento|treino|simulado|simulação|exercício|seguro|alarme|extintor|combate|curso|brigada|perigo|risco|aula)\s(?:\w+\s){0,3}(?:incêndios?|fogo)\b|\bfogos?\sde\sartifício\b|\bfogos\b|\b(?:em\scaso|no\scaso|caso\shaja|se\shouver|quando\shá|durante|depois|evitar|prevenir|contra|sobre|como\sem)\s(?:de\s)?(?:um\s|uma\s|o\s|a\s)?(?:incêndios?|fogo)\b|\blixo\s(?:que\s)?(?:queim\w+|incinerável|de\squeima|está\squeimando)"
    r"|\b(?:prevención|simulacro|simulacros|seguro|alarma|extintor|ejercicio|entrenamiento|curso|brigada|riesgo|práctica|charla)\s(?:\w+\s){0,3}(?:incendios?|fuego)\b|\bfuegos?\sartificiales\b|\b(?:en\scaso|caso|si\shay|cuando\shay|durante|después|evitar|prevenir|contra|sobre)\s(?:de\s)?(?:un\s|una\s|el\s|la\s|los\s)?(?:incendios?|fuego)\b|\bbasura\sque\sse\squema\b|\bse\squema\s?(?:la\s)?basura\b"
    r"|\b(?:phòng|diễn\stập|tập\shuấn|bảo\shiểm|chữa|báo|huấn\sluyện|bình|lính\s(?:chữa|cứu))\s?(?:\S+\s){0,4}?(?:cháy|hỏa\shoạn|hoả\shoạn)\b|\brác\s(?:\S+\s)?(?:đốt|cháy)(?:\sđược)?|\b(?:dễ|không|có\sthể)\scháy\b|\bcháy\sđược\b|\b(?:khi|nếu|trường\shợp)\s(?:\S+\s){0,3}?(?:cháy|hỏa\shoạn|hoả\shoạn)(?:\sxảy\sra)?|\bcháy\s(?:nắng|hàng|túi|hết)|\b(?:hỏa\shoạn|cháy)\s(?:thì|phải)\slàm"
    r"|(?:火灾|火災|防火|消防|失火)(?:的)?(?:预防|預防|演习|演習|演练|演練|训练|訓練|保险|保險|安全|警报器|警報器|知识|讲座|時|时|的时候|怎么办|怎麼辦|应该|發生時|发生时|後|后)|(?:预防|預防|防止|防范|如果|万一|萬一|要是|遇到|发生|發生|关于|當|当)(?:发生|發生|有)?(?:了)?(?:火灾|火災|失火|着火|起火|爆炸)(?:了)?(?:的时候|时|時)?|(?:着火|起火|失火)(?:了)?(?:的时候|时|時|怎么办|的話|的话)"
    r"|\b(?:fire\sdrill|pagsasanay|drill|pag-iwas|iwas|pag-iingat|ensayo)\s(?:\S+\s){0,3}?(?:sunog)\b|\b(?:basura(?:ng)?\s(?:na\s)?(?:\w+\s)?nasusunog|nasusunog\sna\s(?:basura|mga\sbasura)|(?:hindi\s)?nasusunog\sna)\b|\b(?:kapag|kung|pag|tuwing|sakaling|oras\sng)\s(?:may(?:roong)?\s|nagka)?(?:sunog|apoy)\b|\bsunog\sna\sbasura\b|\bsunog\s(?:sa\s(?:araw|balat)|na\sbalat)"
    r"|화재\s?(?:예방|훈련|보험|대피|경보기|시에|가\s나면)|불이\s?나(?:면|ᆯ)|\b(?:pencegahan|latihan|simulasi|asuransi|jika|kalau|saat|bila|bahaya)\s(?:\w+\s){0,2}kebakaran\b|\bsampah\s(?:\w+\s){0,2}terbakar\b|(?:ซ้อม|ป้องกัน|ถ้า|เมื่อ|กรณี|ดับ)[^\s]{0,10}ไฟไหม้|ขยะ[^\s]{0,4}ไฟไหม้"
)

_MEDICAL = r"""
    \bambulances?\b | \bheart\sattack\b | \bcollapsed\b | \bpassed\sout\b | \bfainted\b | \b(?:is\snot|isn\'?t|not)\s(?:moving|responding|waking)\b | \bwon\'?t\s(?:wake\sup|move|respond)\b | \bunconscious\b | \b(?:not|stopped|isn'?t)\sbreathing\b | \b(?:can(?:'t|not)|cant)\sbreathe?\b | \bbleeding\b | \bchok(?:ing|ed)\b | \bdrown(?:ing|ed)\b | \bhaving\sa\s(?:stroke|seizure)\b | \b(?:someone|somebody|person|man|woman|child|he|she|mother|father|husband|wife|son|daughter|baby|friend|neighbou?r)\s(?:is|has|just)\s(?:\w+\s)?(?:dying|dead|fallen|injured|hurt\sbadly)\b | \bhit\sby\sa\s(?:car|truck|bus)\b | \b(?:car|traffic)\s(?:accident|crash)\b | ^(?:please\s)?help(?:\sme|\sus)?(?:\splease)?\W*$ | \bhelp\sme!+ | \btrapped\b | \bemergency\W*$ | \bsave\s(?:me|us)\b
  | \bengasg(?:ou|ando|ad[oa])\b | \bambulância\b | \bsocorro\b | \bdesmai(?:ou|ada|ado|ei)\b | \b(?:não\sestá|não|sem)\srespira(?:r|ndo)?\b | \binconsciente\b | \b(?:sangrando|hemorragia)\b | \binfarto\b | \bataque\scardíaco\b | \bafogando\b | \b(?:caiu|desmaiou)\se\snão\b | \batropelad[oa]\b | ^(?:me\s)?ajud(?:a|e|em)(?:-me|\sme)?(?:\W+por\sfavor)?\W*$ | \bpassando\smuito\smal\b | \bestá\smorrendo\b(?!\sde) | \bacidente\sde\s(?:carro|trânsito)\b
  | \bambulancia\b | \bauxilio\b | \bse\sdesmay[óo]\b | \bno\s(?:puede\s)?respira[r]?\b | \bno\spuedo\srespirar\b | \bsangra(?:ndo)?\b | \b(?:ataque\sal\scorazón|paro\scardíaco)\b | \bse\s(?:está\s)?ahoga(?:ndo)?\b | \batropell(?:ó|aron|ado|ada)\b | ^\W*ayud(?:a|en(?:me)?|ame|enme)(?:\W+por\sfavor)?\W*$ | \bayúdenme\b | \bse\sestá\smuriendo\b(?!\sde) | \bse\sdesplomó\b | \batragant(?:ó|ando|ad[oa])\b
  | \bcap\scuu\b | \bxe\scuu\sthuong\b | \bcuu\s(?:toi|voi)\b | \bbat\stinh\b | \bngat\sxiu\b | \bkhong\stho\s?(?:duoc|nua)?\W*$ | \bcấp\scứu\b | \bxe\scứu\sthương\b | \bcứu\s(?:tôi|với|em|cháu|chúng)\b | \bbất\stỉnh\b | \bngất\s?(?:xỉu|rồi|đi)?\b | \bkhông\s(?:còn\s)?thở\b | \bkhó\sthở\b | \bchảy\snhiều\smáu\b | \bđột\squỵ\b | \bđuối\snước\b | \btai\snạn\sgiao\sthông\b | \bngã\s(?:gục|xuống\srồi)\b | \bđau\stim\b
  | 救命|救护车|救護車|晕倒|暈倒|昏倒|昏迷|倒下(?:了|不)|倒在(?:地|路|街|家|床|厕|廁)|(?:没有|沒有|失去)(?:了)?(?:意识|意識|知觉|知覺)|不省人事|没有呼吸|沒有呼吸|没呼吸|呼吸不了|心脏病发|心臟病發|大出血|流血不止|溺水|被车撞|被車撞|出车祸|出車禍|快死了(?!的)|叫急救
  | \bambulans(?:ya)?\b | \bsaklolo\b | ^tulong(?:an)?(?:\s(?:po|mo|ninyo|nyo)?\s?(?:ako|kami)?)?\W*$ | \btulungan\s(?:ninyo|nyo|mo)\s(?:po\s)?(?:ako|kami)\W*$ | \bhinimatay\b | \bnawalan\sng\smalay\b | \bwalang\smalay\b | \b(?:hindi|di)\s(?:\w+\s){0,2}(?:makahinga|humihinga)\b | \bdumudugo\b | \binatake\ssa\spuso\b | \bnalulunod\b | \bnasagasaan\b | \bnag-aagaw-buhay\b
  | 구급차|살려\s?주|살려줘|쓰러졌|의식이\s?없|숨을\s?(?:안|못)|피가\s?(?:안|멈추지) | ^tolong\W*$ | \bpingsan\b | \btidak\s(?:bisa\s)?bernapas\b | \bserangan\sjantung\b | ช่วยด้วย|หมดสติ|รถพยาบาล|หายใจไม่ออก|เป็นลม | एम्बुलेन्स|बेहोस|सास\sफेर्न|बचाउनुहोस्
"""
_MEDICAL_PEACE = (
    r"\b(?:if|when|what\sif|in\scase)\s(?:\w+\s){0,4}?(?:collapse[sd]?|passed\sout|unconscious|not\sbreathing|bleeding|choking|drowning|trapped|heart\sattack|injured|hit\sby\sa\scar|ambulance|emergency)\b|\b(?:first[\s-]aid|cpr|emergency|ambulance|life[\s-]?saving|choking|drowning|accident)\s(?:course|class|training|drill|lesson|seminar|contact|number|shelter|kit|supplies|bag|food|water|exit|fee|cost|prevention|evacuation|information|preparedness|list|card)s?\b|\b(?:how|when|should|can|may|do)\s(?:\w+\s){0,5}?(?:call|use)\s(?:for\s)?an?\sambulance\b|\bambulances?\s(?:can(?:not|'t)?|cannot|fees?|costs?|free|noise|number)\b|\bcollapsed\s(?:wall|building|house|bridge|tree|fence|shed|sign|road)s?\b|\b(?:wall|building|bridge|tree|fence|shed|sign|road|tent|roof|business|economy)s?\s(?:has\s|have\s)?collapsed\b|\b(?:dying|die)\s(?:of|from|to)\s(?:heat|hunger|boredom|laughter|laughing|see|know|cold|thirst)\b|\bprevent\w*\s(?:\w+\s){0,2}(?:drowning|choking|accidents?|bleeding)\b|\bhelp\sme\s(?:with|to|find|understand|fill|register|please\swith)\b|\bbleeding\s(?:heart|edge)\b|\b(?:cat|dog|bird|animal|raccoon|deer|boar)\b[^.!?]{0,20}(?:hit|dead|bleeding|dying|injured|trapped)[^.!?]*|\b(?:car|traffic)\saccident\s(?:prevention|statistics|insurance|certificate|consult\w+)|\b(?:prevent|avoid|many|reduce)\s(?:\w+\s)?(?:car|traffic)\saccidents?"
    r"|\b(?:curso|treinamento|aula|número|kit|primeiros)\s(?:\w+\s){0,3}(?:socorros?|emergência|ambulância|ressuscitação)\b|\bprimeiros[\s-]socorros\b|\b(?:se|quando|caso)\s(?:alguém\s)?(?:\w+\s){0,2}(?:desmaiar|parar\sde\srespirar|sangrando|inconsciente)\b|\bmorrendo\sde\s(?:calor|fome|rir|frio|sono|sede|medo|vontade|saudade)\b|\b(?:quando|como|posso|devo)\s(?:\w+\s){0,3}(?:chamar|pedir|ligar\spara)\s(?:\w+\s)?ambulância\b|\bprevenir\s(?:\w+\s)?acidentes?\b[^.!?]*"
    r"|\b(?:primeros\sauxilios|curso\sde\s\w+\sauxilios?)\b|\b(?:cuándo|cuando|si)\s(?:\w+\s){0,4}(?:ambulancia|se\sdesmaya|no\srespira|sangra)\b|\b(?:me\smuero|muriendo)\sde\s(?:calor|hambre|risa|frío|sueño|sed|ganas|miedo)\b|\bnúmero\s(?:\w+\s){0,2}ambulancia\b|\bc[óo]mo\s(?:\w+\s){0,3}(?:llamar|pedir)\s(?:\w+\s){0,2}ambulancia\b"
    r"|\b(?:khóa|lớp|học|tập\shuấn|huấn\sluyện|số|túi|bộ|kỹ\snăng|cách)\s(?:\S+\s){0,4}?(?:sơ\s)?(?:cấp\scứu|cứu\sthương|sơ\scứu)\b|\bsơ\scấp\scứu\b|\bkhi\s(?:nào\s)?(?:\S+\s){0,3}?(?:xe\scứu\sthương|cấp\scứu|bất\stỉnh|ngất)\b|\bnếu\s(?:\S+\s){0,4}?(?:ngất|bất\stỉnh|không\sthở)\b"
    r"|救命(?:講習|讲习|课|課|培训|培訓|訓練|训练|恩人|講座|胴衣|設備|救急|入門|手当|率|士|索|器)|(?:上級|普通|応急)救命|(?:如果|万一|萬一|要是|看到|当|當|什么时候|什麼時候|如何|怎么|怎麼)[^。!！？?]{0,8}(?:晕倒|暈倒|昏倒|昏迷|倒下|没有呼吸|溺水|救护车|救護車)[^。!！]{0,6}|(?:热|熱|累|饿|餓|笑|困|冷|忙|无聊|無聊|渴|辣)(?:得)?(?:要|快)死(?:了)?|(?:防止|预防|預防)溺水|(?:猫|狗|貓|动物|動物|树|樹|树木|墙|牆)[^。]{0,6}(?:被车撞|倒下|被車撞)(?:了)?"
    r"|\b(?:kailan|paano|kung|kapag|pag|numero\sng|bayad\ssa)\s(?:\S+\s){0,5}?(?:ambulansya|hinimatay|nawalan|dumudugo|nalulunod)\b|\b(?:first\said|paunang\slunas)\b|구급차를?\s?(?:언제|어떻게|불러도)|응급처치\s?(?:교육|훈련)"
)

_CRIME = r"""
    \b(?:has|have|with|holding)\sa\s(?:knife|gun)\b | \b(?:being|was|got|been|am|'m)\s(?:attacked|robbed|stabbed|followed|assaulted|raped|kidnapped|mugged)\b | \bbr(?:eaking|oke)\sin(?:to)?\b | \bburglar(?:\sis|\sin)?\b | \b(?:thief|robber|intruder|stalker)\s(?:is|in|at|outside|came)\b | \bcall\sthe\spolice\b | \b(?:hitting|beating|hurting|threatening)\s(?:me|my|us|her|him)\b | \bkill(?:ing)?\sme\sand\b | \b(?:going\sto|will|trying\sto)\skill\s(?:me|us|her|him)\b
  | \b(?:ladrão|assalto|assaltad[oa]|assaltante|sequestro|estupro)\b | \b(?:com\suma?\s(?:faca|arma))\b | \bchame(?:m)?\sa\spolícia\b | \b(?:me\sbatendo|batendo\sem\smim|me\sbateu|invadi(?:u|ram|ndo))\b | \bme\s(?:seguindo|perseguindo|ameaçando)\b | \b(?:está|estão|tá)\sme\s(?:batendo|seguindo|perseguindo|ameaçando|atacando)\b
  | \b(?:ladr[óo]n(?:es)?|me\s(?:están\s|acaban\sde\s)?(?:roba(?:ron|ndo|r)|atac(?:aron|ando)|golpe(?:a|ó|ando))|asalt(?:o|aron)|secuestro)\b | \bme\sest(?:á|án|a|an)\s(?:siguiendo|persiguiendo|amenazando|pegando)\b | \bme\s(?:pega|persigue|amenaza)\b | \bcon\sun(?:a)?\s(?:cuchillo|pistola|arma)\b | \bllam(?:en|e|a)\sa\sla\spolicía\b
  | \b(?:cướp|trộm|kẻ\sgian|hiếp\sdâm|bắt\scóc)\b | \bcầm\sdao\b | \bgọi\s(?:cảnh\ssát|công\san)\b | \bđánh\stôi\b | \bbị\s(?:đánh|tấn\scông|đâm)\b
  | 有人[^。!？?]{0,4}(?:拿|持)(?:着|著)?(?:刀|枪|槍) | (?:家暴|打我|追杀|追殺|闯进|闖進)(?!怎) | 抢劫|搶劫|小偷|有人持刀|拿(?:着|著)刀|持刀|杀人|殺人(?!事件)|绑架|綁架|强奸|報警|报警|被(?:打|刺|抢|搶|跟踪|跟蹤|偷)了?
  | \b(?:magnanakaw|holdap(?:er)?|hinoldap|ninakawan|kidnap)\b | \bmay\s(?:hawak\sna\s)?(?:kutsilyo|baril)\b | \btumawag\sng\spulis\b | \bsinasaktan\b | \bbinubugbog\b
  | 강도|도둑이|칼을\s?들|경찰\s?불러 | \bperampok\b | \bpencuri\b | ขโมย|โจร | चोर\s?आ
"""
_CRIME_PEACE = (
    r"\b(?:burglar|crime|theft|robbery|stalker|thief)\s(?:prevention|alarm|insurance|safety|proof\w*|watch|statistics|information)\b|\b(?:prevent|against|avoid|protect\w*\sfrom|if|when)\s(?:\w+\s){0,4}?(?:burglars?|thie(?:f|ves)|robbed|attacked|followed|robbers?|intruders?|breaks?\sin)\b|\b(?:attacked|stung|bitten|stabbed)\sby\s(?:a\s)?(?:bee|wasp|hornet|mosquito|dog|monkey|bear|crow|bug)s?\b|\bkilling\sme\b|\bbreak(?:ing)?\sin\s(?:shoes|the\snew)"
    r"|\b(?:prevenir|contra|evitar|prevenção\sde|se|seguro)\s(?:\w+\s){0,3}(?:ladrão|ladrões|assaltos?|robos?|ladrones)\b|\b(?:phòng|chống|đề\sphòng|tránh)\s(?:\S+\s)?(?:trộm|cướp)(?:\scắp)?\b|(?:防|预防|預防|防止|防范|如果|万一|小心)(?:被)?(?:小偷|盗|抢劫|搶劫|偷|绑架|綁架)[^。]{0,3}|被(?:蜜蜂|蚊子|狗|虫|蟲|蜂|猫|猴子)[^。]{0,4}|\b(?:iwas|pag-iwas|laban)\s(?:\S+\s){0,2}(?:magnanakaw|nakaw|holdap)\b"
)

_SUICIDE = r"""
    \bkill\smyself\b | \bkilling\smyself\b | \b(?:want|wanna|wish|like)\s(?:to\s)?(?:just\s)?(?:die|be\sdead|disappear(?:\sforever)?|vanish)\b | \bi\swish\si\s(?:was|were)\s(?:dead|gone|never\sborn) | \bsuicid(?:e|al)\b | \bend\s(?:my|it)\s(?:life|all)\b | \b(?:don'?t|do\snot)\swant\sto\s(?:live|be\salive|exist|wake\sup)\b | \bbetter\soff\s(?:dead|without\sme)\b | \bno\sreason\sto\slive\b | \b(?:can'?t|cannot)\sgo\son\s(?:living|anymore|any\smore)\b | \btake\smy\s(?:own\s)?life\b | \bharm(?:ing)?\smyself\b | \bcut(?:ting)?\smyself\b | \b(?:no\s?(?:body|\sone))\s(?:would|will)\s(?:miss|care|notice)\b[^.!?]{0,20}\b(?:gone|died|dead|if\si)\b | \b(?:better\soff|better)\sif\si\s(?:was|were)\s(?:gone|dead)\b | \bhate\sbeing\salive\b | \btired\sof\s(?:living|being\salive)\b | \blife\s(?:is\snot|isn'?t)\sworth\b
  | \bqueria\s(?:não\sacordar|morrer|sumir|desaparecer|nunca\ster\snascido)\b | \bcansad[oa]\sde\sviver\b | \bquero\s(?:morrer|sumir(?!\scom\b(?!\stud))|desaparecer|me\smatar)\b | \bme\smatar\b | \bsuicíd\w+ | \bsuicid\w+ | \bnão\s(?:quero|aguento|consigo)\s(?:mais\s)?viver\b | \bacabar\scom\s(?:a\s)?minha\svida\b | \btirar\s(?:a\s)?minha\s(?:própria\s)?vida\b | \bvontade\sde\s(?:morrer|sumir)\b
  | \bquiero\s(?:morir(?:me)?|desaparecer|matarme|suicidarme)\b | \bmatarme\b | \bme\squiero\s(?:morir|matar)\b | \b(?:quisiera|ojalá)\s(?:no\sdespertar|morir(?:me)?|desaparecer)\b | \bcansad[oa]\sde\svivir\b | \bno\squiero\s(?:seguir\s)?vivi(?:r|endo)\b | \bganas\sde\smorir(?:me)?\b | \bquitarme\sla\svida\b | \bterminar\scon\smi\svida\b | \bacabar\scon\smi\svida\b
  | \bmuon\schet\b | \bkhong\s(?:con\s)?muon\ssong\b | \btu\s(?:sat|van)\b | \bmuốn\s(?:chết|biến\smất|tự\stử|kết\sthúc\s(?:cuộc\s(?:đời|sống)|tất\scả))\b | \btự\s(?:tử|sát|vẫn)\b | \bkhông\s(?:còn\s)?muốn\ssống\b | \bchán\ssống\b | \bkết\sliễu\b
  | (?<!笑)想死(?!你|妳|他|她|我)|想去死|不想活|不想再活|活不下去|自杀|自殺|轻生|輕生|想消失|想从这个世界消失|想從這個世界消失|结束(?:自己的)?生命|結束(?:自己的)?生命|结束这一切|活着没意思|活著沒意思|了结自己
  | \bgusto\sko\s?(?:na(?:ng)?)?\s(?:mamatay|mawala|magpakamatay)\b | \b(?:magpakamatay|magpapakamatay|pagpapakamatay)\b | \bayoko\s(?:na(?:ng)?)?\s?(?:mabuhay)\b | \bayaw\sko\s(?:na(?:ng)?)?\s?mabuhay\b | \bwakasan\s(?:ang\s)?(?:aking\s|buhay)
  | 죽고\s?싶|자살|사라지고\s?싶|살고\s?싶지\s?않 | \b(?:ingin|mau|pengen)\smati\b | \bbunuh\sdiri\b | \bingin\smenghilang\b | \btidak\smau\shidup\b | อยากตาย|ฆ่าตัวตาย|ไม่อยากอยู่|อยากหายไป | मर्न\s?मन|आत्महत्या|बाँच्न\s?मन\s?छैन
"""
_SUICIDE_PEACE = (
    r"\bsuicid\w*\s(?:prevention|awareness|hotline|statistics|rates?|lecture|seminar|month|week|squad)\b|\b(?:prevent|preventing|prevention\sof|about|reduce)\ssuicides?\b|\b(?:want|would\slike)\s(?:\w+\s){0,3}(?:mosquitoes|bugs|weeds|smell|stain|pain|message)s?\sto\s(?:die|disappear)\b|\bso\s(?:embarrassed|ashamed|funny)\b[^.!?]{0,12}\bdie\b|\bto\sdie\sfor\b"
    r"|\b(?:prevenção|prevenir|prevención|contra|sobre|palestra|charla|semana)\s(?:\w+\s){0,3}suic[ií]d\w+|\b(?:phòng|chống|ngăn|ngừa)\s(?:\S+\s){0,2}tự\s(?:tử|sát)\b|(?:预防|預防|防止|防治)(?:自杀|自殺)(?:者)?|(?:自杀|自殺)(?:预防|預防|防止|对策|対策|率|者数|統計|统计|防治|死亡者|について)|\b(?:pag-iwas|pagpigil)\s(?:\S+\s){0,2}(?:pagpapakamatay|suicide)\b|자살\s?(?:예방|률|방지)|\b(?:pencegahan|mencegah)\sbunuh\sdiri\b|ป้องกัน[^\s]{0,4}ฆ่าตัวตาย"
)

_DISASTER = r"""
    \b(?:river|water|flood|mud)\b[^.!?]{0,24}\b(?:flooding|coming|rising|entering|pouring|overflow\w*)\b[^.!?]{0,12}\b(?:house|home|room|apartment|in|fast)\b | \btsunami\s(?:is\s)?(?:coming|here)\b | \b(?:house|home|roof|ceiling)\s(?:has\s|is\s|just\s)?(?:collaps(?:ed|ing)|fallen\sdown)\b | \blandslide\s(?:hit|has\shit|buried|is\scoming)\b | \bwe(?:'re|\sare)\s(?:stuck|stranded)\b
  | \bágua\s(?:\w+\s){0,2}(?:entrando|subindo|invadindo)\b | \b(?:estamos|estou)\s(?:pres[oa]s?|ilhad[oa]s?|soterrad[oa]s?)\b | \btsunami\s(?:está\s|tá\s)?(?:vindo|chegando)\b | \b(?:casa|teto|telhado|parede)\s(?:desabou|desmoronou|está\sdesabando|está\scaindo)\b | \brio\s(?:transbordou|está\stransbordando)\b
  | \bagua\s(?:\w+\s){0,2}(?:entrando|subiendo|entra)\b | \bentra\s(?:el\s)?agua\b | \b(?:estamos|estoy)\satrapad[oa]s?\b | \bviene\s(?:un|el)\stsunami\b | \b(?:casa|techo|pared)\sse\s(?:cayó|derrumbó|está\scayendo|derrumba)\b | \brío\sse\s(?:desbordó|está\sdesbordando)\b
  | \bnước\s(?:\S+\s){0,3}?(?:tràn|dâng|ngập)\s(?:\S+\s)?(?:vào|nhà|phòng|lên) | \bbị\s(?:mắc\s)?kẹt\b | \bsóng\sthần\s(?:đang|đến|tới) | \bnhà\s(?:\S+\s)?(?:bị\s)?sập\b | \bsạt\slở\s(?:\S+\s){0,2}nhà
  | (?:水|洪水|泥水)[^。!？?]{0,4}(?:灌|涌|湧|漫|冲|沖|淹|进|進)[^。!？?]{0,4}(?:家|屋|房) | (?:房子|屋子|房屋|屋顶|屋頂|墙|牆)(?:塌|倒塌|垮)了? | (?:我们|我們|我)被困 | 海[啸嘯](?:来|來)了 | 泥石流(?:来|來|冲|沖)
  | \b(?:pumapasok|umaapaw|tumataas)\s(?:na\s)?(?:po\s)?ang\s(?:tubig|baha|ilog)\b | \b(?:binabaha|bumabaha)\s(?:na\s)?(?:po\s)?(?:kami|ang\sbahay|sa\sbahay|dito) | \b(?:na-?trap|naipit|nakulong)\s(?:po\s)?(?:kami|ako)\b | \bgumuho\s(?:po\s)?ang\s(?:bahay|bubong|lupa) | \bmay\stsunami\sna\b
  | 물이\s?(?:집|방)?[^.]{0,4}(?:들어와|차오르|들어오) | 집이\s?무너 | 쓰나미가\s?(?:와|오고) | \bair\s(?:\w+\s)?masuk\s(?:ke\s)?rumah\b | \b(?:kami|saya)\sterjebak\b | \brumah\s(?:\w+\s)?(?:roboh|runtuh)\b | น้ำ(?:กำลัง)?(?:เข้าบ้าน|ท่วมบ้าน) | บ้านถล่ม
"""
_DISASTER_PEACE = (
    r"\b(?:if|when|what\sif|in\scase|unless|before|after|prevent\w*|insurance|drill|last\s(?:year|week|month))\s[^.!?]*"
    r"|\b(?:se|quando|caso|antes|depois|seguro|ano\spassado|treinamento|simulado)\s(?:a\s|o\s|de\s|que\s|contra\s)?(?:água|rio|casa|tsunami)[^.!?]*"
    r"|\b(?:si|cuando|antes|después|seguro|año\spasado|simulacro)\s(?:el\s|la\s|un\s|de\s|que\s|contra\s|entra\s)?(?:agua|río|casa|tsunami)[^.!?]*"
    r"|\b(?:khi|nếu|trường\shợp|diễn\stập|năm\sngoái)\s[^.!?]*|\bkẹt\sxe\b|\bbị\skẹt\s(?:xe|đường|tiền)"
    r"|(?:如果|万一|萬一|要是|当|當|演习|演習|演练|预防|預防|去年)[^。!]*|(?:水|洪水)[^。!]{0,8}(?:的时候|时|怎么办|怎麼辦)(?=$|[?？])"
    r"|\b(?:kung|kapag|pag|sakaling|noong|drill)\s[^.!?]*|\b(?:jika|kalau|saat|bila|latihan)\s[^.!?]*|(?:ถ้า|เมื่อ|กรณี|ซ้อม)[^.!?]*|(?:훈련|대비|면\s)[^.!?]*"
)

RULES: tuple[tuple[Kind, str, str], ...] = (
    ("suicide", _SUICIDE, _SUICIDE_PEACE),
    ("fire", _FIRE, _FIRE_PEACE),
    ("medical", _MEDICAL, _MEDICAL_PEACE),
    ("crime", _CRIME, _CRIME_PEACE),
    ("disaster", _DISASTER, _DISASTER_PEACE),
)
