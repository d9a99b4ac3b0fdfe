"""The words of notices and calendars, in the six languages of the desk. Texts only; who writes puts them together.

Those that no reviewer of the language has read say so at their foot.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PHRASES", "Phrases"]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Words in one language. What stands in braces is filled in."""

    training: str
    subject: str
    subject_digest: str
    subject_test: str
    case: str
    counterpart: str
    due: str
    date: str
    why: str
    todo: str
    clocks: Mapping[str, str]
    by_us: str
    by_them: str
    near: str
    passed: str  # a limit that binds both
    passed_own: str  # our own target
    again: str
    escalated: str
    deputy: str
    late: str
    do_ours: str
    do_theirs: str
    digest: str
    more: str
    test: str
    reached: str
    foot: str
    calendar_mine: str
    calendar_team: str
    calendar_says: str
    entry: str
    number: str
    bases: Mapping[str, str]
    first_date: str
    still: str
    more_dates: str
    unread: str = ""
    colon: str = ": "
    comma: str = ", "


EN = Phrases(
    training="TRAINING",
    subject="Reminder: {clock}, {date}, case {case}",
    subject_digest="Reminders of the day: {count}",
    subject_test="Test: mail from the tracing desk arrives",
    case="Case (the end of its number)", counterpart="Counterpart", due="Due", date="Date", why="Why now",
    todo="What to do",
    clocks={
        "ack": "acknowledgement", "answer": "answer", "info": "information asked for", "clarify": "explanation",
        "consent": "decision on a consent", "revised": "date named in a notice of delay",
        "lapse": "end of a request without an answer", "retention": "end of keeping",
    },
    by_us="owed by us", by_them="owed by the other side",
    near="the date is near.",
    passed="the date has passed; the limit binds both sides.",
    passed_own="the date has passed; it is our own target.",
    again="it is still open.",
    escalated="it comes to you because nothing was done in time.",
    deputy="it comes to you as deputy.",
    late="(Given late: the node was not running.)",
    do_ours="open the case at the desk and do what is due, or put the reminder off.",
    do_theirs="open the case at the desk and remind the other side, or put the reminder off.",
    digest="What you are reminded of today:",
    more="More of them stand at the desk: {count}",
    reached="Test: the tracing desk reaches this receiver.",
    test="Mail from the tracing desk reaches this address. You need do nothing.",
    foot="This mail was written by a program; please do not answer it. It holds nothing of what is in a case. "
    "What comes by mail is chosen at the desk, under Reminders.",
    calendar_mine="Tracing: my dates", calendar_team="Tracing: all dates",
    calendar_says="Open duties from {first} to {last}, at most {most}, the nearest first. What is done leaves "
    "the calendar. All stand at the desk, and what stands there counts.",
    entry="{duty}, case {case}", number="Where the number comes from",
    bases={
        "treaty": "a treaty; the limit binds both sides",
        "agreed": "agreed by both sides; the limit binds both",
        "unverified": "a treaty, whose number nobody has verified", "internal": "our own target",
        "provider": "a day set by who gave the information",
    },
    first_date="First date", still="The clock stands still; this is the earliest date.",
    more_dates="More dates stand at the desk",
)  # fmt: skip

FR = Phrases(
    training="EXERCICE",
    subject="Rappel : {clock}, {date}, dossier {case}",
    subject_digest="Rappels du jour : {count}",
    subject_test="Essai : le courrier du bureau de traçage arrive",
    case="Dossier (fin de son numéro)", counterpart="Autorité partenaire", due="À faire", date="Date",
    why="Pourquoi maintenant", todo="Que faire",
    clocks={
        "ack": "accusé de réception", "answer": "réponse", "info": "renseignements demandés",
        "clarify": "explication", "consent": "décision sur un consentement",
        "revised": "date indiquée dans un avis de retard", "lapse": "fin d’une demande restée sans réponse",
        "retention": "fin de la conservation",
    },
    by_us="à notre charge", by_them="à la charge de l’autre partie",
    near="la date approche.",
    passed="la date est passée ; le délai lie les deux parties.",
    passed_own="la date est passée ; c’est notre propre objectif.",
    again="ce point reste ouvert.",
    escalated="ce rappel vous parvient parce que rien n’a été fait à temps.",
    deputy="ce rappel vous parvient en tant que suppléant.",
    late="(Donné en retard : le nœud ne fonctionnait pas.)",
    do_ours="ouvrez le dossier au bureau et faites ce qui est dû, ou reportez le rappel.",
    do_theirs="ouvrez le dossier au bureau et relancez l’autre partie, ou reportez le rappel.",
    digest="Vos rappels d’aujourd’hui :",
    more="D’autres figurent au bureau : {count}",
    reached="Essai : le bureau de traçage atteint ce destinataire.",
    test="Le courrier du bureau de traçage parvient à cette adresse. Vous n’avez rien à faire.",
    foot="Ce message a été écrit par un programme ; merci de ne pas y répondre. Il ne contient rien du contenu d’un "
    "dossier. Ce qui vient par courrier se choisit au bureau, sous Reminders.",
    calendar_mine="Traçage : mes échéances", calendar_team="Traçage : toutes les échéances",
    calendar_says="Obligations ouvertes du {first} au {last}, {most} au plus, les plus proches d’abord. Ce qui "
    "est fait quitte le calendrier. Tout figure au bureau, qui fait foi.",
    entry="{duty}, dossier {case}", number="Origine du délai",
    bases={
        "treaty": "un traité ; le délai lie les deux parties",
        "agreed": "convenu par les deux parties, qu’il lie",
        "unverified": "un traité dont le chiffre n’a pas été vérifié", "internal": "notre propre objectif",
        "provider": "un jour fixé par qui a donné l’information",
    },
    first_date="Première date", still="Le délai est suspendu ; cette date est la plus proche possible.",
    more_dates="D’autres échéances figurent au bureau",
    unread="Cette traduction n’a pas encore été relue par un locuteur chargé de la vérifier.",
    colon="\u00a0: ",
)  # fmt: skip

ES = Phrases(
    training="EJERCICIO",
    subject="Recordatorio: {clock}, {date}, caso {case}",
    subject_digest="Recordatorios del día: {count}",
    subject_test="Prueba: el correo de la oficina de rastreo llega",
    case="Caso (final de su número)", counterpart="Autoridad contraparte", due="Pendiente", date="Fecha",
    why="Por qué ahora", todo="Qué hacer",
    clocks={
        "ack": "acuse de recibo", "answer": "respuesta", "info": "información solicitada", "clarify": "explicación",
        "consent": "decisión sobre un consentimiento", "revised": "fecha indicada en un aviso de demora",
        "lapse": "fin de una solicitud sin respuesta", "retention": "fin de la conservación",
    },
    by_us="a nuestro cargo", by_them="a cargo de la otra parte",
    near="la fecha se acerca.",
    passed="la fecha ha pasado; el plazo obliga a ambas partes.",
    passed_own="la fecha ha pasado; es nuestro propio objetivo.",
    again="sigue pendiente.",
    escalated="le llega a usted porque no se hizo nada a tiempo.",
    deputy="le llega a usted como suplente.",
    late="(Dado con retraso: el nodo no estaba en marcha.)",
    do_ours="abra el caso en la oficina y haga lo pendiente, o aplace el recordatorio.",
    do_theirs="abra el caso en la oficina y recuérdelo a la otra parte, o aplace el recordatorio.",
    digest="Sus recordatorios de hoy:",
    more="Hay más en la oficina: {count}",
    reached="Prueba: la oficina de rastreo llega a este destinatario.",
    test="El correo de la oficina de rastreo llega a esta dirección. No tiene que hacer nada.",
    foot="Este mensaje lo ha escrito un programa; no lo responda. No contiene nada del contenido de un caso. Lo que "
    "llega por correo se elige en la oficina, en Reminders.",
    calendar_mine="Rastreo: mis plazos", calendar_team="Rastreo: todos los plazos",
    calendar_says="Obligaciones abiertas del {first} al {last}, {most} como máximo, las más cercanas primero. "
    "Lo hecho sale del calendario. Todo figura en la oficina, y vale lo que figura allí.",
    entry="{duty}, caso {case}", number="De dónde viene el plazo",
    bases={
        "treaty": "un tratado; el plazo obliga a ambas partes",
        "agreed": "acordado por ambas partes, a las que obliga",
        "unverified": "un tratado cuya cifra nadie ha verificado", "internal": "nuestro propio objetivo",
        "provider": "un día fijado por quien dio la información",
    },
    first_date="Primera fecha", still="El plazo está suspendido; esta es la fecha más temprana.",
    more_dates="Hay más plazos en la oficina",
    unread="Esta traducción aún no ha sido revisada por un conocedor de la lengua.",
)  # fmt: skip

RU = Phrases(
    training="УЧЕНИЕ",
    subject="Напоминание: {clock}, {date}, дело {case}",
    subject_digest="Напоминания на сегодня: {count}",
    subject_test="Проверка: почта отдела отслеживания доходит",
    case="Дело (конец номера)", counterpart="Другая сторона", due="Что ожидается", date="Срок",
    why="Почему сейчас", todo="Что сделать",
    clocks={
        "ack": "подтверждение получения", "answer": "ответ", "info": "запрошенные сведения", "clarify": "разъяснение",
        "consent": "решение о согласии", "revised": "дата, названная в уведомлении о задержке",
        "lapse": "окончание запроса без ответа", "retention": "окончание хранения",
    },
    by_us="за нами", by_them="за другой стороной",
    near="срок приближается.",
    passed="срок прошёл; он обязателен для обеих сторон.",
    passed_own="срок прошёл; это наша собственная цель.",
    again="вопрос всё ещё открыт.",
    escalated="напоминание пришло вам, потому что вовремя ничего не было сделано.",
    deputy="напоминание пришло вам как заместителю.",
    late="(Дано с опозданием: узел не работал.)",
    do_ours="откройте дело на рабочем месте и сделайте то, что ожидается, или отложите напоминание.",
    do_theirs="откройте дело на рабочем месте и напомните другой стороне или отложите напоминание.",
    digest="О чём вам напоминают сегодня:",
    more="Остальные показаны на рабочем месте: {count}",
    reached="Проверка: отдел отслеживания достигает этого получателя.",
    test="Почта отдела отслеживания доходит до этого адреса. Делать ничего не нужно.",
    foot="Это письмо составлено программой; отвечать на него не нужно. В нём нет ничего из содержания дела. Что "
    "приходит по почте, выбирается на рабочем месте, в разделе Reminders.",
    calendar_mine="Отслеживание: мои сроки", calendar_team="Отслеживание: все сроки",
    calendar_says="Открытые обязанности с {first} по {last}, не более {most}, сначала ближайшие. Выполненное "
    "уходит из календаря. Всё показано на рабочем месте, и верно то, что показано там.",
    entry="{duty}, дело {case}", number="Откуда взят срок",
    bases={
        "treaty": "договор; срок обязателен для обеих сторон",
        "agreed": "согласован обеими сторонами и обязателен для обеих",
        "unverified": "договор, число которого никто не проверил", "internal": "наша собственная цель",
        "provider": "день, указанный тем, кто дал сведения",
    },
    first_date="Первоначальный срок", still="Отсчёт приостановлен; это самая ранняя дата.",
    more_dates="Другие сроки показаны на рабочем месте",
    unread="Этот перевод ещё не проверен носителем языка.",
)  # fmt: skip

ZH = Phrases(
    training="演练",
    subject="提醒：{clock}，{date}，案件 {case}",
    subject_digest="今日提醒：{count}",
    subject_test="测试：追查办公台的邮件可以送达",
    case="案件（编号末尾）", counterpart="对方机关", due="待办事项", date="期限", why="为何现在提醒", todo="应做之事",
    clocks={
        "ack": "确认收到", "answer": "答复", "info": "所要求的资料", "clarify": "说明", "consent": "关于同意的决定",
        "revised": "延迟通知中所定日期", "lapse": "未获答复的请求终止", "retention": "保存期满",
    },
    by_us="由我方负责", by_them="由对方负责",
    near="期限临近。",
    passed="期限已过；该期限对双方均有约束力。",
    passed_own="期限已过；这是我方自定的目标。",
    again="此事仍未办结。",
    escalated="因未按时办理，现提醒您。",
    deputy="您作为代理人收到此提醒。",
    late="（提醒延迟：当时节点未运行。）",
    do_ours="请在办公台打开案件并办理，或推迟提醒。",
    do_theirs="请在办公台打开案件并催促对方，或推迟提醒。",
    digest="今日提醒您的事项：",
    more="其余事项见办公台：{count}",
    reached="测试：追查办公台可以连接到此接收端。",
    test="追查办公台的邮件可以送达此地址。您无需做任何事。",
    foot="本邮件由程序自动生成，请勿回复。其中不含任何案件内容。"
    "哪些提醒通过邮件发送，可在办公台的 Reminders 页面选择。",
    calendar_mine="追查：我的期限", calendar_team="追查：全部期限",
    calendar_says="{first} 至 {last} 的未办事项，最多 {most} 项，先列最近者。办结事项即从日历中移除。"
    "全部事项见办公台，以办公台所示为准。",
    entry="{duty}，案件 {case}", number="期限依据",
    bases={
        "treaty": "条约；该期限对双方均有约束力",
        "agreed": "双方商定；该期限对双方均有约束力",
        "unverified": "条约，其数字尚未核实", "internal": "我方自定的目标",
        "provider": "由信息提供方指定的日期",
    },
    first_date="原定日期", still="期限暂停计算；此为最早日期。", more_dates="其余期限见办公台",
    unread="此译文尚未经该语言的审校人员审阅。",
    colon="：",
    comma="，",
)  # fmt: skip

AR = Phrases(
    training="تدريب",
    subject="تذكير: {clock}، {date}، القضية {case}",
    subject_digest="تذكيرات اليوم: {count}",
    subject_test="اختبار: بريد مكتب التعقّب يصل",
    case="القضية (نهاية رقمها)", counterpart="السلطة النظيرة", due="المطلوب", date="التاريخ", why="لماذا الآن",
    todo="ما يجب فعله",
    clocks={
        "ack": "إشعار بالاستلام", "answer": "رد", "info": "معلومات مطلوبة", "clarify": "توضيح",
        "consent": "قرار بشأن موافقة", "revised": "تاريخ مذكور في إشعار بالتأخير", "lapse": "انتهاء طلب لم يُردّ عليه",
        "retention": "انتهاء مدة الحفظ",
    },
    by_us="علينا", by_them="على الطرف الآخر",
    near="التاريخ يقترب.",
    passed="انقضى التاريخ، والمهلة ملزمة للطرفين.",
    passed_own="انقضى التاريخ، وهو هدف وضعناه لأنفسنا.",
    again="ما زال الأمر مفتوحًا.",
    escalated="وصلك هذا التذكير لأن شيئًا لم يُنجز في الوقت المحدد.",
    deputy="وصلك هذا التذكير بصفتك نائبًا.",
    late="(تأخر هذا التذكير لأن العقدة لم تكن تعمل.)",
    do_ours="افتح القضية في المكتب وأنجز المطلوب، أو أجّل التذكير.",
    do_theirs="افتح القضية في المكتب وذكّر الطرف الآخر، أو أجّل التذكير.",
    digest="ما نذكّرك به اليوم:",
    more="البقية في المكتب: {count}",
    reached="اختبار: مكتب التعقّب يصل إلى هذا المستقبِل.",
    test="بريد مكتب التعقّب يصل إلى هذا العنوان. لا يلزمك فعل أي شيء.",
    foot="كتب هذه الرسالةَ برنامج، فلا تردّ عليها. وهي لا تتضمن شيئًا من محتوى القضايا. وما يصل بالبريد يُختار في المكتب "
    "تحت Reminders.",
    calendar_mine="التعقّب: مواعيدي", calendar_team="التعقّب: جميع المواعيد",
    calendar_says="الواجبات المفتوحة من {first} إلى {last}، {most} على الأكثر، الأقرب أولًا. ما أُنجز يخرج من "
    "التقويم. وكلها في المكتب، والعبرة بما فيه.",
    entry="{duty}، القضية {case}", number="مصدر المهلة",
    bases={
        "treaty": "معاهدة، والمهلة ملزمة للطرفين",
        "agreed": "متفق عليها بين الطرفين وملزمة لهما",
        "unverified": "معاهدة لم يتحقق أحد من رقمها", "internal": "هدف وضعناه لأنفسنا",
        "provider": "يوم حدده من قدّم المعلومات",
    },
    first_date="التاريخ الأول", still="المهلة متوقفة، وهذا أقرب تاريخ ممكن.", more_dates="في المكتب مواعيد أخرى",
    unread="لم يراجع هذه الترجمةَ بعدُ مراجعٌ من أهل اللغة.",
    comma="، ",
)  # fmt: skip

PHRASES: Mapping[str, Phrases] = {"ar": AR, "en": EN, "es": ES, "fr": FR, "ru": RU, "zh": ZH}
"""Language -> its words."""
