"""What the public may not read in a topic: telephone and identity numbers, names people give, the doors they live at.

The text itself stays as it was sent, for the clerk; everybody else is shown the masked one. Masking errs on the side of
hiding: a plate number lost is better than a neighbour named. Words of all languages are data here.
"""

from __future__ import annotations

import re

MASK = "*"
# Full-width digits and letters are read like others; each is one character, so that nothing else changes.
_NARROW = {
    code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if (kept := chr(code - 0xFEE0)).isalnum() or kept in "+-@"
}
_SEPARATED = r"[\s-]?"
# Chinese identity numbers: 17 digits and a digit or X (GB 11643); older ones have 15 digits.
_IDENTITY = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?![\dXx])")
_MOBILE = re.compile(rf"(?<!\d)(?:\+?86{_SEPARATED})?1[3-9]\d(?:{_SEPARATED}\d{{4}}){{2}}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[\s-]?\d{7,8}(?!\d)")
_ABROAD = re.compile(r"\+\d[\d\s().-]{6,}\d")
_US = re.compile(r"(?<!\d)\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\d)")
# Whatever has seven digits and more in a row is somebody's number: bank card, account, messenger.
_LONG = re.compile(r"\d[\d ]{5,}\d")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MESSENGER = re.compile(r"(?i)(微信号?|QQ|wechat)([\s:：是为]*)([A-Za-z0-9_-]{5,20})")
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲"
    "邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲"
    "伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申"
    "扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广"
    "禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖涂覃欧阳上官司马诸葛"
)
# What begins like a name and is none.
_NO_NAMES = "高中|农民|农户|党员|常住|车主|广大|文明|应该|强烈|都|从|和|于|向|能|经|单|全|水|东|方"
_NAME = rf"(?!{_NO_NAMES})[{_SURNAMES}][\u4e00-\u9fff·]{{1,3}}?"
_ENDS = r"(?=[\s,，。.;；:：!！?？、()（）]|$|是|住|家|在|今|现|的|，)"
_CALLED = re.compile(rf"(我叫|我名叫|我的名字[叫是]|本人姓名|姓名|联系人|本人|我是)([\s:：是为]*)({_NAME}){_ENDS}")
_CALLED_LATIN = re.compile(r"(?i)\b(my name is|i am called|name\s*:)(\s+)([A-Z][\w'-]+(?:\s+[A-Z][\w'-]+){0,2})")
# A door: its number after a lane, a village or a group, a room in a house of many; the house of many itself stays.
_ROOM = re.compile(r"\d{2,4}(室|户|房)(?!型|屋)|(?<=栋|幢)\d{3,4}(?!\d)|(?<=单元)\d{3,4}(?!\d)")
_HOUSE_NUMBER = re.compile(
    r"((?:路|街|巷|弄|村|组|队|里|坊|胡同)\s*)(\d{1,4}|[一二三四五六七八九十百]{1,4})(号)(?!线|楼|公路|桥|井|议)"
)
_HOUSE_LATIN = re.compile(
    r"(?i)(?<![\w-])(\d{1,5})(\s+(?:[NSEW]\.?\s+)?(?:[A-Z][\w']+\s+){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|way|blvd)\b)"
)
_UNIT_LATIN = re.compile(r"(?i)\b(apt|apartment|unit|room|house no|house number|no)(\.?\s*#?)(\d+[A-Z]?)\b")


def mask(text: str) -> str:
    """The text as the public may read it: every number, name and door that tells who somebody is, as stars."""
    shown = text.translate(_NARROW)
    for pattern in (_MAIL, _IDENTITY, _MOBILE, _LANDLINE, _ABROAD, _US, _LONG):
        shown = pattern.sub(_stars, shown)
    shown = _MESSENGER.sub(_keep_first_two, shown)
    shown = _CALLED.sub(_keep_surname, shown)
    shown = _CALLED_LATIN.sub(_keep_first_two, shown)
    shown = _HOUSE_NUMBER.sub(lambda found: f"{found[1]}{MASK * 2}{found[3]}", shown)
    shown = _ROOM.sub(lambda found: f"{MASK * 2}{found[1] or ''}", shown)
    shown = _HOUSE_LATIN.sub(lambda found: f"{MASK * 2}{found[2]}", shown)
    return _UNIT_LATIN.sub(_keep_first_two, shown)


def _stars(_found: re.Match[str]) -> str:
    return MASK * 4


def _keep_first_two(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{MASK * 2}"


def _keep_surname(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{found[3][0]}{MASK * 2}"
