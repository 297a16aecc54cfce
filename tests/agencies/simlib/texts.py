"""Answers as the agencies' officials would write them, in the language of the appeal.

Every person and number is fictitious. Law: Administrative Procedural and Process-Related Code
(APPC) of 29.06.2020 No. 350-VI, arts. 76 (terms), 80 (form of the act), 89 (answers), 91-92
(complaint before trial)."""
from .service import pick

_OPENING = {
    "kk": "Сіздің {received} күнгі {number} өтінішіңіз қаралды.",
    "ru": "Ваше обращение № {number} от {received} рассмотрено.",
    "en": "Your appeal No. {number} of {received} has been considered.",
}

_FINDINGS = {
    "minfin": {
        "kk": ("Салық төлеушінің дербес шотының мәліметтері мен ұсынылған құжаттар салыстырылып "
               "тексерілді.",
               "Мемлекеттік сатып алу рәсімінің құжаттары мен веб-порталдағы хаттамалар "
               "зерделенді.",
               "Бюджеттік өтінім мен бөлінген қаражаттың игерілуі туралы есептер қаралды."),
        "ru": ("Проведена сверка сведений лицевого счёта налогоплательщика с представленными "
               "документами.",
               "Изучены документы процедуры государственных закупок и протоколы на веб-портале.",
               "Рассмотрены бюджетная заявка и отчёты об освоении выделенных средств."),
        "en": ("The taxpayer's personal account was reconciled with the documents you sent.",
               "The procurement file and the minutes published on the web portal were studied.",
               "The budget request and the reports on the use of the funds were examined."),
    },
    "akimat": {
        "kk": ("Комиссия мекенжайға шығып, тексеру жүргізді және тиісті акт жасалды.",
               "Мәселе бойынша қызмет көрсететін ұйымнан түсіндірме алынды.",
               "Тұрғындардың пікірі мен қаланың жөндеу жұмыстарының жоспары ескерілді."),
        "ru": ("Комиссия выехала на место, провела обследование и составила акт.",
               "По вопросу получены пояснения обслуживающей организации.",
               "Учтены мнение жильцов и план ремонтных работ города."),
        "en": ("A commission visited the place, inspected it and drew up a report.",
               "An explanation was obtained from the service company.",
               "The residents' opinion and the city's repair plan were taken into account."),
    },
    "zher": {
        "kk": ("Жер кадастрының мәліметтері және учаскенің шекаралары тексерілді.",
               "Құрылыс салуға рұқсат беру құжаттары зерделенді.",
               "Экологиялық талаптардың сақталуы бойынша сынамалар алынды."),
        "ru": ("Проверены сведения земельного кадастра и границы участка.",
               "Изучены разрешительные документы на строительство.",
               "Взяты пробы для проверки соблюдения экологических требований."),
        "en": ("The land cadastre and the borders of the plot were checked.",
               "The building permits were studied.",
               "Samples were taken to check that ecological requirements are kept."),
    },
}

_OUTCOME = {
    "satisfied": {
        "kk": "Өтінішіңіз толық қанағаттандырылды: көрсетілген мәселе бойынша тиісті шаралар "
              "қабылданды, орындалуы бақылауға алынды.",
        "ru": "Обращение удовлетворено полностью: по указанному вопросу приняты меры, их "
              "исполнение взято на контроль.",
        "en": "Your appeal is satisfied in full: measures have been taken and their execution is "
              "being monitored.",
    },
    "partly": {
        "kk": "Өтінішіңіз ішінара қанағаттандырылды: бірінші талап орындалды, ал қалған бөлігі "
              "бойынша қосымша негіз анықталған жоқ.",
        "ru": "Обращение удовлетворено частично: первое требование выполнено, по остальной части "
              "оснований не установлено.",
        "en": "Your appeal is satisfied in part: the first request is met, for the rest no grounds "
              "were found.",
    },
    "refused": {
        "kk": "Өтінішіңізді қанағаттандырудан бас тартылды: ұсынылған құжаттар талаптың негізділігін "
              "растамайды.",
        "ru": "В удовлетворении обращения отказано: представленные документы не подтверждают "
              "обоснованность требования.",
        "en": "Your appeal is refused: the documents you sent do not prove that the request is "
              "well-founded.",
    },
    "explained": {
        "kk": "Сізге қолданыстағы заңнаманың тәртібі түсіндіріледі: мәселені шешу үшін құжаттарды "
              "Мемлекеттік корпорация арқылы немесе egov.kz порталында тапсыруға болады.",
        "ru": "Разъясняем порядок, установленный законодательством: для решения вопроса документы "
              "можно подать через Государственную корпорацию или на портале egov.kz.",
        "en": "We explain the procedure set by law: the documents can be filed through the State "
              "Corporation or on the egov.kz portal.",
    },
    "sent_up": {
        "kk": "Шағым істің материалдарымен бірге ӘРПК-нің 91-бабының 4-бөлігіне сәйкес жоғары тұрған "
              "органға жіберілді.",
        "ru": "Жалоба вместе с делом направлена в вышестоящий орган в соответствии с частью 4 "
              "статьи 91 АППК.",
        "en": "Your complaint was sent, with the case, to the higher body under article 91(4) of the "
              "APPC.",
    },
    "satisfied_here": {
        "kk": "Шағым толық қанағаттандырылды: талап етілген әрекет жасалды (ӘРПК-нің 91-бабының "
              "4-бөлігі).",
        "ru": "Жалоба удовлетворена полностью: требуемое действие совершено (часть 4 статьи 91 "
              "АППК).",
        "en": "Your complaint is satisfied in full: what you asked for was done (article 91(4) of the "
              "APPC).",
    },
    "terminated": {
        "kk": "Өтінішті қарау тоқтатылды: мәселе бойынша бұрын шешім қабылданған.",
        "ru": "Рассмотрение обращения прекращено: по вопросу ранее принято решение.",
        "en": "Consideration is terminated: the matter has been decided before.",
    },
}

_ROUTE = {
    "kk": "Шешіммен келіспеген жағдайда Сіз ӘРПК-нің 91, 92-баптарына сәйкес үш ай ішінде жоғары "
          "тұрған органға ({body}) шағымдануға құқылысыз.",
    "ru": "В случае несогласия Вы вправе обжаловать решение в вышестоящий орган ({body}) в течение "
          "трёх месяцев в соответствии со статьями 91, 92 АППК.",
    "en": "If you disagree, you may complain to the higher body ({body}) within three months under "
          "articles 91 and 92 of the APPC.",
}

_REASONS = {
    "kk": "Қазақстан Республикасының Әкімшілік рәсімдік-процестік кодексінің 76, 80, 89-баптары.",
    "ru": "Статьи 76, 80, 89 Административного процедурно-процессуального кодекса Республики "
          "Казахстан.",
    "en": "Articles 76, 80 and 89 of the Administrative Procedural and Process-Related Code of the "
          "Republic of Kazakhstan.",
}

_HIGHER = {
    "minfin": {"kk": "Қаржы министрлігінің апелляциялық комиссиясы",
               "ru": "Апелляционная комиссия Министерства финансов",
               "en": "Appeals commission of the Ministry of Finance"},
    "akimat": {"kk": "Қала әкімінің аппараты", "ru": "Аппарат акима города",
               "en": "Office of the city akim"},
    "zher": {"kk": "Ауыл шаруашылығы министрлігі", "ru": "Министерство сельского хозяйства",
             "en": "Ministry of Agriculture"},
}

_OFFICIALS = {
    "minfin": (("Сейітқали Д. Б.", "Департамент директорының орынбасары"),
               ("Ким Е. В.", "Басқарма басшысы")),
    "akimat": (("Нұрланова Ә. С.", "Басқарма басшысы"),
               ("Петренко О. И.", "Бөлім басшысы")),
    "zher": (("Қалдыбаев Ғ. Т.", "Комитет төрағасының орынбасары"),
             ("Жүнісова Ү. М.", "Басқарма басшысы")),
}

_LAWS = {
    "minfin": {"kk": "«Мемлекеттік сатып алу туралы» Заң; Салық кодексі",
               "ru": "Закон «О государственных закупках»; Налоговый кодекс",
               "en": "Law on Public Procurement; Tax Code"},
    "akimat": {"kk": "«Тұрғын үй қатынастары туралы» Заң", "ru": "Закон «О жилищных отношениях»",
               "en": "Law on Housing Relations"},
    "zher": {"kk": "Жер кодексі", "ru": "Земельный кодекс", "en": "Land Code"},
}

_REGISTERED = {"kk": "Өтініш тіркелді", "ru": "Обращение зарегистрировано",
               "en": "The appeal is registered"}
_EXTENDED = {"kk": "Қосымша құжаттар сұратылды, мерзім ұзартылды",
             "ru": "Запрошены дополнительные документы, срок продлён",
             "en": "Further documents were requested, the term is extended"}
_DONE = {"kk": "Шешім қабылданды", "ru": "Решение принято", "en": "A decision is taken"}


def language(code):
    """kk, ru or en for a language code of any of the three dialects."""
    return {"KZ": "kk", "KZRU": "kk", "KZOther": "kk", "KK": "kk", "RU": "ru", "RUOther": "ru",
            "ENG": "en", "EN": "en"}.get(str(code), None) or \
        {"kk": "kk", "ru": "ru", "en": "en"}.get(str(code), "ru")


def note(kind, lang):
    return {"registered": _REGISTERED, "extended": _EXTENDED, "done": _DONE}[kind][lang]


BIN = {"minfin": "990140900507", "akimat": "940140000385", "zher": "990141999900"}


def against_itself(agency, contested, subject):
    """The outcome of a complaint against the agency's own act, action or inaction; None for any other.
    It decides no such complaint: within three days it satisfies it in full, which is easy where it only
    failed to act, or sends it up with the case (APPC 91(4))."""
    if contested != BIN[agency]:
        return None
    return "satisfied_here" if subject == "inaction" else "sent_up"


def decision(agency, lang, outcome, number, received, seed, message_id):
    """`outcome`: satisfied, partly, refused, explained, terminated, sent_up, satisfied_here."""
    finding = pick(seed, _FINDINGS[agency][lang], "finding", message_id)
    official, post = pick(seed, _OFFICIALS[agency], "official", message_id)
    body = _HIGHER[agency][lang]
    text = " ".join([_OPENING[lang].format(number=number, received=received), finding,
                     _OUTCOME[outcome][lang], _ROUTE[lang].format(body=body)])
    refs = [_REASONS[lang].rstrip("."), *_LAWS[agency][lang].split("; ")]
    return {"text": text, "reasons": _REASONS[lang], "legal_refs": refs, "official": official,
            "post": post, "higher_body": body, "resolution": _OUTCOME[outcome][lang]}
