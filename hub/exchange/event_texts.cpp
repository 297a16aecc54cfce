#include "hub/exchange/event_texts.h"

#include <algorithm>
#include <array>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

namespace hub::exchange {
namespace {

struct Texts {
  std::string_view type, en, ru, kk;
};

// After the type of an event whose texts hold a date: its texts without one.
constexpr std::string_view kUndated = ", no date";

constexpr std::array kTexts = {
    Texts{"received", "The appeal was received", "Обращение получено", "Өтініш қабылданды"},
    Texts{"registered", "Registered; reply due by {}", "Зарегистрировано; срок ответа до {}",
          "Тіркелді; жауап беру мерзімі {} дейін"},
    Texts{"registered, no date", "Registered; the term of the reply is being determined",
          "Зарегистрировано; срок ответа уточняется", "Тіркелді; жауап беру мерзімі нақтылануда"},
    Texts{"routed", "Directed to the competent body: {}", "Направляется в компетентный орган: {}",
          "Құзыретті органға бағытталады: {}"},
    Texts{"awaiting_routing", "Waits for a person to choose the competent body",
          "Ожидает определения компетентного органа сотрудником",
          "Құзыретті органды қызметкердің анықтауын күтуде"},
    Texts{"delivered", "Delivered to the competent body", "Передано в компетентный орган",
          "Құзыретті органға жеткізілді"},
    Texts{"delivery_confirmed", "The body's system has the appeal; it was not sent again",
          "Обращение есть в системе органа; повторно оно не отправлялось",
          "Өтініш орган жүйесінде бар; ол қайта жіберілмеді"},
    Texts{"withdrawal_delivered", "The body's system was told of the withdrawal",
          "Системе органа сообщено об отзыве",
          "Орган жүйесіне кері қайтарып алу туралы хабарланды"},
    Texts{"term_change_delivered", "The body's system was told of the new term",
          "Системе органа сообщён новый срок", "Орган жүйесіне жаңа мерзім туралы хабарланды"},
    Texts{"message_refused", "The body's system did not take what it was told about the appeal",
          "Система органа не приняла сообщение по обращению",
          "Орган жүйесі өтініш бойынша хабарламаны қабылдамады"},
    Texts{"delivery_failed", "Could not be delivered; the hub's operators were told",
          "Не удалось передать; операторы хаба уведомлены",
          "Жеткізу мүмкін болмады; хаб операторларына хабарланды"},
    Texts{"delivery_refused", "The body's system refused the appeal",
          "Система органа не приняла обращение", "Орган жүйесі өтінішті қабылдамады"},
    Texts{"taken_after_stop",
          "The system of {} took the appeal after its delivery was stopped: the case there is to "
          "be closed",
          "Система {} приняла обращение после остановки передачи: дело там следует закрыть",
          "{} жүйесі жеткізу тоқтатылғаннан кейін өтінішті қабылдады: ондағы іс жабылуға тиіс"},
    Texts{"second_case_number",
          "The body's system told a second case number of the appeal; an administrator asks the "
          "body which of the two cases goes on",
          "Система органа сообщила второй номер дела по обращению; администратор уточняет у "
          "органа, какое из двух дел продолжается",
          "Орган жүйесі өтініш бойынша екінші іс нөмірін хабарлады; әкімші екі істің қайсысы "
          "жалғасатынын органнан нақтылайды"},
    Texts{"escalated", "Delivery takes long; a person was told",
          "Передача затягивается; сообщено сотруднику",
          "Жеткізу созылып жатыр; қызметкерге хабарланды"},
    Texts{"answer_overdue",
          "The body's system took the appeal and has not confirmed it in time; a person was told",
          "Система органа приняла обращение, но не подтвердила его в срок; сообщено сотруднику",
          "Орган жүйесі өтінішті алды, бірақ мерзімінде растамады; қызметкерге хабарланды"},
    Texts{"retry_requested", "An operator asked to deliver again",
          "Оператор запросил повторную передачу", "Оператор қайта жеткізуді сұрады"},
    Texts{"status_delivered", "The body received the appeal", "Орган получил обращение",
          "Орган өтінішті алды"},
    Texts{"status_registered", "The body registered the appeal in its system",
          "Орган зарегистрировал обращение в своей системе", "Орган өтінішті өз жүйесінде тіркеді"},
    Texts{"status_not_registered",
          "The body did not register the appeal; the competent body is being chosen anew",
          "Орган не зарегистрировал обращение; компетентный орган определяется заново",
          "Орган өтінішті тіркемеді; құзыретті орган қайта анықталуда"},
    Texts{"status_assigned", "The body named who considers the appeal",
          "Орган назначил исполнителя по обращению", "Орган өтініш бойынша орындаушы тағайындады"},
    Texts{"status_in_work", "The body is considering the appeal", "Обращение рассматривается",
          "Өтініш қаралуда"},
    Texts{"status_extended", "The term was extended until {}", "Срок продлён до {}",
          "Мерзім {} дейін ұзартылды"},
    Texts{"status_extended, no date", "The term was extended", "Срок продлён", "Мерзім ұзартылды"},
    Texts{"extension_notified, no date", "The applicant was told of the extension",
          "Заявитель уведомлён о продлении", "Өтініш беруші ұзарту туралы хабардар етілді"},
    Texts{"term_moved, no date",
          "The calendar of working days changed; the term of the reply is being determined",
          "Изменён календарь рабочих дней; срок ответа уточняется",
          "Жұмыс күндерінің күнтізбесі өзгерді; жауап беру мерзімі нақтылануда"},
    Texts{"extension_notified", "The applicant was told of the extension on {}",
          "Заявитель уведомлён о продлении {}", "Өтініш беруші ұзарту туралы {} хабардар етілді"},
    Texts{"forwarding_notified", "The applicant was told of the forwarding on {}",
          "Заявитель уведомлён о перенаправлении {}",
          "Өтініш беруші жіберу туралы {} хабардар етілді"},
    Texts{"status_unlawful",
          "The body announced an extension that the law does not give; the term stands",
          "Орган сообщил о продлении, не предусмотренном законом; срок остаётся прежним",
          "Орган заңда көзделмеген ұзарту туралы хабарлады; мерзім өзгермейді"},
    Texts{"decision_unlawful",
          "The body's act is on record; it is marked as contrary to the law: {}",
          "Акт органа записан; отмечено, что он противоречит закону: {}",
          "Органның актісі жазылды; заңға қайшы екені белгіленді: {}"},
    Texts{"status_nonconforming_notice",
          "The body gave notice of defects, which the applicant is to mend",
          "Орган уведомил о недостатках обращения, которые заявителю нужно устранить",
          "Орган өтініштің кемшіліктері туралы хабарлады, өтініш беруші оларды жоюы керек"},
    Texts{"status_hearing_notified",
          "The body sent its preliminary decision; the applicant may object",
          "Орган направил предварительное решение; заявитель вправе возразить",
          "Орган алдын ала шешімді жіберді; өтініш беруші қарсылық білдіре алады"},
    Texts{"status_hearing_held", "The hearing was held", "Заслушивание проведено", "Тыңдау өтті"},
    Texts{"status_term_changed",
          "The body has another day in its own system; the legal term stands",
          "В системе органа указан другой срок; законный срок остаётся прежним",
          "Орган жүйесінде басқа мерзім көрсетілген; заңды мерзім өзгермейді"},
    Texts{"status_control_set", "The body put the appeal under its control",
          "Орган поставил обращение на контроль", "Орган өтінішті бақылауға алды"},
    Texts{"status_control_removed", "The body took the appeal off its control",
          "Орган снял обращение с контроля", "Орган өтінішті бақылаудан алды"},
    Texts{"status_withdrawn", "The body reports that the applicant withdrew the appeal",
          "Орган сообщил, что заявитель отозвал обращение",
          "Орган өтініш берушінің өтінішті кері қайтарып алғанын хабарлады"},
    Texts{"status_withdrawal_refused", "The body declined the withdrawal; the procedure goes on",
          "Орган отказал в отзыве; рассмотрение продолжается",
          "Орган кері қайтарып алудан бас тартты; қарау жалғасуда"},
    Texts{"status_forwarded", "The body forwarded the appeal", "Орган перенаправил обращение",
          "Орган өтінішті қайта бағыттады"},
    Texts{"status_refused",
          "The body did not accept the appeal; the competent body is being chosen anew",
          "Орган не принял обращение; компетентный орган определяется заново",
          "Орган өтінішті қабылдамады; құзыретті орган қайта анықталуда"},
    Texts{"status_returned", "The appeal was returned", "Обращение возвращено",
          "Өтініш қайтарылды"},
    Texts{"status_terminated", "The procedure was terminated", "Производство прекращено",
          "Іс жүргізу тоқтатылды"},
    Texts{"status_executed", "The body reports the work as done", "Орган сообщил об исполнении",
          "Орган орындалғаны туралы хабарлады"},
    Texts{"status_late", "A status arrived that no longer applies",
          "Поступил статус, который уже не применим", "Енді қолданылмайтын мәртебе келді"},
    Texts{"term_moved", "The calendar of working days changed; reply due by {}",
          "Изменён календарь рабочих дней; срок ответа до {}",
          "Жұмыс күндерінің күнтізбесі өзгерді; жауап беру мерзімі {} дейін"},
    Texts{"term_lost",
          "The calendar of working days changed; the day of the reply is not known until there is "
          "a calendar for the year {}",
          "Изменён календарь рабочих дней; срок ответа неизвестен, пока нет календаря на {} год",
          "Жұмыс күндерінің күнтізбесі өзгерді; {} жылдың күнтізбесі болғанша жауап беру мерзімі "
          "белгісіз"},
    Texts{"term_restarted", "The term counts from the arrival at this body; reply due by {}",
          "Срок исчисляется со дня поступления в этот орган; срок ответа до {}",
          "Мерзім осы органға келіп түскен күннен есептеледі; жауап беру мерзімі {} дейін"},
    Texts{
        "term_restarted, no date",
        "The term counts from the arrival at this body; the term of the reply is being determined",
        "Срок исчисляется со дня поступления в этот орган; срок ответа уточняется",
        "Мерзім осы органға келіп түскен күннен есептеледі; жауап беру мерзімі нақтылануда"},
    Texts{"term_lost, no date",
          "The calendar of working days changed; the day of the reply is not known until the "
          "calendar of its year is there",
          "Изменён календарь рабочих дней; срок ответа неизвестен, пока нет календаря на его год",
          "Жұмыс күндерінің күнтізбесі өзгерді; сол жылдың күнтізбесі болғанша жауап беру мерзімі "
          "белгісіз"},
    Texts{"clock_moved", "The calendar of working days changed; {}",
          "Изменён календарь рабочих дней; {}", "Жұмыс күндерінің күнтізбесі өзгерді; {}"},
    Texts{"notice_dropped",
          "The notice of defects, with the time until {} to mend them, holds no more: what is "
          "missing the body judges that the appeal goes to",
          "Уведомление о недостатках со сроком их устранения до {} больше не действует: чего не "
          "хватает, решит орган, в который направляется обращение",
          "{} дейін жою мерзімі берілген кемшіліктер туралы хабарлама енді қолданылмайды: не "
          "жетіспейтінін өтініш бағытталған орган шешеді"},
    Texts{"notice_dropped, no date",
          "The notice of defects holds no more: what is missing the body judges that the appeal "
          "goes to",
          "Уведомление о недостатках больше не действует: чего не хватает, решит орган, в который "
          "направляется обращение",
          "Кемшіліктер туралы хабарлама енді қолданылмайды: не жетіспейтінін өтініш бағытталған "
          "орган шешеді"},
    Texts{"acted", "{}", "{}", "{}"},
    Texts{"sub_order", "Sub-order to another body, no. {}", "Поручение другому органу № {}",
          "Басқа органға тапсырма № {}"},
    Texts{"deemed_refused",
          "The term ended without a decision: by law this counts as a refusal, of which the "
          "applicant may "
          "complain",
          "Срок истёк без решения: по закону это считается отказом, заявитель вправе подать жалобу",
          "Мерзім шешімсіз аяқталды: заң бойынша бұл бас тарту деп саналады, өтініш беруші шағым "
          "бере "
          "алады"},
    Texts{
        "complaint_to_check",
        "Not linked by itself to the case it names: a person judges whether it is about that case",
        "Не связана автоматически с названным делом: относится ли она к нему, решает человек",
        "Аталған іспен өздігінен байланыстырылмады: оған қатысы бар-жоғын адам шешеді"},
    Texts{"official_to_check",
          "The executor bears a name like that of the official complained of: a person must make "
          "sure that it is another",
          "Имя исполнителя похоже на имя должностного лица, на которое подана жалоба: человек "
          "должен убедиться, что это не оно",
          "Орындаушының аты шағым жасалған лауазымды адамның атына ұқсас: оның өзі емес екеніне "
          "адам көз жеткізуі керек"},
    Texts{
        "term_to_check",
        "The body told of it after the term; by the day that it names itself, {}, the term was "
        "kept: a person must make sure of that day",
        "Орган сообщил об этом после срока; по названному им самим дню, {}, срок соблюдён: "
        "человек должен убедиться в этой дате",
        "Орган бұл туралы мерзім өткеннен кейін хабарлады; оның өзі атаған {} күні бойынша мерзім "
        "сақталған: бұл күнге адам көз жеткізуі керек"},
    Texts{"complaint_filed", "A complaint was filed: {}", "Подана жалоба: {}", "Шағым берілді: {}"},
    Texts{"execution_suspended", "The execution of the act is suspended by complaint {}",
          "Исполнение акта приостановлено жалобой {}",
          "Актінің орындалуы шағыммен тоқтатыла тұрды: {}"},
    Texts{"execution_resumed", "The execution of the act goes on after complaint {}",
          "Исполнение акта возобновлено после жалобы {}",
          "Актінің орындалуы шағымнан кейін жалғасады: {}"},
    Texts{"execution_still_stopped",
          "Complaint {} changed nothing; another one still stops the execution of the act",
          "Жалоба {} ничего не изменила; исполнение акта приостановлено другой жалобой",
          "{} шағымы ештеңені өзгертпеді; актінің орындалуын басқа шағым тоқтатып тұр"},
    Texts{"execution_stop_joined",
          "The complaint noted as {} is another one of those that stop the act: it counts once",
          "Жалоба, отмеченная как {}, — одна из тех, что уже приостановили исполнение акта: она "
          "учитывается один раз",
          "{} деп белгіленген шағым — актінің орындалуын тоқтатып тұрған басқа шағымның өзі: ол "
          "бір рет есептеледі"},
    Texts{"execution_over", "By the decision on complaint {} the act is not executed any more",
          "По решению на жалобу {} акт больше не исполняется",
          "{} шағымы бойынша шешімге орай акт бұдан әрі орындалмайды"},
    Texts{"execution_waits",
          "Complaint {} is over in the hub, and the act still stopped: what became of it is to be "
          "noted here",
          "Жалоба {} в хабе завершена, а исполнение акта приостановлено: её итог нужно отметить "
          "здесь",
          "{} шағымы хабта аяқталды, актінің орындалуы әлі тоқтатулы: оның нәтижесін осы жерде "
          "белгілеу керек"},
    Texts{"complaint_to_confirm",
          "The applicant told of complaint {}: it will stop the execution of the act when the "
          "registrar confirms it",
          "Заявитель сообщил о жалобе {}: она приостановит исполнение акта, когда её подтвердит "
          "регистратор",
          "Өтініш беруші {} шағымы туралы хабарлады: тіркеуші растағаннан кейін ол актінің "
          "орындалуын тоқтата тұрады"},
    Texts{"complaint_before_act",
          "Complaint {} is against an act that the register does not have yet",
          "Жалоба {} подана на акт, которого в реестре ещё нет",
          "{} шағымы тізілімде әлі жоқ актіге берілген"},
    Texts{"decided", "The reply is ready", "Ответ готов", "Жауап дайын"},
    Texts{"decision_corrected", "The decision was corrected", "Решение исправлено",
          "Шешім түзетілді"},
};

std::string filled(std::string_view text, std::string_view detail) {
  std::string out(text);
  auto at = out.find("{}");
  if (at != std::string::npos) out.replace(at, 2, detail);
  return out;
}

}  // namespace

store::EventRow makeEvent(store::RowId appeal, std::string_view type, Instant at,
                          std::string_view actor, std::string_view from_state,
                          std::string_view to_state, std::string_view reason,
                          std::string_view detail, std::string_view payload_sha256) {
  store::EventRow row;
  row.appeal = appeal;
  row.event_id = newUuid7(at);
  row.type = type;
  row.at = at;
  row.actor = actor;
  row.from_state = from_state;
  row.to_state = to_state;
  row.reason = reason;
  row.payload_sha256 = payload_sha256;
  std::string same(detail);
  fillTexts(row, {same, same, same});
  return row;
}

bool isEventType(std::string_view type) {
  return !type.ends_with(kUndated) &&
         std::any_of(kTexts.begin(), kTexts.end(),
                     [type](const Texts& texts) { return texts.type == type; });
}

void fillTexts(store::EventRow& event, const rules::LocalText& detail) {
  std::string key = event.type;
  if (detail.en.empty()) {
    const std::string undated = key + std::string(kUndated);
    const bool has_one = std::any_of(kTexts.begin(), kTexts.end(),
                                     [&](const Texts& texts) { return texts.type == undated; });
    if (has_one) key = undated;
  }
  for (const auto& texts : kTexts) {
    if (texts.type != key) continue;
    event.text_en = filled(texts.en, detail.en);
    event.text_ru = filled(texts.ru, detail.ru);
    event.text_kk = filled(texts.kk, detail.kk);
  }
}

void addSentence(store::EventRow& event, const rules::LocalText& sentence) {
  if (sentence.en.empty()) return;
  event.text_en += ". " + sentence.en;
  event.text_ru += ". " + sentence.ru;
  event.text_kk += ". " + sentence.kk;
}

Result<std::string> operatorWords(std::string_view text, std::string_view field) {
  constexpr std::size_t kCharsMax = 500;
  auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  bool good = isUtf8(text) && !trim(text).empty() && utf8Length(text) <= kCharsMax &&
              std::none_of(text.begin(), text.end(), control);
  if (good) return maskText(trim(text));
  return Status::failure("exchange.reason_needed",
                         "one line of 1 to " + std::to_string(kCharsMax) + " characters",
                         std::string(field));
}

const rules::LocalText& answerLanguageRemark() {
  static const rules::LocalText kRemark{
      "Жауап мемлекеттік тілде де, өтініш тілінде де емес (ӘРПК 89-бап 2-бөлік).",
      "Ответ дан не на государственном языке и не на языке обращения (АППК ст. 89(2)).",
      "The answer is neither in the state language nor in that of the appeal (APPC art. 89(2))."};
  return kRemark;
}

rules::LocalText spokenOrUnknown(const std::string& iso) {
  if (iso.empty()) return {"белгісіз", "неизвестно", "unknown"};
  const auto day = spokenDate(iso);
  return {day, day, day};
}

std::string spokenDate(const std::string& iso) {
  return iso.size() < 10 ? "?" : iso.substr(8, 2) + "." + iso.substr(5, 2) + "." + iso.substr(0, 4);
}

}  // namespace hub::exchange
